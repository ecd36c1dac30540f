import type { PlannedStep } from '../plan/plan.js';
import { isPassed, type RunState } from '../run/state.js';

/** A sum in milliseconds; `partial` when some step gave no estimate, so that it is a lower bound. */
export interface Estimate {
  readonly ms: number;
  readonly partial: boolean;
}

/** How long what remains takes: the longest chain of `needs`, since independent steps run side by side. Undefined when nothing is known. */
export function estimateRun(state: RunState): Estimate | undefined {
  const remaining = remainingSteps(state);
  if (!remaining.some((step) => step.estimateMs !== undefined)) return undefined;
  const byId = new Map(remaining.map((step) => [step.id, step]));
  const finish = new Map<string, number>();
  const finishOf = (step: PlannedStep): number => {
    const known = finish.get(step.id);
    if (known !== undefined) return known;
    finish.set(step.id, 0); // a cycle cannot be planned; were one here, it must not hang a board
    const before = step.needs.map((need) => byId.get(need)).filter((other) => other !== undefined);
    const end = Math.max(0, ...before.map(finishOf)) + (step.estimateMs ?? 0);
    finish.set(step.id, end);
    return end;
  };
  return { ms: Math.max(...remaining.map(finishOf)), partial: remaining.some((step) => step.estimateMs === undefined && step.uses !== 'manual') };
}

/** How long the service will be away because of what remains. Undefined when no step says so. */
export function estimateOutage(state: RunState): number | undefined {
  const known = remainingSteps(state).flatMap((step) => (step.outageMs === undefined ? [] : [step.outageMs]));
  return known.length === 0 ? undefined : known.reduce((sum, ms) => sum + ms, 0);
}

function remainingSteps(state: RunState): readonly PlannedStep[] {
  const passed = new Set(state.steps.filter(isPassed).map((step) => step.id));
  return (state.plan?.steps ?? []).filter((step) => !passed.has(step.id));
}
