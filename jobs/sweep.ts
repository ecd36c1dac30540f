import type { Log } from '../src/ports/log.js';
import type { Queue } from '../src/ports/queue.js';
import type { Store } from '../src/ports/store.js';

const roundMs = 1_000;
/** What is younger is probably still on its ordinary way. */
const lateMs = 1_500;
const batch = 500;

/**
 * Wakes from PostgreSQL whatever the queue lost. One process at a time does it; every round is harmless to repeat, since a wake-up that comes twice does nothing
 * twice. Runs until the signal aborts.
 */
export async function sweep(parts: { readonly store: Store; readonly queue: Queue; readonly log: Log }, signal: AbortSignal): Promise<void> {
  let failing = false;
  while (!signal.aborted) {
    try {
      const overdue = await parts.store.overdue(lateMs, batch);
      if (overdue.length > 0) await parts.queue.publish(overdue);
      failing = false;
    } catch (error) {
      if (!failing) parts.log.warn({ error }, 'the sweep could not look or wake, it goes on trying');
      failing = true;
    }
    await pause(roundMs, signal);
  }
}

/** Resolves after the time or at once when the signal aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, ms);
    function done(): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done, { once: true });
  });
}
