/**
 * The closed list of reasons for which planb says no. A refusal is a value: it is shown as one clear sentence
 * (src/board/refusals.ts has the sentences), put on the record, and never thrown.
 */
export type ReasonCode =
  | 'unknown-command'
  | 'malformed-command'
  | 'unknown-target'
  | 'unknown-run'
  | 'unknown-runbook'
  | 'unknown-release'
  | 'malformed-release'
  | 'release-is-running'
  | 'no-known-good-release'
  | 'unknown-parameter'
  | 'missing-parameter'
  | 'target-locked'
  | 'not-a-person'
  | 'not-a-requester'
  | 'not-a-voter'
  | 'requester-may-not-vote'
  | 'already-voted'
  | 'already-rejected'
  | 'plan-outdated'
  | 'button-outdated'
  | 'vote-expired'
  | 'quorum-not-reached'
  | 'not-waiting-for-votes'
  | 'not-waiting-for-an-answer'
  | 'answer-does-not-fit'
  | 'not-done-yet'
  | 'second-person-needed'
  | 'run-ended'
  | 'run-not-running'
  | 'step-not-ready'
  | 'step-already-started'
  | 'attempt-outdated'
  | 'destructive-runs-alone'
  | 'backup-not-proven'
  | 'code-needed'
  | 'code-wrong'
  | 'too-many-codes'
  | 'second-factor-needed'
  | 'break-glass-off'
  | 'may-not-break-glass'
  | 'reason-needed'
  | 'bot-sender'
  | 'guest-sender'
  | 'anonymous-sender'
  | 'other-workspace'
  | 'not-held'
  | 'kept-until'
  | 'state-does-not-allow';

/** A refusal with the words that its sentence needs (names, instants as ISO 8601 UTC, links, the nearest right word). */
export interface Refusal {
  readonly code: ReasonCode;
  readonly details: Readonly<Record<string, string>>;
}

/** The result of a decision: accepted with a value, or refused with a reason. */
export type Decision<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

export function accept<T>(value: T): Decision<T> {
  return { ok: true, value };
}

export function refuse(code: ReasonCode, details: Readonly<Record<string, string>> = {}): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal: { code, details } };
}
