import type { RunKind } from '../../src/command/command.js';
import type { Fact, Release } from '../../src/plan/plan.js';
import type { Verdict } from '../../src/verdict/verdict.js';
import type { Parts } from '../parts.js';

/** How the target should go back, from what was read of it. */
export async function findVerdict(_parts: Parts, _seen: { readonly kind: RunKind; readonly facts: readonly Fact[]; readonly from?: Release; readonly to?: Release }): Promise<Verdict> {
  return Promise.resolve({ kind: 'revert-only', reasons: [], lost: [] });
}
