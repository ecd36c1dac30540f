import type { RunKind } from '../../src/command/command.js';
import type { Fact, Release } from '../../src/plan/plan.js';
import type { Asked } from '../../src/verdict/history-judgement.js';
import { hasHistory, verdictOf } from '../../src/verdict/judge.js';
import type { Verdict } from '../../src/verdict/verdict.js';
import type { Parts } from '../parts.js';

interface Seen {
  readonly kind: RunKind;
  readonly scope?: Asked['scope'];
  readonly facts: readonly Fact[];
  readonly from?: Release;
  readonly to?: Release;
}

/** How the target should go back, from what was read of it. Runs that take nothing back have nothing to judge. */
export async function findVerdict(_parts: Parts, { kind, scope, facts, from, to }: Seen): Promise<Verdict> {
  if (kind !== 'rollback' && !hasHistory(facts)) return { kind: 'revert-only', reasons: [], lost: [] };
  // A repair goes nowhere: it mends what runs.
  const sameRelease = to === undefined ? kind !== 'rollback' : from !== undefined && from.name === to.name;
  return verdictOf({ sameRelease, ...(scope === undefined ? {} : { scope }), facts });
}
