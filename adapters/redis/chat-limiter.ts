import type { Redis } from 'ioredis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes, RLWrapperTimeouts, type RateLimiterLike } from 'rate-limiter-flexible';

import type { ChatLimiter } from '../../src/ports/chat-limiter.js';
import { budgetsFor, PENALTY, WINDOW_MARGIN_MS, type Budget } from './chat-budgets.js';

/** A Redis that is connected but silent must not stop the chat. */
const REDIS_MS = 500;

/**
 * The library's window begins with its first sending and ends `duration` later, in whole seconds. The margin is added because sendings that were
 * let through a whole window apart may reach the platform a little closer together.
 */
const COUNT_IN_WINDOW = `
redis.call('set', KEYS[1], 0, 'PX', ARGV[2] * 1000 + ${String(WINDOW_MARGIN_MS)}, 'NX')
local consumed = redis.call('incrby', KEYS[1], ARGV[1])
return {consumed, redis.call('pttl', KEYS[1])}
`;

/** `prefix` keeps several installations apart on one Redis. */
export function createChatLimiter(redis: Redis, prefix = 'planb'): ChatLimiter {
  const limiters = new Map<string, RateLimiterLike>();
  const limiterOf = (budget: Budget): RateLimiterLike => {
    const known = limiters.get(budget.name);
    if (known !== undefined) return known;
    const made = insured(redis, `${prefix}:chat:${budget.name}`, budget);
    limiters.set(budget.name, made);
    return made;
  };

  return {
    async acquire(kind, platform, channel, urgent) {
      const taken = budgetsFor(kind, platform, channel, urgent).map(({ budget, key }) => ({ budget, key, limiter: limiterOf(budget) }));
      // Asking first costs a round trip and keeps a refused sending from eating what an urgent one needs.
      const penalty = { budget: PENALTY, key: `${platform}:${channel}`, limiter: limiterOf(PENALTY) };
      const waits = await Promise.all([penalty, ...taken].map(({ budget, key, limiter }) => waitOf(limiter, key, budget.points)));
      const longest = Math.max(...waits);
      if (longest > 0) return { ok: false, retryAfterMs: longest };
      // One after another, the most contended first: of several that asked at the same instant the losers have taken nothing else.
      for (const { key, limiter } of taken) {
        const retryAfterMs = await consume(limiter, key);
        if (retryAfterMs > 0) return { ok: false, retryAfterMs };
      }
      return { ok: true };
    },
    async penalize(platform, channel, retryAfterMs) {
      await limiterOf(PENALTY).block(`${platform}:${channel}`, Math.max(1, Math.ceil(retryAfterMs / 1000)));
    },
  };
}

function insured(redis: Redis, keyPrefix: string, { points, seconds }: Budget): RateLimiterLike {
  const memory = new RateLimiterMemory({ keyPrefix, points, duration: seconds + WINDOW_MARGIN_MS / 1000 });
  // The library names its script on the client once for all limiters, so all of them have to bring the same one.
  const shared = new RateLimiterRedis({ storeClient: redis, keyPrefix, points, duration: seconds, customIncrTtlLuaScript: COUNT_IN_WINDOW, rejectIfRedisNotReady: true });
  return new RLWrapperTimeouts({ keyPrefix, limiter: shared, timeoutMs: REDIS_MS, insuranceLimiter: memory });
}

/** Milliseconds until `key` has a point left; 0 when it has. */
async function waitOf(limiter: RateLimiterLike, key: string, points: number): Promise<number> {
  const state = await limiter.get(key);
  return state !== null && state.consumedPoints >= points ? Math.max(1, state.msBeforeNext) : 0;
}

/** 0 when the point was taken, else the milliseconds to wait. */
async function consume(limiter: RateLimiterLike, key: string): Promise<number> {
  try {
    await limiter.consume(key);
    return 0;
  } catch (error) {
    if (error instanceof RateLimiterRes) return Math.max(1, error.msBeforeNext);
    throw error;
  }
}
