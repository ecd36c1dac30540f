import canonicalize from 'canonicalize';
import type { FactDifference } from '../run/events.js';
import { isPassed, type StepState } from '../run/state.js';
import type { Fact, Json, Plan, PlannedStep } from './plan.js';

/**
 * Compares the identity facts read now with what is expected at this point: the plan's facts, except those that a finished step has changed. A change
 * without a known result (`to` absent) makes its fact free. A measured fact counts only when it crossed its threshold.
 */
export function findDrift(planned: readonly Fact[], current: readonly Fact[], finished: readonly PlannedStep[]): readonly FactDifference[] {
  const changed = new Map<string, Json | undefined>();
  for (const step of finished) for (const change of step.changes) changed.set(change.key, change.to);
  const now = new Map(current.map((fact) => [fact.key, fact]));
  return planned.flatMap((fact) => {
    const read = now.get(fact.key);
    if (fact.kind === 'measured') return read !== undefined && crossed(read) && !crossed(fact) ? [difference(fact, fact.value, read.value)] : [];
    const expected = changed.has(fact.key) ? changed.get(fact.key) : fact.value;
    if (expected === undefined || (read !== undefined && same(expected, read.value))) return [];
    return [difference(fact, expected, read?.value)];
  });
}

/**
 * The steps whose changes the plan's facts do not know yet: what finished before the plan was posted is in its facts already. A step that was skipped, or that
 * failed and was tolerated, may have changed its facts or not, so it only frees them.
 */
export function actedSince(plan: Plan, plannedAt: number, steps: readonly StepState[]): readonly PlannedStep[] {
  return plan.steps.flatMap((planned) => {
    const step = steps.find((other) => other.id === planned.id);
    if (step === undefined || !isPassed(step) || (step.changedAt ?? 0) <= plannedAt) return [];
    return [step.status === 'succeeded' ? planned : { ...planned, changes: planned.changes.map(({ key }) => ({ key })) }];
  });
}

function crossed(fact: Fact): boolean {
  if (typeof fact.value !== 'number' || fact.threshold === undefined) return false;
  return fact.value > (fact.threshold.max ?? Infinity) || fact.value < (fact.threshold.min ?? -Infinity);
}

function same(a: Json, b: Json): boolean {
  return canonicalize(a) === canonicalize(b);
}

function difference(fact: Fact, planned: Json, now: Json | undefined): FactDifference {
  return { key: fact.key, label: fact.label, planned: show(planned), now: now === undefined ? 'not there' : show(now) };
}

function show(value: Json): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  // Never through a surrogate pair: PostgreSQL's jsonb refuses half of one.
  return text.length > 120 ? `${text.slice(0, 117).replace(/[\uD800-\uDBFF]$/, '')}...` : text;
}
