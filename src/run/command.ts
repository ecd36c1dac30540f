import type { Answer } from '../command/command.js';
import type { PersonId, Platform } from '../person.js';
import type { JsonObject, Plan } from '../plan/plan.js';
import type { FactDifference, RunRequest, StepError, StepOwner } from './events.js';

/** The attempt that a worker speaks about; anything but the present one is refused as outdated. */
interface OfAttempt {
  readonly step: string;
  readonly attempt: number;
}

/** Said by a person. `voters` are the people whom the plan's policy names, by the groups of this moment. */
interface ByPerson {
  readonly person: PersonId;
  readonly voters: readonly PersonId[];
  readonly reason?: string;
  /** The person's own current code came with it and was right. */
  readonly proven?: boolean;
}

/** What can be asked of a run. `now`: milliseconds since the epoch by PostgreSQL's clock. */
export type RunCommand = { readonly now: number } & (
  | ({ readonly type: 'RequestRun' } & RunRequest)
  | { readonly type: 'PostPlan'; readonly plan: Plan }
  | { readonly type: 'FailPlanning'; readonly code: string; readonly message: string; readonly details?: Readonly<Record<string, string>>; readonly outcome: 'planning-failed' | 'nothing-to-do' }
  | ({ readonly type: 'CastVote'; readonly choice: 'approve' | 'reject'; readonly via: Platform; /** The digest that the person saw; absent when typed. */ readonly digest?: string } & ByPerson)
  /** `breakers`: the people whom the plan's policy lets start it alone, by the groups of this moment. */
  | ({ readonly type: 'BreakGlass'; readonly via: Platform; readonly breakers: readonly PersonId[] } & ByPerson)
  | { readonly type: 'ExpirePlan' }
  | { readonly type: 'StartRun'; readonly digest: string; readonly voters: readonly PersonId[]; readonly breakers?: readonly PersonId[]; /** Found by reading the identity facts again. */ readonly differences: readonly FactDifference[] }
  | { readonly type: 'ReportDrift'; readonly differences: readonly FactDifference[] }
  | { readonly type: 'BeginStep'; readonly step: string; readonly token: number; readonly owner: StepOwner; readonly undo?: JsonObject }
  | { readonly type: 'AwaitPerson'; readonly step: string; readonly instructions: string }
  | ({ readonly type: 'SucceedStep'; readonly receipt: JsonObject; readonly found?: 'probe' } & OfAttempt)
  | ({ readonly type: 'FailStep'; readonly error: StepError; readonly retryable: boolean } & OfAttempt)
  | ({ readonly type: 'LoseStep'; readonly saw: string } & OfAttempt)
  /** Its owner died or was stopped, and its effect did not happen or may happen again. `again`: without asking. */
  | ({ readonly type: 'InterruptStep'; readonly note: string; readonly again: boolean } & OfAttempt)
  | ({ readonly type: 'CancelStep'; readonly note: string } & OfAttempt)
  | ({ readonly type: 'AnswerStep'; readonly answer: Answer; /** Absent when typed: the step that waits. */ readonly step?: string; readonly attempt?: number } & ByPerson)
  | ({ readonly type: 'StopRun' } & ByPerson)
  | { readonly type: 'FinishRun' }
  | { readonly type: 'RemindPeople'; readonly waitingFor: string }
  /** `writers`: who may vote or ask for runs of the target, by the groups of this moment. */
  | { readonly type: 'AddNote'; readonly person: PersonId; readonly writers: readonly PersonId[]; readonly text: string }
);

export type CommandOf<T extends RunCommand['type']> = Extract<RunCommand, { readonly type: T }>;
