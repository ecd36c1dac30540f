import { setTimeout as delay } from 'node:timers/promises';

/**
 * Repeats `check` until it neither throws nor returns false, null or undefined, and returns its value. At the deadline
 * (milliseconds from now) the last failure is thrown. The default is far beyond what a loaded machine needs: it ends a test that hangs, and measures nothing.
 */
export async function eventually<T>(check: () => T | Promise<T>, timeoutMs = 60_000): Promise<NonNullable<T>> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    let failure: unknown;
    try {
      const value = await check();
      if (value !== null && value !== undefined && value !== false) return value;
      failure = new Error(`the condition was still ${String(value)} after ${timeoutMs} ms`);
    } catch (error) {
      failure = error;
    }
    if (Date.now() >= deadline) throw failure;
    await delay(20);
  }
}
