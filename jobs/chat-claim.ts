import { setTimeout as delay } from 'node:timers/promises';
import { StoreError } from '../src/ports/store.js';

/** How long what a bot was about to show or send stays untouched after that bot died; who lives renews. */
export const claimMs = 3_000;
const renewMs = 1_000;
/** How long a bot that has shown or sent something tries to note it: what is not noted is sent a second time. */
const noteMs = 10_000;
const retryMs = 250;

/** Does something under a claim, which `extend` keeps from running out meanwhile. */
export async function underClaim<T>(extend: (forMs: number) => Promise<void>, work: () => Promise<T>): Promise<T> {
  // With PostgreSQL away nobody else can claim it either.
  const timer = setInterval(() => { extend(claimMs).catch(() => undefined); }, renewMs);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

/** Notes what came of it, also when PostgreSQL is being restarted at this moment. Throws StoreError when it stays away. */
export async function noteResult<T>(note: () => Promise<T>): Promise<T> {
  for (const until = performance.now() + noteMs; ;) {
    try {
      return await note();
    } catch (error) {
      if (!(error instanceof StoreError) || !error.retryable || performance.now() > until) throw error;
      await delay(retryMs);
    }
  }
}
