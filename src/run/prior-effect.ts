import type { PlannedStep } from '../plan/plan.js';
import { type RunState, stepState } from './state.js';

/**
 * When what a step follows began to act, milliseconds since 1970: the nearest steps before it that do more than read. A check must not blame the new release for what the old one logged before it
 * was replaced, nor miss how the new one started. Undefined: nothing before it acted.
 */
export function priorEffectAt(state: RunState, planned: Pick<PlannedStep, 'needs'>): number | undefined {
  const open = [...planned.needs];
  // Many ways may lead to one step.
  const seen = new Set<string>();
  let first: number | undefined;
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const step = seen.has(id) ? undefined : state.plan?.steps.find((other) => other.id === id);
    if (step === undefined) continue;
    seen.add(id);
    const at = stepState(state, id)?.firstStartedAt;
    if (step.effect === 'read' || step.prepare || at === undefined) open.push(...step.needs);
    else first = Math.min(first ?? at, at);
  }
  return first;
}
