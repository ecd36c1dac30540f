import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { ChatLimiter } from '../../src/ports/chat-limiter.js';
import { budgetsFor, SPAN_MARGIN_MS } from './chat-budgets.js';
import { type Line, LocalWindows, TAKE_SCRIPT, takeArguments, type Window } from './moving-window.js';

/** A Redis that is connected but silent must not stop the chat. */
const REDIS_MS = 500;

/** How late whoever stands in line may come: by way of the outbox and the queue, on a busy machine. A bot that died leaves its places that long. */
const GRACE_MS = 5_000;

/** `prefix` keeps several installations apart on one Redis. `pace`: how many times faster than in life the platforms' time passes; for tests. */
export function createChatLimiter(redis: Redis, prefix = 'planb', pace = 1): ChatLimiter {
  const local = new LocalWindows();
  const pauseKey = (platform: string, channel: string): string => `${prefix}:chat:pause:${platform}:${channel}`;

  return {
    async acquire(kind, platform, channel, urgent, who) {
      const charges = budgetsFor(kind, platform, channel, urgent);
      // The line is that of the first budget, and about all with the same key.
      const about = charges[0]?.key;
      const windows = charges.map(({ budget, key }): Window => ({
        key: `${prefix}:chat:${budget.name}:${key}`, points: budget.points, spanMs: budget.seconds * 1_000 / pace + SPAN_MARGIN_MS, inLine: key === about,
      }));
      const line = { key: `${prefix}:chat:line:${platform}:${kind === 'edit' && platform === 'slack' ? 'edits' : channel}`, who, urgent, graceMs: GRACE_MS };
      const pause = pauseKey(platform, channel);
      const shared = await takeShared(redis, pause, line, windows);
      if (shared === 0) local.taken(windows, performance.now());
      const wait = shared ?? local.take(pause, windows, performance.now());
      return wait > 0 ? { ok: false, retryAfterMs: wait } : { ok: true };
    },
    async penalize(platform, channel, retryAfterMs) {
      const pause = pauseKey(platform, channel);
      const forMs = Math.max(1, Math.ceil(retryAfterMs));
      local.pause(pause, performance.now() + forMs);
      await inTime(redis.set(pause, '1', 'PX', forMs));
    },
  };
}

/** Undefined when Redis did not answer: the caller counts by itself. */
async function takeShared(redis: Redis, pause: string, line: Line, windows: readonly Window[]): Promise<number | undefined> {
  const keys = [pause, line.key, `${line.key}:until`, ...windows.map(({ key }) => key)];
  const answer = await inTime(redis.eval(TAKE_SCRIPT, keys.length, ...keys, ...takeArguments(randomUUID(), line, windows)));
  return typeof answer === 'number' ? answer : undefined;
}

/** The answer, or undefined where there was none in time. */
async function inTime<T>(call: Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => { timer = setTimeout(() => { resolve(undefined); }, REDIS_MS); });
  try {
    return await Promise.race([call.catch(() => undefined), late]);
  } finally {
    clearTimeout(timer);
  }
}
