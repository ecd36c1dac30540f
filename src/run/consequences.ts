import type { PersonId } from '../person.js';
import type { RunEvent } from './events.js';
import { nextMove } from './next.js';
import type { RunState } from './state.js';
import { wakeAt } from './waiting.js';

/** What follows from events besides themselves: stored in the same transaction. */
export interface Consequences {
  /** Boards show it at once; otherwise the edit may wait for the next one. */
  readonly urgent: boolean;
  readonly lock?: 'take' | 'release';
  /** When the run has to be looked at again; in the past, and the same in every append, where there is something to do: an index is kept over it. */
  readonly wakeAt?: number;
  /** There is something to do for whoever owns the run. */
  readonly due: boolean;
}

/** Progress alone may be coalesced; everything that people wait for, decide about or are told at the end may not. */
const progress: ReadonlySet<RunEvent['type']> = new Set(['StepStarted', 'StepSucceeded', 'StepCancelled', 'PeopleReminded', 'CommandRefused', 'RunEnding']);

export function consequencesOf(events: readonly RunEvent[], after: RunState, now: number, voters: readonly PersonId[], breakers: readonly PersonId[] = []): Consequences {
  const move = nextMove(after, now, new Set(after.steps.filter((step) => step.status === 'running').map((step) => step.id)), voters, breakers);
  // A step that runs somewhere is its owner's business; but should the owner die, somebody must look: so a running step keeps the run due.
  const due = move.do !== 'wait' || after.steps.some((step) => step.status === 'running');
  const at = after.phase === 'ended' ? undefined : due ? (after.startedAt ?? after.requestedAt) : wakeAt(after);
  const lock = events.some((event) => event.type === 'RunEnded') ? 'release' : events.some((event) => event.type === 'RunRequested') ? 'take' : undefined;
  return {
    urgent: events.some((event) => !progress.has(event.type)),
    due: move.do !== 'wait',
    ...(lock === undefined ? {} : { lock }), ...(at === undefined ? {} : { wakeAt: at }),
  };
}
