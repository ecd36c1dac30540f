import type { Answer, RunKind, Scope } from '../command/command.js';
import type { PersonId, Place, Platform } from '../person.js';
import type { AutoPolicy, JsonObject, Plan } from '../plan/plan.js';
import type { OwnerIdentity } from '../ports/program.js';

/** How a run ends. Only `verified` is called success in chat. */
export type RunOutcome =
  | 'verified'
  | 'finished-not-verified'
  | 'stopped'
  | 'rejected'
  | 'expired'
  | 'planning-failed'
  | 'nothing-to-do';

/** Why a step stopped without its receipt, in words fit for a board. */
export interface StepError {
  /** Stable and machine-readable, for example `exit-code`, `timed-out`, `not-healthy`. */
  readonly code: string;
  /** One line, already masked. */
  readonly message: string;
  /** The last lines of output, masked and capped. */
  readonly tail?: string;
}

/** Which worker process began an attempt; enough to prove later whether that process is dead. */
export interface StepOwner {
  readonly worker: string;
  readonly identity: OwnerIdentity;
}

/** What planb itself saw and asked because of: a rule of a watch, or an alert. */
export interface RaisedBy {
  readonly source: 'rule' | 'alert';
  readonly name: string;
  /** Since when it was bad, milliseconds since the epoch. */
  readonly since: number;
  /** The run whose watch it was. */
  readonly watch?: string;
  /** What changed the target last had started without votes, and it did not help: the next step back is for people. */
  readonly again?: true;
}

/** What somebody asked for. */
export interface RunRequest {
  readonly target: string;
  readonly title: string;
  readonly kind: RunKind;
  /** A built-in's name or a path, as planb.yaml names it. */
  readonly runbook: string;
  readonly params: JsonObject;
  readonly scope?: Scope;
  readonly reason?: string;
  readonly requester: PersonId;
  readonly place: Place;
  /** Nobody asked: it was asked in the requester's name. */
  readonly raisedBy?: RaisedBy;
  /** The run that this one repeats ("Plan again") or follows. */
  readonly follows?: string;
}

/** Instants are milliseconds since the epoch by PostgreSQL's clock. */
export type RunEvent =
  | ({ readonly type: 'RunRequested'; readonly at: number } & RunRequest)
  | {
      readonly type: 'PlanningFailed';
      readonly at: number;
      /** A ReasonCode with its details where one fits, so that boards have a sentence in their language; else a code of its own. */
      readonly code: string;
      readonly details?: Readonly<Record<string, string>>;
      readonly message: string;
    }
  | { readonly type: 'PlanPosted'; readonly at: number; readonly plan: Plan; readonly digest: string }
  /** The live system no longer is what the plan saw. Before the first step every vote is void; later the run pauses, lock held. */
  | { readonly type: 'DriftFound'; readonly at: number; readonly digest: string; readonly differences: readonly FactDifference[] }
  | {
      readonly type: 'VoteCast';
      readonly at: number;
      readonly person: PersonId;
      readonly choice: 'approve' | 'reject';
      readonly digest: string;
      readonly via: Platform;
      readonly expiresAt: number;
      readonly reason?: string;
    }
  /** One person whom the policy names starts the plan alone, and says why. Like a vote it is for one digest and expires. */
  | { readonly type: 'GlassBroken'; readonly at: number; readonly person: PersonId; readonly digest: string; readonly via: Platform; readonly expiresAt: number; readonly reason: string }
  | {
      readonly type: 'RunStarted';
      readonly at: number;
      readonly digest: string;
      readonly approvers: readonly { readonly person: PersonId; readonly via: Platform }[];
      /** Who started it alone; absent where enough people approved. */
      readonly brokenBy?: PersonId;
    }
  /** The policy approved it beforehand, in the place of people; always together with `RunStarted`. */
  | { readonly type: 'PlanPreapproved'; readonly at: number; readonly digest: string; readonly auto: AutoPolicy; readonly by: RaisedBy }
  /** Durable before the action acts: the intent, and everything needed to undo. */
  | { readonly type: 'StepStarted'; readonly at: number; readonly step: string; readonly attempt: number; readonly token: number; readonly owner: StepOwner; readonly undo?: JsonObject }
  | { readonly type: 'StepSucceeded'; readonly at: number; readonly step: string; readonly attempt: number; readonly receipt: JsonObject; readonly found?: 'probe' | 'person' }
  | { readonly type: 'StepFailed'; readonly at: number; readonly step: string; readonly attempt: number; readonly error: StepError; readonly retryAt?: number }
  /** It may not begin for a reason that only people can change (no proven backup); nothing was done. */
  | { readonly type: 'StepBlocked'; readonly at: number; readonly step: string; readonly attempt: number; readonly error: StepError }
  /** Whether the effect happened cannot be told; `saw` is what the probe saw. A person chooses. */
  | { readonly type: 'StepOutcomeUnknown'; readonly at: number; readonly step: string; readonly attempt: number; readonly saw: string }
  | { readonly type: 'StepCancelled'; readonly at: number; readonly step: string; readonly attempt: number; readonly note: string }
  /** A manual step reached its line: a person does it and says Done or Failed. */
  | { readonly type: 'PersonAwaited'; readonly at: number; readonly step: string; readonly attempt: number; readonly instructions: string }
  /** One of the people whom a line waits for said that they are at hand. */
  | { readonly type: 'PersonPresent'; readonly at: number; readonly step: string; readonly attempt: number; readonly person: PersonId }
  /** The first of two people needed for this answer. */
  | { readonly type: 'AnswerProposed'; readonly at: number; readonly step: string; readonly attempt: number; readonly answer: Answer; readonly person: PersonId; readonly reason?: string }
  | { readonly type: 'AnswerGiven'; readonly at: number; readonly step: string; readonly attempt: number; readonly answer: Answer; readonly people: readonly PersonId[]; readonly reason?: string; /** Of Done: what was seen of what the person did. */ readonly receipt?: JsonObject }
  | { readonly type: 'StopRequested'; readonly at: number; readonly person: PersonId; readonly reason?: string }
  /** The run will end so; steps that still run are being cancelled first. */
  | { readonly type: 'RunEnding'; readonly at: number; readonly outcome: RunOutcome; readonly person?: PersonId; readonly reason?: string }
  | { readonly type: 'RunEnded'; readonly at: number; readonly outcome: RunOutcome; readonly reason?: string }
  /** Those who may act were woken by a message of its own; `nth` 0 at once, 1 after five minutes, 2 the escalation. */
  | { readonly type: 'PeopleReminded'; readonly at: number; readonly waitingFor: string; readonly nth: number }
  | { readonly type: 'NoteAdded'; readonly at: number; readonly person: PersonId; readonly text: string }
  /** Someone asked and was refused; kept because who tried what is part of the record. */
  | { readonly type: 'CommandRefused'; readonly at: number; readonly who: string; readonly via: Platform; readonly command: string; readonly code: string };

export interface FactDifference {
  readonly key: string;
  readonly label: string;
  readonly planned: string;
  readonly now: string;
}
