import { setTimeout as sleep } from 'node:timers/promises';

/** Waits, but no longer than until the signal aborts; never throws. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => undefined);
}

/** Milliseconds before attempt `failures + 1`: doubling, capped, and spread so that several bots do not knock together. */
export function backoffMs(failures: number, limits: { readonly first: number; readonly longest: number }): number {
  const ceiling = Math.min(limits.longest, limits.first * 2 ** Math.min(failures - 1, 20));
  return ceiling / 2 + Math.random() * (ceiling / 2);
}

/** Asked anew each time: the compiler takes `signal.aborted` for a constant within a loop. */
export function hasAborted(signal: AbortSignal): boolean {
  return signal.aborted;
}
