import type { Fact } from '../../src/plan/plan.js';
import type { Parts } from '../parts.js';

/** What planning saw of the service's health goes to the board's NOW line: the first answer that any check of the plan got. True when it turned. */
export async function planHealth(parts: Pick<Parts, 'store'>, target: string, facts: readonly Fact[], now: number): Promise<boolean> {
  const answer = facts.find((fact) => fact.kind === 'measured' && fact.key.startsWith('http:'));
  if (answer === undefined || typeof answer.value !== 'object' || answer.value === null || Array.isArray(answer.value)) return false;
  const { good, saw } = answer.value as { readonly good?: unknown; readonly saw?: unknown };
  if (typeof good !== 'boolean' || typeof saw !== 'string') return false;
  return parts.store.saveHealth(target, { up: good, saw, since: now, readAt: now });
}
