import type { StepContext } from '../../src/ports/action.js';
import { sayDuration } from './duration-input.js';

/** Milliseconds. */
export interface Patience {
  /** How long it may take to become good. */
  readonly within: number;
  /** How long it must then stay good. */
  readonly hold: number;
  readonly interval: number;
}

interface Looked {
  readonly good: boolean;
  readonly saw: string;
}

/** `looked`: the last look. */
export type Polled<Look extends Looked> =
  | { readonly good: true; readonly looked: Look; readonly asked: number; readonly goodAfterMs: number; readonly heldMs: number }
  /** `badSince`: milliseconds since the epoch. `fellAfter`: how long it was good before. */
  | { readonly good: false; readonly looked: Look; readonly badSince: number; readonly fellAfter?: number };

/**
 * Good once is not enough where `hold` is asked for: a bad answer in between starts the hold again, as long as `within` lasts. What is bad after that has failed, since it had its time. `says`: what
 * good is called while it holds; `about`: stands before what is logged. Rejects when the step is stopped.
 */
export async function pollUntilGood<Look extends Looked>(context: StepContext, { within, hold, interval }: Patience, { says, about = '' }: { readonly says: string; readonly about?: string }, look: () => Promise<Look>): Promise<Polled<Look>> {
  const started = context.now();
  let asked = 0;
  let goodSince: number | undefined;
  let badSince = started;
  let lastSaid = '';
  for (;;) {
    const looked = await look();
    context.signal.throwIfAborted();
    asked += 1;
    const now = context.now();
    if (looked.saw !== lastSaid) context.log(`${about}${looked.saw}`);
    lastSaid = looked.saw;
    if (looked.good) {
      goodSince ??= now;
      if (now - goodSince >= hold) return { good: true, looked, asked, goodAfterMs: goodSince - started, heldMs: now - goodSince };
      context.progress(`${says}, must hold ${sayDuration(hold - (now - goodSince))} more`);
    } else {
      const fellAfter = goodSince === undefined ? undefined : now - goodSince;
      if (fellAfter !== undefined) badSince = now;
      goodSince = undefined;
      if (now - started >= within) return { good: false, looked, badSince, ...(fellAfter === undefined ? {} : { fellAfter }) };
      context.progress(looked.saw);
    }
    const untilHeld = goodSince === undefined ? Infinity : goodSince + hold - context.now();
    await context.pause(Math.max(0, Math.min(interval, untilHeld)));
  }
}
