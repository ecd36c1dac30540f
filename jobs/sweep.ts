import type { Log } from '../src/ports/log.js';
import type { Queue } from '../src/ports/queue.js';
import type { Store, WakeUp } from '../src/ports/store.js';

const roundMs = 1_000;
/** What is younger is probably still on its ordinary way. */
const lateMs = 1_500;
const batch = 500;
const longestWaitMs = 30_000;

/**
 * Wakes from PostgreSQL whatever the queue lost. One process at a time does it; every round is harmless to repeat, since a wake-up that comes twice does nothing
 * twice. Runs until the signal aborts.
 */
export async function sweep(parts: { readonly store: Store; readonly queue: Queue; readonly log: Log }, signal: AbortSignal): Promise<void> {
  const patience = new Patience();
  let failing = false;
  while (!signal.aborted) {
    try {
      const due = patience.choose(await parts.store.overdue(lateMs, batch), performance.now());
      if (due.length > 0) await parts.queue.publish(due);
      failing = false;
    } catch (error) {
      if (!failing) parts.log.warn({ error }, 'the sweep could not look or wake, it goes on trying');
      failing = true;
    }
    await pause(roundMs, signal);
  }
}

/**
 * What was woken and is still overdue is woken again after one, two, four … seconds, at most after half a minute: with every bot away the queue must not fill with
 * the same wake-up once a second.
 */
export class Patience {
  #woken = new Map<string, { readonly next: number; readonly waitMs: number }>();

  /** The wake-ups whose turn it is. `now`: milliseconds of any steady clock. */
  choose(overdue: readonly WakeUp[], now: number): readonly WakeUp[] {
    const still = new Map<string, { readonly next: number; readonly waitMs: number }>();
    const due = overdue.filter((wakeUp) => {
      const key = JSON.stringify(wakeUp);
      const before = this.#woken.get(key);
      const isDue = before === undefined || now >= before.next;
      const waitMs = before === undefined ? roundMs : isDue ? Math.min(before.waitMs * 2, longestWaitMs) : before.waitMs;
      still.set(key, isDue ? { next: now + waitMs, waitMs } : before);
      return isDue;
    });
    this.#woken = still;
    return due;
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
