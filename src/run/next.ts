import { hasQuorum, votingDeadline } from '../approval/quorum.js';
import type { PersonId } from '../person.js';
import type { PlannedStep } from '../plan/plan.js';
import { isPrepare } from '../plan/prepare.js';
import { readyStep } from './decide-step.js';
import { isPassed, isSettled, type RunState, type StepState } from './state.js';
import { nextReminder } from './waiting.js';

/** What the owner of a run does next. `settle`: a step is on record as running, but not in this process: find out what became of it. */
export type Move =
  | { readonly do: 'plan' }
  | { readonly do: 'expire' }
  | { readonly do: 'start' }
  | { readonly do: 'begin'; readonly steps: readonly PlannedStep[] }
  | { readonly do: 'settle'; readonly steps: readonly StepState[] }
  | { readonly do: 'cancel'; readonly steps: readonly StepState[] }
  | { readonly do: 'finish' }
  | { readonly do: 'remind'; readonly waitingFor: string }
  | { readonly do: 'wait' };

/**
 * Decides what its owner does with a run, as a function of the record alone. `inHand` are the steps that this very process is executing.
 * `voters` and `breakers`: who may vote, and who may start the plan alone, at this moment.
 */
export function nextMove(state: RunState, now: number, inHand: ReadonlySet<string>, voters: readonly PersonId[], breakers: readonly PersonId[] = []): Move {
  if (state.phase === 'new' || state.phase === 'ended') return { do: 'wait' };
  const running = state.steps.filter((step) => step.status === 'running');
  const orphaned = running.filter((step) => !inHand.has(step.id));
  if (orphaned.length > 0) return { do: 'settle', steps: orphaned };
  if (state.phase === 'ending') return running.length > 0 ? { do: 'cancel', steps: running } : { do: 'finish' };
  // What was being prepared for a plan that is void is cancelled first.
  if (state.phase === 'planning') return running.length > 0 ? { do: 'cancel', steps: running } : { do: 'plan' };
  const reminder = nextReminder(state);
  const remind: Move | undefined = reminder !== undefined && reminder.at <= now ? { do: 'remind', waitingFor: reminder.waitingFor } : undefined;
  if (state.phase === 'voting') {
    if (hasQuorum(state, now, voters, breakers)) return { do: 'start' };
    const deadline = votingDeadline(state);
    if (deadline !== undefined && deadline <= now) return { do: 'expire' };
  }
  const ready = beginnable(state, now);
  if (ready.length > 0) return { do: 'begin', steps: ready };
  if (state.phase === 'running' && state.steps.every(isSettled)) return { do: 'finish' };
  return remind ?? { do: 'wait' };
}

/** Steps that may begin together: a destructive one only by itself. */
function beginnable(state: RunState, now: number): readonly PlannedStep[] {
  // Most steps are over or wait for others, which is seen at once; the whole judgement looks at all steps for each.
  const passed = new Set(state.steps.filter(isPassed).map(({ id }) => id));
  const waiting = new Set(state.steps.filter(({ status }) => status === 'pending' || status === 'retrying').map(({ id }) => id));
  const possible = (state.plan?.steps ?? []).filter(({ id, needs }) => waiting.has(id) && needs.every((need) => passed.has(need)));
  const ready = possible.filter((step) => readyStep(step.id, now, state).ok && (state.phase === 'running' || isPrepare(step)));
  const destructive = ready.find((step) => step.destructive);
  const gentle = ready.filter((step) => !step.destructive);
  return gentle.length > 0 ? gentle : destructive === undefined ? [] : [destructive];
}
