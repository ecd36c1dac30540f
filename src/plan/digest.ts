import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import type { Plan } from './plan.js';

/**
 * SHA-256 (hex) of what people vote on: steps, parameters, policy, releases, verdict and identity facts, as RFC 8785 canonical JSON. Measured facts,
 * estimates and the time of planning are left out: they move by themselves, and a plan that is read twice must have one digest.
 */
export function planDigest(plan: Plan): string {
  const identity = plan.facts.filter((fact) => fact.kind === 'identity').map(({ key, value }) => ({ key, value })).sort((a, b) => (a.key < b.key ? -1 : 1));
  const steps = plan.steps.map(({ estimateMs: _estimate, outageMs: _outage, ...step }) => step);
  const { target, environment, kind, runbook, params, policy, verdict } = plan;
  const covered = {
    target, environment, kind, runbook, params, policy, steps, identity, from: plan.from ?? null, to: plan.to ?? null,
    verdict: { kind: verdict.kind, lost: verdict.lost },
  };
  const text = canonicalize(covered);
  if (text === undefined) throw new Error('a plan is always an object');
  return createHash('sha256').update(text).digest('hex');
}
