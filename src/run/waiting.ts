import { votingDeadline } from '../approval/quorum.js';
import { waitingSteps } from './decide-answer.js';
import { preparesOnly } from '../plan/prepare.js';
import type { RunState } from './state.js';

const repeatMs = 5 * 60_000;
const lastReminder = 2;

/** What a run waits for from people: a key that changes with every new question, and since when. */
export interface Waiting {
  readonly key: string;
  readonly for: 'votes' | 'answer';
  readonly step?: string;
  readonly since: number;
}

/** The questions that are open now, oldest first. */
export function openQuestions(state: RunState): readonly Waiting[] {
  if (state.phase === 'voting' && state.digest !== undefined && state.plannedAt !== undefined) {
    if (state.plan !== undefined && preparesOnly(state.plan)) return [];
    // Two plans of one run may have one digest (drift that went away again); each asks anew.
    return [{ key: `votes:${state.digest}:${state.plannedAt}`, for: 'votes', since: state.plannedAt }];
  }
  return waitingSteps(state).map((step) => {
    // Once one of two people has answered, another one is asked, and woken.
    const second = step.proposal === undefined ? '' : `:${step.proposal.answer}`;
    return { key: `step:${step.id}:${step.attempt}:${step.status}${second}`, for: 'answer', step: step.id, since: step.changedAt ?? 0 };
  });
}

/**
 * The message that is to wake people next: at once, five minutes after that, and the escalation after five more. Counted from the message before, so that a
 * question that is old when it is first asked (a prepare step failed long before the start) does not come three times in one breath.
 */
export function nextReminder(state: RunState): { readonly waitingFor: string; readonly nth: number; readonly at: number } | undefined {
  const due = openQuestions(state).flatMap((question) => {
    const before = state.reminders[question.key];
    const nth = before?.count ?? 0;
    if (nth > lastReminder) return [];
    return [{ waitingFor: question.key, nth, at: before === undefined ? question.since : before.at + repeatMs }];
  });
  return due.sort((a, b) => a.at - b.at)[0];
}

/**
 * When somebody must look at the run again although nothing arrives; undefined: never by itself. `after`: what was due by then was looked at, and waits for
 * something else than the time.
 */
export function wakeAt(state: RunState, after = -Infinity): number | undefined {
  const instants = [nextReminder(state)?.at, votingDeadline(state), ...state.steps.filter((step) => step.status === 'retrying').map((step) => step.retryAt)];
  const known = instants.filter((instant): instant is number => instant !== undefined && instant > after);
  return known.length === 0 || state.phase === 'ended' ? undefined : Math.min(...known);
}
