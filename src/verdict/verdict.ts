import type { DataChoice, Scenario } from '../migration/scenario.js';

/** How a target should go back. `roll-forward`: going back is worse than staying. */
export type VerdictKind = 'revert-only' | 'clean-history' | 'reverse-migrations' | 'restore-backup' | 'roll-forward' | 'nothing-to-do';

/** A reason a person can check: what was seen, and where. */
export interface VerdictReason {
  readonly text: string;
  /** The facts (by key) that the reason rests on. */
  readonly facts: readonly string[];
}

export interface Verdict {
  readonly kind: VerdictKind;
  readonly reasons: readonly VerdictReason[];
  /** What goes away when the plan is carried out, a sentence each; empty: nothing. */
  readonly lost: readonly string[];
  /** Of a return from a migration: which way back fits, and what it rests on (src/migration). */
  readonly scenario?: VerdictScenario;
}

/** Instants are milliseconds since the epoch. */
export interface VerdictScenario {
  readonly kind: Scenario;
  readonly data?: DataChoice;
  readonly by: 'facts' | 'people';
  /** Whether the new server answered while planning. */
  readonly reachable: boolean;
  /** When DNS was switched, ISO 8601 UTC, where that is known. */
  readonly since?: string;
  /** How long it will take, milliseconds from and to; `of`: the run that took so long, else the guide says so. */
  readonly expectedMs: readonly [from: number, to: number];
  readonly of?: string;
}
