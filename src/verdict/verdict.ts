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
}
