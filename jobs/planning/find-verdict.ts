import type { RunKind } from '../../src/command/command.js';
import type { Fact, Release } from '../../src/plan/plan.js';
import { verdictOf } from '../../src/verdict/judge.js';
import { historyOf } from '../../src/verdict/migration-facts.js';
import type { Verdict } from '../../src/verdict/verdict.js';
import type { Parts } from '../parts.js';

/** How the target should go back, from what was read of it. Runs that take nothing back have nothing to judge. */
export async function findVerdict(_parts: Parts, seen: { readonly kind: RunKind; readonly facts: readonly Fact[]; readonly from?: Release; readonly to?: Release }): Promise<Verdict> {
  if (seen.kind !== 'rollback' && historyOf(seen.facts) === undefined) return { kind: 'revert-only', reasons: [], lost: [] };
  return verdictOf({ sameRelease: seen.from !== undefined && seen.from.name === seen.to?.name, facts: seen.facts });
}
