import { type AddressInfo, createServer } from 'node:net';
import { afterEach, expect, onTestFinished, test } from 'vitest';
import { redisInfo } from '../../../adapters/redis/info.js';
import { startRedis } from '../../../adapters/embedded/redis-server.js';
import { createQueue } from '../../../adapters/redis/queue.js';
import type { Queue } from '../../../src/ports/queue.js';
import type { WakeUp } from '../../../src/ports/store.js';
import { eventually } from '../../support/eventually.js';
import { redisCommand } from '../../support/one-command.js';
import { createRedis } from '../../support/redis.js';
import { tempFolder } from '../../support/temp-folder.js';

const run = (id: string): WakeUp => ({ queue: 'work', do: 'run', id });
const board = (id: string): WakeUp => ({ queue: 'chat', do: 'board', id });
const open = new Set<Queue>();

function queueAt(url: string, prefix: string): Queue {
  const queue = createQueue({ url, prefix, onError: () => undefined });
  open.add(queue);
  return queue;
}

afterEach(async () => {
  for (const queue of open) await queue.close();
  open.clear();
});

/** A consumer that keeps what it was given. */
function consume(queue: Queue, name: 'work' | 'chat', handle: (wakeUp: WakeUp) => Promise<void> = () => Promise.resolve()): string[] {
  const taken: string[] = [];
  const consumer = queue.consume(name, 4, async (wakeUp) => {
    taken.push(wakeUp.id);
    await handle(wakeUp);
  });
  onTestFinished(() => consumer.close());
  return taken;
}

test('a wake-up reaches a consumer of its queue, and leaves nothing behind', async () => {
  const { url, prefix } = await createRedis();
  const queue = queueAt(url, prefix);
  const work = consume(queue, 'work');
  const chat = consume(queue, 'chat');
  await queue.publish([run('A'), board('b'), run('B')]);
  await eventually(() => work.length === 2 && chat.length === 1);
  expect([work.sort(), chat]).toEqual([['A', 'B'], ['b']]);
  await eventually(async () => (await redisCommand(url, 'KEYS', `${prefix}:*:????????-????-????-????-????????????`) as unknown[]).length === 0);
});

test('messages go out before the boards that were published before them', async () => {
  const { url, prefix } = await createRedis();
  const queue = queueAt(url, prefix);
  await queue.publish([board('a'), board('b'), board('c')]);
  await queue.publish([{ queue: 'chat', do: 'message', id: 'who must act' }]);
  const taken: string[] = [];
  const consumer = queue.consume('chat', 1, (wakeUp) => {
    taken.push(wakeUp.id);
    return Promise.resolve();
  });
  onTestFinished(() => consumer.close());
  await eventually(() => taken.length === 4);
  expect(taken).toEqual(['who must act', 'a', 'b', 'c']);
});

test('the same wake-up again wakes again, even while the first is in hand', async () => {
  const { url, prefix } = await createRedis();
  const queue = queueAt(url, prefix);
  let finish = (): void => undefined;
  const held = new Promise<void>((resolve) => { finish = resolve; });
  const work = consume(queue, 'work', () => held);
  await queue.publish([run('A')]);
  await eventually(() => work.length === 1);
  await queue.publish([run('A'), run('A')]);
  await eventually(() => work.length === 3);
  finish();
});

test('a delay is kept, and cuts nobody off', async () => {
  const { url, prefix } = await createRedis();
  const queue = queueAt(url, prefix);
  const chat = consume(queue, 'chat');
  await queue.publish([board('late')], 3_000.5);
  await queue.publish([board('soon')]);
  await eventually(() => chat.length === 2);
  expect(chat).toEqual(['soon', 'late']);
});

test('a handler that fails is heard of and stops nobody', async () => {
  const { url, prefix } = await createRedis();
  const errors: string[] = [];
  const queue = createQueue({ url, prefix, onError: (error) => errors.push(error.message) });
  open.add(queue);
  const work = consume(queue, 'work', (wakeUp) => ('id' in wakeUp && wakeUp.id === 'bad' ? Promise.reject(new Error('a bug')) : Promise.resolve()));
  await queue.publish([run('bad'), run('good')]);
  await eventually(() => work.includes('good') && errors.includes('a bug'));
  expect(work.filter((id) => id === 'bad')).toEqual(['bad']);
});

test('closing waits for what is in hand', async () => {
  const { url, prefix } = await createRedis();
  const queue = queueAt(url, prefix);
  let finish = (): void => undefined;
  const held = new Promise<void>((resolve) => { finish = resolve; });
  let begun = false;
  let ended = false;
  const consumer = queue.consume('work', 1, async () => { begun = true; await held; ended = true; });
  await queue.publish([run('A')]);
  await eventually(() => begun);
  const closing = consumer.close();
  finish();
  await closing;
  expect(ended).toBe(true);
});

test('a consumer survives the loss of everything in Redis, and its restart', async () => {
  const directory = await tempFolder();
  const first = await startRedis({ dataDir: directory, durable: false });
  let redis = first;
  onTestFinished(() => redis.stop());
  const queue = queueAt(first.url, 'planb');
  const work = consume(queue, 'work');
  await queue.publish([run('before')]);
  await eventually(() => work.includes('before'));

  await queue.publish([run('lost')], 60_000);
  await redisCommand(first.url, 'FLUSHALL');
  await queue.publish([run('after the flush')]);
  await eventually(() => work.includes('after the flush'));

  await first.stop();
  // A publisher fails while Redis is still away, so that the outbox keeps its rows and its transaction does not stay open.
  await expect(queue.publish([run('while away')])).rejects.toThrow();
  await expect(queue.ping()).rejects.toThrow();

  redis = await startRedis({ dataDir: directory, durable: false });
  expect(redis.url).toBe(first.url);
  await eventually(async () => { await queue.publish([run('after the restart')]); return true; });
  await eventually(() => work.includes('after the restart'));
  expect(work).not.toContain('lost');
});

test('a Redis that hangs fails a publisher while it hangs, since the outbox waits for it with its rows locked', async () => {
  const redis = await startRedis({ dataDir: await tempFolder(), durable: false });
  onTestFinished(() => redis.stop());
  const queue = queueAt(redis.url, 'planb');
  await queue.publish([run('A')]);
  process.kill(redis.pid(), 'SIGSTOP');
  try {
    await expect(queue.publish([run('B')])).rejects.toThrow();
  } finally {
    process.kill(redis.pid(), 'SIGCONT');
  }
  await eventually(async () => { await queue.publish([run('C')]); return true; });
});

test('closing does not hang while Redis is away', async () => {
  const redis = await startRedis({ dataDir: await tempFolder(), durable: false });
  const queue = createQueue({ url: redis.url, onError: () => undefined });
  const consumer = queue.consume('work', 1, () => Promise.resolve());
  await queue.publish([run('A')]);
  await redis.stop();
  await consumer.close();
  await queue.close();
});

test.each([
  ['an HTTP server', 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n', 'what answers at HOST is not Redis: correct REDIS_URL'],
  ['an ssh server', 'SSH-2.0-OpenSSH_9.2\r\n', 'what answers at HOST is not Redis: correct REDIS_URL'],
  // As PostgreSQL does.
  ['a server that hangs up on strangers', undefined, 'HOST closed the connection without an answer: is it Redis?'],
])('%s in place of Redis is told in one sentence, without the password', async (_what, answer, sentence) => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined).once('data', () => { if (answer === undefined) socket.end(); else socket.end(answer); });
  });
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve); });
  onTestFinished(() => new Promise<void>((resolve) => { server.close(() => { resolve(); }); }));
  const host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  const url = `redis://:hunter22@${host}`;
  const message = sentence.replace('HOST', host);
  await expect(redisInfo(url)).rejects.toThrow(message);
  const queue = queueAt(url, 'planb');
  // The first try may come before the answer.
  await eventually(() => queue.ping().then(() => false, (error: unknown) => error instanceof Error && error.message === message));
});
