import type { RunEvent, RunOutcome } from './events.js';
import type { RunState } from './state.js';

/** The events that end a run: at once, or after the steps that still run have been cancelled. */
export function endWith(state: RunState, now: number, outcome: RunOutcome, reason?: string): readonly RunEvent[] {
  const why = reason === undefined ? {} : { reason };
  const ending: RunEvent = { type: 'RunEnding', at: now, outcome, ...why };
  return state.steps.some((step) => step.status === 'running') ? [ending] : [{ type: 'RunEnded', at: now, outcome, ...why }];
}
