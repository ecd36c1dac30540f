import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';

import { createChatLimiter } from '../../../adapters/redis/chat-limiter.js';
import type { ChatLimiter } from '../../../src/ports/chat-limiter.js';
import { startRedis } from '../../../adapters/embedded/redis-server.js';
import { eventually } from '../../support/eventually.js';
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

/** Longer than this the limiter does not wait for Redis: it then counts by itself. */
const REDIS_MS = 500;
/** The shortest window. */
const SECOND_MS = 1_000;

/**
 * What is counted in a window means something only as long as the window lasts, and as Redis answers in time. Where the machine was too slow for that, the same
 * again on an empty Redis.
 */
async function undisturbed<T>(windowMs: number, count: (acquire: ChatLimiter['acquire']) => Promise<T>): Promise<NonNullable<T>> {
  return eventually(async () => {
    await server.flush();
    let slowest = 0;
    const watched: ChatLimiter['acquire'] = async (...sending) => {
      const asked = performance.now();
      const answer = await limiter.acquire(...sending);
      slowest = Math.max(slowest, performance.now() - asked);
      return answer;
    };
    const began = performance.now();
    const counted = await count(watched);
    const tookMs = performance.now() - began;
    if (tookMs >= windowMs || slowest >= REDIS_MS) throw new Error(`the machine is too slow: ${tookMs} ms, ${slowest} ms for one`);
    return counted;
  });
}

const group = (index: number) => `-100${String(index)}`;
/** How many of `times` sendings were let through, each to a channel of its own where `channel` is a function. */
async function passed(times: number, acquire: (index: number) => ReturnType<ChatLimiter['acquire']>): Promise<number> {
  let count = 0;
  for (let index = 0; index < times; index += 1) if ((await acquire(index)).ok) count += 1;
  return count;
}

describe('the budgets over all bots', () => {
  it('let one message a second into a chat, whichever bot asks, and say how long to wait', async () => {
    const answers = await undisturbed(REDIS_MS, async (acquire) => ({
      first: await acquire('post', 'telegram', '1001', true), second: await createChatLimiter(otherBot).acquire('post', 'telegram', '1001', true),
      otherChat: await acquire('post', 'telegram', '1002', true), otherPlatform: await acquire('post', 'slack', '1001', true),
    }));
    expect(answers).toEqual({ first: { ok: true }, second: { ok: false, retryAfterMs: expect.any(Number) as number }, otherChat: { ok: true }, otherPlatform: { ok: true } });
    if (!answers.second.ok) expect(answers.second.retryAfterMs).toBeGreaterThan(SECOND_MS - REDIS_MS);
    if (!answers.second.ok) expect(answers.second.retryAfterMs).toBeLessThanOrEqual(1100);
  });

  it('let the next one pass after the wait that they named', async () => {
    const refused = await undisturbed(SECOND_MS, async (acquire) => {
      await acquire('post', 'slack', 'C1', true);
      return acquire('post', 'slack', 'C1', true);
    });
    expect(refused.ok).toBe(false);
    if (!refused.ok) await new Promise((resolve) => setTimeout(resolve, refused.retryAfterMs + 5));
    expect(await limiter.acquire('post', 'slack', 'C1', true)).toEqual({ ok: true });
  });

  it('keep Telegram below its 30 a second, and a share of that for what is urgent', async () => {
    expect(await undisturbed(SECOND_MS, async (acquire) => [
      await passed(40, (index) => acquire('edit', 'telegram', group(index), false)), await passed(40, (index) => acquire('edit', 'telegram', group(100 + index), true)),
    ])).toEqual([16, 12]);
  });

  it('keep chat.update within tier 3 for the whole workspace, and a share of that for what is urgent', async () => {
    expect(await undisturbed(60 * SECOND_MS, async (acquire) => [
      await passed(60, (index) => acquire('edit', 'slack', `C${String(index)}`, false)), await passed(60, (index) => acquire('edit', 'slack', `C${String(index)}`, true)),
    ])).toEqual([30, 18]);
  });

  it('take from all budgets or from none: a chat that has to wait costs its group and the others nothing', async () => {
    expect(await undisturbed(SECOND_MS, async (acquire) => {
      await acquire('edit', 'telegram', group(1), true);
      const more = await passed(40, () => acquire('edit', 'telegram', group(1), true));
      return [more, await redis.zcard('planb:chat:telegram-group:-1001'), await redis.zcard('planb:chat:telegram-overall:all')];
    })).toEqual([0, 1, 1]);
  });

  it('count one sending once when many ask at the same instant', async () => {
    const other = createChatLimiter(otherBot);
    const answers = await undisturbed(REDIS_MS, (acquire) =>
      Promise.all(Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? acquire('post', 'slack', 'C1', true) : other.acquire('post', 'slack', 'C1', true)))));
    expect(answers.filter(({ ok }) => ok)).toHaveLength(1);
  });

  it('do not let refused progress use up what is kept for urgent sendings', async () => {
    expect(await undisturbed(60 * SECOND_MS, async (acquire) => {
      await passed(50, () => acquire('edit', 'slack', 'C1', false));
      return acquire('edit', 'slack', 'C1', true);
    })).toEqual({ ok: true });
  });

  it('keep several installations on one Redis apart', async () => {
    await limiter.acquire('post', 'slack', 'C1', true);
    expect(await createChatLimiter(redis, 'staging').acquire('post', 'slack', 'C1', true)).toEqual({ ok: true });
  });
});

describe('the line of those who were refused', () => {
  /** Slack's budget of edits, used up. */
  async function fillEdits(acquire: ChatLimiter['acquire']): Promise<void> {
    await passed(48, () => acquire('edit', 'slack', 'C1', true));
  }
  const waits = (answer: Awaited<ReturnType<ChatLimiter['acquire']>>): number => (answer.ok ? 0 : answer.retryAfterMs);

  it('gives each its own turn, so that they do not all come at the moment when the window opens', async () => {
    const { first, beyond, again } = await undisturbed(30 * SECOND_MS, async (acquire) => {
      await fillEdits(acquire);
      const asked: number[] = [];
      for (let index = 0; index < 49; index += 1) asked.push(waits(await acquire('edit', 'slack', 'C1', true, String(index))));
      return { first: asked[0] ?? 0, beyond: asked[48] ?? 0, again: waits(await acquire('edit', 'slack', 'C1', true, '0')) };
    });
    expect(first).toBeLessThanOrEqual(60_100);
    // The window lets 48 pass; who comes after them waits for another one.
    expect(beyond).toBeGreaterThan(60_100);
    // Who asks again keeps its turn.
    expect(again).toBeLessThanOrEqual(first);
  });

  it('lets what is urgent go before progress that waited longer, and nobody past those who wait', async () => {
    const fast = createChatLimiter(redis, 'fast', 60);
    // A window of 1.1 s with 48 places, all taken: after the wait that the last one is told it is empty.
    const answers = await eventually(async () => {
      await server.flush();
      const began = performance.now();
      await fillEdits(fast.acquire);
      const progress = await fast.acquire('edit', 'slack', 'C1', false, 'progress');
      const urgent = await Promise.all(Array.from({ length: 48 }, (_, index) => fast.acquire('edit', 'slack', 'C1', true, `urgent ${String(index)}`)));
      if (performance.now() - began >= SECOND_MS || progress.ok || urgent.some(({ ok }) => ok)) throw new Error('the machine is too slow');
      await new Promise((resolve) => setTimeout(resolve, Math.max(...urgent.map(waits)) + 5));
      const passing = performance.now();
      const late = { progress: await fast.acquire('edit', 'slack', 'C1', false, 'progress'), stranger: await fast.acquire('edit', 'slack', 'C1', true), first: await fast.acquire('edit', 'slack', 'C1', true, 'urgent 0') };
      // Their places are kept for five seconds.
      if (performance.now() - passing >= SECOND_MS) throw new Error('the machine is too slow');
      return late;
    });
    expect([answers.progress.ok, answers.stranger.ok, answers.first.ok]).toEqual([false, false, true]);
  });

  it('does not wait for who never comes', async () => {
    const fast = createChatLimiter(redis, 'fast', 60);
    await eventually(async () => {
      await server.flush();
      const began = performance.now();
      expect((await fast.acquire('post', 'slack', 'C1', true)).ok).toBe(true);
      const refused = await fast.acquire('post', 'slack', 'C1', true, 'a bot that dies');
      if (refused.ok || performance.now() - began > SECOND_MS / 10) throw new Error('the machine is too slow');
      return true;
    });
    await eventually(async () => (await fast.acquire('post', 'slack', 'C1', true, 'another')).ok);
  });

  it('of one channel keeps nobody of another waiting', async () => {
    expect(await undisturbed(SECOND_MS, async (acquire) => {
      await acquire('post', 'slack', 'C1', true);
      await acquire('post', 'slack', 'C1', true, 'waits');
      return [(await acquire('post', 'slack', 'C2', true)).ok, (await acquire('post', 'telegram', group(1), true)).ok];
    })).toEqual([true, true]);
  });
});

describe('files', () => {
  it('stay below Slack\'s tier 4', async () => {
    expect(await undisturbed(60 * SECOND_MS, (acquire) => passed(120, (index) => acquire('file', 'slack', `C${String(index)}`, true)))).toBe(90);
  });
});

describe('after a 429', () => {
  it('nothing is sent to that channel, by any bot, until the platform said', async () => {
    await limiter.penalize('telegram', group(1), 60_000);
    const refused = await createChatLimiter(otherBot).acquire('post', 'telegram', group(1), true);
    expect(refused.ok).toBe(false);
    if (!refused.ok) expect(refused.retryAfterMs).toBeGreaterThan(30_000);
    expect(await limiter.acquire('post', 'telegram', group(2), true)).toEqual({ ok: true });
  });
});

/** A limiter on a Redis of the test's own, which may be paused or stopped. */
async function aloneOnRedis() {
  const own = await startRedis({ dataDir: await tempFolder('limiter'), durable: false });
  const client = new Redis(own.url, { maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  onTestFinished(async () => {
    client.disconnect();
    await own.stop();
  });
  return { own, client, alone: createChatLimiter(client) };
}

describe('without Redis', () => {
  it('keeps the budgets in the process, at once when it is gone and soon when it is silent', async () => {
    const { own, client, alone } = await aloneOnRedis();
    expect(await alone.acquire('post', 'slack', 'C1', true)).toEqual({ ok: true });
    // Answers no command but keeps the connection, as a server that swaps does.
    await client.call('CLIENT', 'PAUSE', '60000', 'ALL');
    const began = performance.now();
    const both = await Promise.all([alone.acquire('post', 'slack', 'C2', true), alone.acquire('post', 'slack', 'C2', true)]);
    expect(both.filter(({ ok }) => ok)).toHaveLength(1);
    // Long before the end of the pause.
    expect(performance.now() - began).toBeLessThan(30_000);
    await own.stop();
    await alone.penalize('slack', 'C3', 60_000);
    expect((await alone.acquire('post', 'slack', 'C3', true)).ok).toBe(false);
    expect(await alone.acquire('post', 'slack', 'C4', true)).toEqual({ ok: true });
  });

  it('remembers in the process what Redis had permitted', async () => {
    const { own, alone } = await aloneOnRedis();
    // A group takes twenty a minute; of these some are kept for what is urgent.
    const before = await Promise.all(Array.from({ length: 30 }, () => alone.acquire('edit', 'telegram', '-1001', true)));
    expect(before.some(({ ok }) => ok)).toBe(true);
    expect(before.some(({ ok }) => !ok)).toBe(true);
    await own.stop();
    expect((await alone.acquire('edit', 'telegram', '-1001', true)).ok).toBe(false);
    expect((await alone.acquire('edit', 'telegram', '-1002', true)).ok).toBe(true);
  });
});
