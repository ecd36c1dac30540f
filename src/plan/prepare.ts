import type { Plan, PlannedStep } from './plan.js';

/** `prepare` is for steps that change nothing that people would vote on: read, or idempotent, and neither destroying nor stopping anything, nor another release, record or address afterwards. */
export function isPrepare(step: PlannedStep): boolean {
  return step.prepare && !step.destructive && step.stopsWriters !== true && step.effect !== 'once' && step.changes.length === 0;
}

/** A plan of such steps alone (a verification, a preflight) needs no votes: nothing in it would wait for them (rule 1). */
export function preparesOnly(plan: Plan): boolean {
  return plan.steps.length > 0 && plan.steps.every(isPrepare);
}
