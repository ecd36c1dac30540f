import { planDigest } from '../../src/plan/digest.js';
import { renderPaper } from '../../src/plan/paper.js';
import type { Release } from '../../src/plan/plan.js';
import { emptyRun, type RunState } from '../../src/run/state.js';
import type { Parts } from '../parts.js';
import { makePlan } from './make-plan.js';
import { returnRunbook } from '../../src/migration/which-way-back.js';

/**
 * The way back on paper, made while the good release still runs: the target's rollback as it would be planned if `after` ran. What the change in between will have done to the system is not in
 * it, and the paper says so. Throws StoreError, and what an abort throws.
 */
export async function planWayBack(parts: Parts, state: RunState, after: Release, signal: AbortSignal): Promise<{ readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string }> {
  const target = parts.config.targets[state.target];
  const running = state.plan?.from;
  if (target === undefined || running === undefined) return { ok: false, message: 'nothing says which release runs now, so there is no way back to it' };
  const loaded = await parts.world.loadRunbook(target.runbook);
  if (!loaded.ok) return { ok: false, message: loaded.message };
  const parameter = Object.entries(loaded.runbook.params).find(([, { type }]) => type === 'release')?.[0];
  const answer = await makePlan(parts, {
    ...emptyRun(state.id), phase: 'planning', target: target.id, title: target.title, kind: loaded.runbook.kind, runbook: target.runbook, requester: state.requester,
    params: parameter === undefined ? {} : { [parameter]: running.name },
  }, await parts.store.now(), signal, after);
  if (answer.type !== 'PostPlan') return { ok: false, message: answer.message };
  return { ok: true, text: renderPaper(answer.plan, { digest: planDigest(answer.plan), ahead: true }) };
}

/** The way back from a migration, planned while DNS still leads to the old server, as the guide's second scenario. Throws StoreError, and what an abort throws. */
export async function planReturn(parts: Parts, state: RunState, signal: AbortSignal): Promise<{ readonly ok: true; readonly text: string; readonly digest: string; readonly steps: number } | { readonly ok: false; readonly message: string }> {
  const target = parts.config.targets[state.target];
  const runbook = target?.runbooks[returnRunbook];
  if (target === undefined || runbook === undefined) return { ok: false, message: `planb.yaml names no runbook "${returnRunbook}" for ${state.target} (runbooks: { ${returnRunbook}: server-return })` };
  const answer = await makePlan(parts, {
    ...emptyRun(state.id), phase: 'planning', target: target.id, title: target.title, kind: 'rollback', runbook, requester: state.requester, params: { scenario: 'just-switched' },
  }, await parts.store.now(), signal);
  if (answer.type !== 'PostPlan') return { ok: false, message: answer.message };
  const digest = planDigest(answer.plan);
  return { ok: true, text: renderPaper(answer.plan, { digest, ahead: true }), digest, steps: answer.plan.steps.length };
}
