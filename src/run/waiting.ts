import { votingDeadline } from '../approval/quorum.js';
import { waitingSteps } from './decide-answer.js';
import type { RunState } from './state.js';

const secondReminderMs = 5 * 60_000;
const escalationMs = 10 * 60_000;
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
    return [{ key: `votes:${state.digest}`, for: 'votes', since: state.plannedAt }];
  }
  return waitingSteps(state).map((step) => ({ key: `step:${step.id}:${step.attempt}:${step.status}`, for: 'answer', step: step.id, since: step.changedAt ?? 0 }));
}

/** The message that is to wake people next: at once, after five minutes, then the escalation. */
export function nextReminder(state: RunState): { readonly waitingFor: string; readonly nth: number; readonly at: number } | undefined {
  const due = openQuestions(state).flatMap((question) => {
    const nth = state.reminders[question.key]?.count ?? 0;
    if (nth > lastReminder) return [];
    const after = nth === 0 ? 0 : nth === 1 ? secondReminderMs : escalationMs;
    return [{ waitingFor: question.key, nth, at: question.since + after }];
  });
  return due.sort((a, b) => a.at - b.at)[0];
}

/** When somebody must look at the run again although nothing arrives; undefined: never by itself. */
export function wakeAt(state: RunState): number | undefined {
  const instants = [nextReminder(state)?.at, votingDeadline(state), ...state.steps.filter((step) => step.status === 'retrying').map((step) => step.retryAt)];
  const known = instants.filter((instant) => instant !== undefined);
  return known.length === 0 || state.phase === 'ended' ? undefined : Math.min(...known);
}
