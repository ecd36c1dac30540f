import type { Scope } from '../command/command.js';
import type { Fact } from '../plan/plan.js';
import type { Verdict, VerdictKind, VerdictReason } from './verdict.js';

/** What people asked for, as far as it decides how a schema goes back. */
export interface Asked {
  /** The release to go to is the one that runs. */
  readonly sameRelease: boolean;
  /** `migration` is a person's explicit choice that the schema has to go back too, with what that loses; nothing else is. */
  readonly scope?: Scope;
}

/** What one migration history (a Prisma schema, a Django database) says about going back. Pure. */
export interface HistoryJudgement {
  /** What people call it when there are several: `litellm, schema public`. */
  readonly history: string;
  readonly kind: VerdictKind;
  /** Those that decided first. */
  readonly reasons: readonly VerdictReason[];
  /** What goes away if its kind is carried out, a sentence each. */
  readonly lost: readonly string[];
}

/** Judges one history fact; `facts` are all of the plan's, for what moves by itself beside it. Throws zod's error for a fact that another version wrote. */
export type JudgeHistory = (fact: Fact, asked: Asked, facts: readonly Fact[]) => HistoryJudgement;

/** From the boldest to the most cautious. `roll-forward` last: it touches nothing, and a restore that nobody chose must not follow from another history's needs. */
const caution: readonly VerdictKind[] = ['nothing-to-do', 'revert-only', 'clean-history', 'reverse-migrations', 'restore-backup', 'roll-forward'];

/** One verdict on several histories: the most cautious one wins, and every reason is kept, the winner's first; with several histories each names its own. */
export function combineJudgements(judgements: readonly [HistoryJudgement, ...HistoryJudgement[]]): Verdict {
  const ordered = [...judgements].sort((a, b) => caution.indexOf(b.kind) - caution.indexOf(a.kind));
  const kind = ordered[0]?.kind ?? judgements[0].kind;
  const named = (history: string, text: string): string => (judgements.length === 1 ? text : `${history}: ${text}`);
  return {
    kind,
    reasons: ordered.flatMap(({ history, reasons }) => reasons.map(({ text, facts }) => ({ text: named(history, text), facts }))),
    // What is not carried out loses nothing.
    lost: kind === 'roll-forward' ? [] : ordered.flatMap(({ history, lost }) => lost.map((text) => named(history, text))),
  };
}
