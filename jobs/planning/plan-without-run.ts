import { abortAfter } from '../abort-after.js';
import type { Scope } from '../../src/command/command.js';
import { nearestWord } from '../../src/nearest-word.js';
import type { Plan } from '../../src/plan/plan.js';
import { emptyRun } from '../../src/run/state.js';
import type { Parts } from '../parts.js';
import { makePlan } from './make-plan.js';

export interface WantedPlan {
  readonly target: string;
  /** One of the target's runbooks by kind or name; the rollback unless given. */
  readonly runbook?: string;
  readonly to?: string;
  readonly scope?: Scope;
}

export type PlanWithoutRun = { readonly ok: true; readonly plan: Plan } | { readonly ok: false; readonly code: string; readonly message: string };

const limitMs = 120_000;

/** Reads the live system and plans, for a look or for paper: no run, no lock, no votes. */
export async function planWithoutRun(parts: Parts, wanted: WantedPlan): Promise<PlanWithoutRun> {
  const target = parts.config.targets[wanted.target];
  if (target === undefined) {
    const nearest = nearestWord(wanted.target, Object.keys(parts.config.targets));
    return { ok: false, code: 'unknown-target', message: `There is no target "${wanted.target}"${nearest === undefined ? '' : `; did you mean "${nearest}"?`}` };
  }
  const asked = wanted.runbook ?? 'rollback';
  const runbook = target.runbooks[asked] ?? asked;
  const loaded = await parts.world.loadRunbook(runbook);
  if (!loaded.ok) return { ok: false, code: 'bad-runbook', message: loaded.message };
  const answer = await makePlan(parts, {
    ...emptyRun('plan'), phase: 'planning', target: target.id, title: target.title, kind: loaded.runbook.kind, runbook,
    params: wanted.to === undefined ? {} : { to: wanted.to }, ...(wanted.scope === undefined ? {} : { scope: wanted.scope }),
  }, await parts.store.now(), abortAfter(limitMs));
  return answer.type === 'PostPlan' ? { ok: true, plan: answer.plan } : { ok: false, code: answer.code, message: answer.message };
}
