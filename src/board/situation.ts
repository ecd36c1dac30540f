import { waitingSteps } from '../run/decide-answer.js';
import type { RunOutcome } from '../run/events.js';
import { hereAction } from '../run/presence.js';
import type { RunState, StepState } from '../run/state.js';

/** What a run looks like to a person: one of these at any moment. */
export type Situation =
  | { readonly kind: 'planning' }
  | { readonly kind: 'voting' }
  | { readonly kind: 'running' }
  /** A step waits for a person's answer; of several the most uncertain one is asked first. */
  | { readonly kind: 'question'; readonly about: 'failed' | 'unknown' | 'manual' | 'present'; readonly step: StepState }
  | { readonly kind: 'stopping' }
  | { readonly kind: 'ended'; readonly outcome: RunOutcome };

/** A step that waits for a person, and why. */
export type Question = Extract<Situation, { readonly kind: 'question' }>;

export function situationOf(state: RunState): Situation {
  switch (state.phase) {
    case 'new':
    case 'planning':
      return { kind: 'planning' };
    case 'voting':
      return { kind: 'voting' };
    case 'running':
      return firstQuestion(state) ?? { kind: 'running' };
    case 'ending':
      return { kind: 'stopping' };
    case 'ended':
      return { kind: 'ended', outcome: state.outcome ?? 'stopped' };
    default:
      return unreachable(state.phase);
  }
}

function firstQuestion(state: RunState): Question | undefined {
  const questions = waitingSteps(state).flatMap((step) => questionAt(step, state) ?? []);
  const urgency: readonly Question['about'][] = ['unknown', 'failed', 'manual', 'present'];
  return urgency.flatMap((about) => questions.filter((question) => question.about === about))[0];
}

/** The question at this step, while it waits. */
export function questionOf(state: RunState, id: string): Question | undefined {
  const step = waitingSteps(state).find((other) => other.id === id);
  return step === undefined ? undefined : questionAt(step, state);
}

function questionAt(step: StepState, { plan }: RunState): Question | undefined {
  switch (step.status) {
    case 'unknown':
    case 'failed':
      return { kind: 'question', about: step.status, step };
    case 'awaiting':
      return { kind: 'question', about: plan?.steps.some(({ id, uses }) => id === step.id && uses === hereAction) === true ? 'present' : 'manual', step };
    default:
      return undefined;
  }
}

function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
