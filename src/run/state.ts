import type { Answer } from '../command/command.js';
import type { PersonId, Place, Platform } from '../person.js';
import type { JsonObject, Plan } from '../plan/plan.js';
import type { FactDifference, RaisedBy, RunOutcome, RunRequest, StepError, StepOwner } from './events.js';

/**
 * Where a run is. `planning`: no plan on the table (the first, or a fresh one after drift). `voting`: a plan waits for votes; with
 * `started` it is the plan of what remains after drift. `running`: approved and being carried out, or waiting for a person at a step.
 * `ending`: the outcome is settled, steps that still run are being cancelled. `ended`: terminal.
 */
export type RunPhase = 'new' | 'planning' | 'voting' | 'running' | 'ending' | 'ended';

export interface Vote {
  readonly person: PersonId;
  readonly choice: 'approve' | 'reject';
  readonly at: number;
  readonly expiresAt: number;
  readonly via: Platform;
}

/**
 * `failed` and `unknown` wait for a person, `retrying` for its instant, `awaiting` for Done or Failed on a manual line.
 * The outcomes of a step are `succeeded`, `tolerated` (failed, continue-on-error), `skipped`, `cancelled` and, when the run ends first, `not-run` and `abandoned`
 * (it ended while the step was failed or unknown).
 */
export type StepStatus =
  | 'pending' | 'running' | 'retrying' | 'failed' | 'unknown' | 'awaiting'
  | 'succeeded' | 'tolerated' | 'skipped' | 'cancelled' | 'not-run' | 'abandoned';

export interface StepState {
  readonly id: string;
  readonly status: StepStatus;
  /** 0 before the first try. */
  readonly attempt: number;
  /** When this attempt started and when the step reached its present status, milliseconds since the epoch. */
  readonly startedAt?: number;
  readonly changedAt?: number;
  /** When the very first attempt started. */
  readonly firstStartedAt?: number;
  readonly token?: number;
  readonly owner?: StepOwner;
  readonly undo?: JsonObject;
  readonly receipt?: JsonObject;
  readonly error?: StepError;
  /** Unknown outcome: what the probe saw. */
  readonly saw?: string;
  readonly retryAt?: number;
  readonly instructions?: string;
  /** Who said that they are at hand, where the line waits for that. */
  readonly present?: readonly PersonId[];
  /** Who skipped, answered or said that it was done. */
  readonly by?: readonly PersonId[];
  /** The first of two people needed for an answer. */
  readonly proposal?: { readonly answer: Answer; readonly person: PersonId };
}

/** Somebody started a plan alone, or is about to. */
export interface BrokenGlass {
  readonly person: PersonId;
  readonly at: number;
  readonly expiresAt: number;
  readonly via: Platform;
  readonly reason: string;
}

export interface RunState extends Omit<RunRequest, 'place'> {
  readonly id: string;
  readonly version: number;
  readonly phase: RunPhase;
  readonly place?: Place;
  readonly requestedAt: number;
  /** The plan on the table, or the one being carried out. */
  readonly plan?: Plan;
  readonly digest?: string;
  readonly plannedAt?: number;
  /** On the present digest only, the last word of each person. */
  readonly votes: readonly Vote[];
  /** Of the plan on the table. */
  readonly glass?: BrokenGlass;
  /** Plans of this run that one person started alone, oldest first: the first one, and those of what remained. */
  readonly startedAlone: readonly BrokenGlass[];
  /** Codes that were wrong, the last ones, so that they cannot be tried one after another. */
  readonly wrongCodes: readonly { readonly who: string; readonly at: number }[];
  /** The policy approved it, in the place of people. */
  readonly preapproved?: RaisedBy;
  readonly startedAt?: number;
  readonly approvers: readonly { readonly person: PersonId; readonly via: Platform }[];
  /** In the plan's order; steps that an earlier plan of this run finished stay in front of those of a plan of what remains. */
  readonly steps: readonly StepState[];
  readonly drift?: readonly FactDifference[];
  /** Destructive steps of the present plan that two people let begin although the backup cannot be proven here (rule 5). */
  readonly waivers: readonly { readonly step: string; readonly people: readonly PersonId[]; readonly at: number }[];
  readonly planningError?: { readonly code: string; readonly message: string; readonly details?: Readonly<Record<string, string>> };
  readonly stopRequestedBy?: PersonId;
  readonly outcome?: RunOutcome;
  readonly endReason?: string;
  readonly endedAt?: number;
  /** `waitingFor` key → how often people were woken, and when last. */
  readonly reminders: Readonly<Record<string, { readonly count: number; readonly at: number }>>;
  readonly notes: readonly { readonly person: PersonId; readonly at: number; readonly text: string }[];
}

export function emptyRun(id: string): RunState {
  return {
    id, version: 0, phase: 'new', target: '', title: '', kind: 'rollback', runbook: '', params: {}, requester: '', requestedAt: 0,
    votes: [], startedAlone: [], wrongCodes: [], approvers: [], steps: [], waivers: [], reminders: {}, notes: [],
  };
}

/** True when nothing about the run will ever change again. */
export function isTerminal(state: RunState): boolean {
  return state.phase === 'ended';
}

export function stepState(state: RunState, id: string): StepState | undefined {
  return state.steps.find((step) => step.id === id);
}

const settledStatuses: ReadonlySet<StepStatus> = new Set(['succeeded', 'tolerated', 'skipped', 'cancelled', 'not-run', 'abandoned']);

/** True when the step has its one outcome. */
export function isSettled(step: StepState): boolean {
  return settledStatuses.has(step.status);
}

/** True when steps that need this one may begin. */
export function isPassed(step: StepState): boolean {
  return step.status === 'succeeded' || step.status === 'tolerated' || step.status === 'skipped';
}
