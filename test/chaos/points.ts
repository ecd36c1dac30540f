import type { RunEvent } from '../../src/run/events.js';

/** A passage through one of planb's ports, as process/preload.mjs names them. */
type Passage =
  | 'storing a delivery' | 'handling a delivery' | 'marking a delivery' | 'enqueueing' | 'handling a run' | 'taking a lease' | 'giving a lease back' | 'planning'
  | 'acting' | 'probing' | `recording ${RunEvent['type']}`
  | 'posting a board' | 'editing a board' | 'noting a board' | 'posting a notice' | 'noting a message';

/** `before`: nothing of it has happened. `after`: it has, and nobody knows yet. */
export type PointName = `${'before' | 'after'} ${Passage}` | `the program ${'before' | 'after'} its effect`;

export interface Point {
  readonly name: PointName;
  /** Whose passage is meant. */
  readonly who: 'bot' | 'worker';
  /** Of this step of the runbook only. */
  readonly step?: string;
}

const both = (passage: Passage, who: Point['who'], step?: string): readonly Point[] => (['before', 'after'] as const).map((side) => ({ name: `${side} ${passage}`, who, ...(step === undefined ? {} : { step }) }));

/** What a step passes from its intent to its receipt. Between intent and spawn: `after recording StepStarted` and `before acting`. */
const acting = (step: string): readonly Point[] => [
  ...both('recording StepStarted', 'worker', step),
  { name: 'before acting', who: 'worker', step }, { name: 'the program before its effect', who: 'worker', step }, { name: 'the program after its effect', who: 'worker', step }, { name: 'after acting', who: 'worker', step },
  ...both('recording StepSucceeded', 'worker', step),
];

/** Every boundary of a run's life, in its order; of its steps those in `steps`. */
export function pointsOf(steps: readonly string[]): readonly Point[] {
  return [
    ...both('storing a delivery', 'bot'), ...both('enqueueing', 'bot'), ...both('handling a delivery', 'worker'),
    ...both('recording RunRequested', 'worker'), ...both('enqueueing', 'worker'), ...both('handling a run', 'worker'), ...both('taking a lease', 'worker'), ...both('giving a lease back', 'worker'),
    ...both('posting a board', 'bot'), ...both('noting a board', 'bot'), ...both('editing a board', 'bot'), ...both('posting a notice', 'bot'), ...both('noting a message', 'bot'),
    ...both('planning', 'worker'), ...both('recording PlanPosted', 'worker'),
    ...both('recording VoteCast', 'worker'), ...both('recording RunStarted', 'worker'),
    ...steps.flatMap(acting),
    ...both('recording PersonAwaited', 'worker'), ...both('recording AnswerGiven', 'worker'), ...both('recording RunEnded', 'worker'),
  ];
}

/** For a list or a message: `before acting (once)`. */
export function sayPoint({ name, who, step }: Point): string {
  return `${who} ${name}${step === undefined ? '' : ` (${step})`}`;
}
