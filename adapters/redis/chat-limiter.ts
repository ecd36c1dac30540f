import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { ChatLimiter } from '../../src/ports/chat-limiter.js';
import { budgetsFor, SPAN_MARGIN_MS } from './chat-budgets.js';
import { LocalWindows, TAKE_SCRIPT, type Window } from './moving-window.js';

/** A Redis that is connected but silent must not stop the chat. */
const REDIS_MS = 500;

/** `prefix` keeps several installations apart on one Redis. */
export function createChatLimiter(redis: Redis, prefix = 'planb'): ChatLimiter {
  const local = new LocalWindows();
  const pauseKey = (platform: string, channel: string): string => `${prefix}:chat:pause:${platform}:${channel}`;

  return {
    async acquire(kind, platform, channel, urgent) {
      const windows = budgetsFor(kind, platform, channel, urgent).map(({ budget, key }): Window => ({
        key: `${prefix}:chat:${budget.name}:${key}`, points: budget.points, spanMs: budget.seconds * 1_000 + SPAN_MARGIN_MS,
      }));
      const pause = pauseKey(platform, channel);
      const wait = (await takeShared(redis, pause, windows)) ?? local.take(pause, windows, performance.now());
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
async function takeShared(redis: Redis, pause: string, windows: readonly Window[]): Promise<number | undefined> {
  const limits = windows.flatMap(({ points, spanMs }) => [points, spanMs]);
  const answer = await inTime(redis.eval(TAKE_SCRIPT, windows.length + 1, pause, ...windows.map(({ key }) => key), randomUUID(), ...limits));
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
