import type { PlannedStep } from '../plan/plan.js';
import { isRefused } from '../migration/past.js';
import type { RunState, StepState } from '../run/state.js';

/** The plan's line of a step; undefined for a step that only an earlier plan of this run had. */
export function plannedStep(state: RunState, id: string): PlannedStep | undefined {
  return state.plan?.steps.find((step) => step.id === id);
}

export function stepName(state: RunState, id: string): string {
  return plannedStep(state, id)?.name ?? id;
}

/** 1-based position in the checklist. */
export function stepIndex(state: RunState, id: string): number {
  return state.steps.findIndex((step) => step.id === id) + 1;
}

export function isBackup(step: PlannedStep): boolean {
  return step.uses.endsWith('.backup');
}

/** True when the step's success may leave the target other than it was: a service that does not serve any more counts too. A program that names no facts may still have changed anything. */
export function isChange(step: PlannedStep): boolean {
  return step.destructive || step.changes.length > 0 || step.stopsWriters === true || step.startsWriters === true || (step.uses === 'run' && step.effect !== 'read' && !step.prepare);
}

/** Names of the finished steps that changed the target, and of those that may have in part: nobody can tell before they succeed. */
export function changesOf(state: RunState): { readonly done: readonly string[]; readonly perhaps: readonly string[] } {
  const named = (wanted: (step: StepState) => boolean): readonly string[] =>
    (state.plan?.steps ?? []).filter((planned) => isChange(planned) && state.steps.some((step) => step.id === planned.id && wanted(step))).map((step) => step.name);
  return {
    done: named((step) => step.status === 'succeeded'),
    perhaps: named((step) => step.status !== 'succeeded' && step.status !== 'awaiting' && step.firstStartedAt !== undefined && !(step.saw === undefined && isRefused(step))),
  };
}

/** True when a step that changes the target was at least begun: what is held or half done is of interest only then. */
export function changedAnything(state: RunState): boolean {
  const { done, perhaps } = changesOf(state);
  return done.length + perhaps.length > 0;
}

/** Checks that passed, of all that the plan has. */
export function checksOf(state: RunState): { readonly passed: number; readonly all: number } {
  const checks = (state.plan?.steps ?? []).filter((step) => step.check);
  const passed = checks.filter((check) => state.steps.some((step) => step.id === check.id && step.status === 'succeeded'));
  return { passed: passed.length, all: checks.length };
}

/** True for the kinds whose point is to look, not to change. */
export function onlyLooks(state: RunState): boolean {
  return state.kind === 'preflight' || state.kind === 'verify';
}

/** Steps that the run's end left failed or with an unknown outcome. */
export function leftOpen(state: RunState): readonly StepState[] {
  return state.steps.filter((step) => step.status === 'abandoned' && (step.saw !== undefined || step.error !== undefined));
}

/** Started, then paused for a plan of what remains that nobody stopped, rejected or approved in time. */
export function ranOutOfTime(state: RunState): boolean {
  const rejected = state.votes.some((vote) => vote.choice === 'reject');
  return state.startedAt !== undefined && state.drift !== undefined && state.stopRequestedBy === undefined && !rejected && leftOpen(state).length === 0;
}
