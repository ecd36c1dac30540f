import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { createChatLimiter } from '../../../adapters/redis/chat-limiter.js';
import type { ChatLimiter } from '../../../src/ports/chat-limiter.js';
import { startRedis } from '../../../adapters/embedded/redis-server.js';
import { createRedis, type TestRedis } from '../../support/redis.js';
import { tempFolder } from '../../support/temp-folder.js';

let server: TestRedis;
let redis: Redis;
let otherBot: Redis;
let limiter: ChatLimiter;

beforeAll(async () => {
  server = await createRedis();
  redis = new Redis(server.url, { maxRetriesPerRequest: 1 });
  otherBot = new Redis(server.url, { maxRetriesPerRequest: 1 });
  await Promise.all([redis.ping(), otherBot.ping()]);
});
afterAll(() => {
  redis.disconnect();
  otherBot.disconnect();
});
beforeEach(async () => {
  await server.flush();
  limiter = createChatLimiter(redis);
});

const group = (index: number) => `-100${String(index)}`;
/** How many of `times` sendings were let through, each to a channel of its own where `channel` is a function. */
async function passed(times: number, acquire: (index: number) => ReturnType<ChatLimiter['acquire']>): Promise<number> {
  let count = 0;
  for (let index = 0; index < times; index += 1) if ((await acquire(index)).ok) count += 1;
  return count;
}

describe('the budgets over all bots', () => {
  it('let one message a second into a chat, whichever bot asks, and say how long to wait', async () => {
    expect(await limiter.acquire('post', 'telegram', '1001', true)).toEqual({ ok: true });
    const refused = await createChatLimiter(otherBot).acquire('post', 'telegram', '1001', true);
    expect(refused).toMatchObject({ ok: false });
    if (!refused.ok) expect(refused.retryAfterMs).toBeGreaterThan(500);
    if (!refused.ok) expect(refused.retryAfterMs).toBeLessThanOrEqual(1100);
    expect(await limiter.acquire('post', 'telegram', '1002', true)).toEqual({ ok: true });
    expect(await limiter.acquire('post', 'slack', '1001', true)).toEqual({ ok: true });
  });

  it('let the next one pass after the wait that they named', async () => {
    await limiter.acquire('post', 'slack', 'C1', true);
    const refused = await limiter.acquire('post', 'slack', 'C1', true);
    expect(refused.ok).toBe(false);
    if (!refused.ok) await new Promise((resolve) => setTimeout(resolve, refused.retryAfterMs + 5));
    expect(await limiter.acquire('post', 'slack', 'C1', true)).toEqual({ ok: true });
  });

  it('keep Telegram below its 30 a second, and a share of that for what is urgent', async () => {
    expect(await passed(40, (index) => limiter.acquire('edit', 'telegram', group(index), false))).toBe(16);
    expect(await passed(40, (index) => limiter.acquire('edit', 'telegram', group(100 + index), true))).toBe(12);
  });

  it('keep chat.update within tier 3 for the whole workspace, and a share of that for what is urgent', async () => {
    expect(await passed(60, (index) => limiter.acquire('edit', 'slack', `C${String(index)}`, false))).toBe(30);
    expect(await passed(60, (index) => limiter.acquire('edit', 'slack', `C${String(index)}`, true))).toBe(18);
  });

  it('take from all budgets or from none: a chat that has to wait costs its group and the others nothing', async () => {
    await limiter.acquire('edit', 'telegram', group(1), true);
    expect(await passed(40, () => limiter.acquire('edit', 'telegram', group(1), true))).toBe(0);
    expect(await redis.zcard('planb:chat:telegram-group:-1001')).toBe(1);
    expect(await redis.zcard('planb:chat:telegram-overall:all')).toBe(1);
  });

  it('count one sending once when many ask at the same instant', async () => {
    const answers = await Promise.all(Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? limiter : createChatLimiter(otherBot)).acquire('post', 'slack', 'C1', true)));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
  });

  it('do not let refused progress use up what is kept for urgent sendings', async () => {
    await passed(50, () => limiter.acquire('edit', 'slack', 'C1', false));
    expect(await limiter.acquire('edit', 'slack', 'C1', true)).toEqual({ ok: true });
  });

  it('keep several installations on one Redis apart', async () => {
    await limiter.acquire('post', 'slack', 'C1', true);
    expect(await createChatLimiter(redis, 'staging').acquire('post', 'slack', 'C1', true)).toEqual({ ok: true });
  });
});

describe('after a 429', () => {
  it('nothing is sent to that channel, by any bot, until the platform said', async () => {
    await limiter.penalize('telegram', group(1), 4_200);
    const refused = await createChatLimiter(otherBot).acquire('post', 'telegram', group(1), true);
    expect(refused.ok).toBe(false);
    if (!refused.ok) expect(refused.retryAfterMs).toBeGreaterThan(4_000);
    expect(await limiter.acquire('post', 'telegram', group(2), true)).toEqual({ ok: true });
  });
});

describe('without Redis', () => {
  it('keeps the budgets in the process, at once when it is gone and soon when it is silent', async () => {
    const own = await startRedis({ dataDir: await tempFolder('limiter'), durable: false });
    const client = new Redis(own.url, { maxRetriesPerRequest: null });
    client.on('error', () => undefined);
    onTestFinished(async () => {
      client.disconnect();
      await own.stop();
    });
    const alone = createChatLimiter(client);
    expect(await alone.acquire('post', 'slack', 'C1', true)).toEqual({ ok: true });
    // Answers no command but keeps the connection, as a server that swaps does.
    await client.call('CLIENT', 'PAUSE', '60000', 'ALL');
    const began = performance.now();
    expect(await alone.acquire('post', 'slack', 'C2', true)).toEqual({ ok: true });
    expect((await alone.acquire('post', 'slack', 'C2', true)).ok).toBe(false);
    expect(performance.now() - began).toBeLessThan(4_000);
    await own.stop();
    await alone.penalize('slack', 'C3', 5_000);
    expect((await alone.acquire('post', 'slack', 'C3', true)).ok).toBe(false);
    expect(await alone.acquire('post', 'slack', 'C4', true)).toEqual({ ok: true });
  });
});
