import type { Json } from '../plan/plan.js';

/** The kinds of run that a watch may follow: those that change what people use. */
export const watchedKinds = ['migration', 'upgrade', 'rollback'] as const;
export type WatchedKind = (typeof watchedKinds)[number];

/** `critical`: a reason to go back, so a plan is made and people are woken. `notice`: said once, quietly. */
export type ConcernLevel = 'critical' | 'notice';

/** A query of one database; `database` holds references. */
export interface WatchedQuery {
  readonly database: string;
  readonly sql: string;
}

/** What one look reads. Durations are milliseconds; texts may hold references to secrets. */
export type WatchCheck =
  | { readonly kind: 'http'; readonly url: string; readonly method: 'GET' | 'HEAD'; readonly headers: Readonly<Record<string, string>>; readonly status: number; readonly expect?: Json }
  /** Without `sql`: whether it answers at all. */
  | { readonly kind: 'database'; readonly database: string; readonly sql: string; readonly expect: { readonly value?: string | number | boolean | null; readonly min?: number; readonly max?: number; readonly rows?: number; readonly row?: Readonly<Record<string, Json>> } }
  /** `at-least`: the first, which goes on being written to, may have more. */
  | { readonly kind: 'counts'; readonly of: WatchedQuery; readonly against: WatchedQuery; readonly compare: 'equal' | 'at-least'; readonly tolerance: number }
  | { readonly kind: 'logs'; readonly source: LogPlace; readonly patterns?: readonly string[]; readonly allow: readonly string[]; readonly within: number; readonly atLeast: number }
  /** Without `baseline` that of the last preflight counts, else what the watch measures first. */
  | { readonly kind: 'latency'; readonly url: string; readonly headers: Readonly<Record<string, string>>; readonly times: number; readonly baseline?: number }
  | { readonly kind: 'restarts'; readonly project: string; readonly services: readonly string[]; readonly moreThan: number; readonly within: number }
  /** Bad while the query answers with a value that meets the condition; without one, while it answers with anything. */
  | { readonly kind: 'prometheus'; readonly url: string; readonly query: string; readonly headers: Readonly<Record<string, string>>; readonly above?: number; readonly below?: number };

export type LogPlace = { readonly compose: { readonly project: string; readonly services: readonly string[] } } | { readonly file: string } | { readonly run: readonly [string, ...string[]] };

export interface WatchRule {
  /** Unique within its target; in messages and in planb's database. */
  readonly name: string;
  readonly level: ConcernLevel;
  /** Milliseconds that it has to be bad without a good look in between. */
  readonly lasting: number;
  /** `ssh://user@host` or `here`; absent: where the target is. */
  readonly on?: string;
  readonly check: WatchCheck;
}

/** Which alerts of Alertmanager concern a target. */
export interface AlertMatcher {
  /** Labels that the alert must have with these very values. */
  readonly match: Readonly<Record<string, string>>;
  readonly level: ConcernLevel;
  /** Also when no watch of the target is on. */
  readonly always: boolean;
}

/** `watch:` of a target. Milliseconds. */
export interface WatchPolicy {
  readonly forMs: number;
  readonly after: readonly WatchedKind[];
  /** How long what was left behind (the old server) is kept after the run. */
  readonly keepMs?: number;
  readonly everyMs: number;
  readonly rules: readonly WatchRule[];
  readonly alerts: readonly AlertMatcher[];
}
