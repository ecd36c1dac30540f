import { accept, refuse, type Decision } from '../refusal.js';
import type { PlannedStep } from '../plan/plan.js';
import { isPrepare } from '../plan/prepare.js';
import { whyNotSwitch } from '../migration/gate.js';
import { whyNotDestroy } from './backup-proof.js';
import type { CommandOf } from './command.js';
import type { RunEvent } from './events.js';
import { isPassed, stepState, type RunState, type StepState } from './state.js';

/** Records the intent to act. Nothing but `prepare` begins before the run has started; what is destructive runs alone and after a proven backup. */
export function beginStep(command: CommandOf<'BeginStep'>, state: RunState): Decision<readonly RunEvent[]> {
  const ready = readyStep(command.step, command.now, state);
  if (!ready.ok) return ready;
  const { planned, step } = ready.value;
  const blocked = blockedWithoutProof(command.now, planned, step, state);
  if (blocked !== undefined) return accept([blocked]);
  return accept([{
    type: 'StepStarted', at: command.now, step: planned.id, attempt: step.attempt + 1, token: command.token, owner: command.owner,
    ...(command.undo === undefined ? {} : { undo: command.undo }),
  }]);
}

/** Rule 5, also for what a person is to do by hand; and a migration's gate before DNS. */
function blockedWithoutProof(now: number, planned: PlannedStep, step: StepState, state: RunState): RunEvent | undefined {
  const error = (planned.destructive ? whyNotDestroy(planned, state) : undefined) ?? whyNotSwitch(planned, state);
  return error === undefined ? undefined : { type: 'StepBlocked', at: now, step: planned.id, attempt: step.attempt + 1, error };
}

/** A manual line is reached: nothing acts, a person is awaited. */
export function awaitPerson(command: CommandOf<'AwaitPerson'>, state: RunState): Decision<readonly RunEvent[]> {
  const ready = readyStep(command.step, command.now, state);
  if (!ready.ok) return ready;
  const { planned, step } = ready.value;
  const blocked = blockedWithoutProof(command.now, planned, step, state);
  if (blocked !== undefined) return accept([blocked]);
  return accept([{ type: 'PersonAwaited', at: command.now, step: planned.id, attempt: step.attempt + 1, instructions: command.instructions }]);
}

/** Whether a step could begin now, by everything but its backup. */
export function readyStep(id: string, now: number, state: RunState): Decision<{ readonly planned: PlannedStep; readonly step: StepState }> {
  const planned = state.plan?.steps.find((other) => other.id === id);
  const step = stepState(state, id);
  if (planned === undefined || step === undefined) return refuse('step-not-ready', { run: state.id, step: id });
  const details = { run: state.id, step: planned.name };
  const mayPrepare = state.phase === 'voting' && isPrepare(planned);
  if (state.phase !== 'running' && !mayPrepare) return refuse('run-not-running', details);
  if (step.status !== 'pending' && !(step.status === 'retrying' && (step.retryAt ?? 0) <= now)) return refuse('step-already-started', details);
  if (!planned.needs.every((need) => { const other = stepState(state, need); return other !== undefined && isPassed(other); })) return refuse('step-not-ready', details);
  const busy = state.steps.filter((other) => other.id !== id && (other.status === 'running' || other.status === 'unknown'));
  if (planned.destructive && busy.length > 0) return refuse('destructive-runs-alone', details);
  // A person at work on a destructive manual line is no different from a worker.
  const destroying = state.steps.some((other) => other.id !== id && (busy.includes(other) || other.status === 'awaiting') && isDestructive(state, other.id));
  if (destroying) return refuse('destructive-runs-alone', details);
  return accept({ planned, step });
}

function isDestructive(state: RunState, id: string): boolean {
  return state.plan?.steps.find((step) => step.id === id)?.destructive === true;
}

export function succeedStep(command: CommandOf<'SucceedStep'>, state: RunState): Decision<readonly RunEvent[]> {
  const { now, step, attempt, receipt, found } = command;
  return ofPresentAttempt(command, state, () => [{ type: 'StepSucceeded', at: now, step, attempt, receipt, ...(found === undefined ? {} : { found }) }]);
}

/** A failure with tries left waits and tries again by itself; otherwise it asks, or is tolerated where the runbook says so. */
export function failStep(command: CommandOf<'FailStep'>, state: RunState): Decision<readonly RunEvent[]> {
  const { now, step, attempt, error } = command;
  return ofPresentAttempt(command, state, () => {
    const planned = state.plan?.steps.find((other) => other.id === step);
    const again = planned !== undefined && command.retryable && attempt <= planned.retry.max && state.phase !== 'ending';
    return [{ type: 'StepFailed', at: now, step, attempt, error, ...(again ? { retryAt: now + planned.retry.delayMs } : {}) }];
  });
}

/** An attempt that was cut short without harm: it is tried again at once, or, cut short too often, asks a person. */
export function interruptStep(command: CommandOf<'InterruptStep'>, state: RunState): Decision<readonly RunEvent[]> {
  const { now, step, attempt, note, again } = command;
  const error = { code: 'interrupted', message: `It was interrupted: ${note}.` };
  return ofPresentAttempt(command, state, () => [{ type: 'StepFailed', at: now, step, attempt, error, ...(again ? { retryAt: now } : {}) }]);
}

export function loseStep(command: CommandOf<'LoseStep'>, state: RunState): Decision<readonly RunEvent[]> {
  const { now, step, attempt, saw } = command;
  return ofPresentAttempt(command, state, () => [{ type: 'StepOutcomeUnknown', at: now, step, attempt, saw }]);
}

/** Only a run that is ending cancels a step, or a prepare step whose plan is void. */
export function cancelStep(command: CommandOf<'CancelStep'>, state: RunState): Decision<readonly RunEvent[]> {
  const { now, step, attempt, note } = command;
  // A cancelled step never runs again under the same plan: while one is on the table, steps that need it would wait for ever.
  if (state.phase !== 'ending' && state.phase !== 'planning') return refuse('state-does-not-allow', { run: state.id });
  return ofPresentAttempt(command, state, () => [{ type: 'StepCancelled', at: now, step, attempt, note }]);
}

function ofPresentAttempt(command: { readonly step: string; readonly attempt: number }, state: RunState, events: () => readonly RunEvent[]): Decision<readonly RunEvent[]> {
  const step = stepState(state, command.step);
  if (step === undefined || step.attempt !== command.attempt || step.status !== 'running') return refuse('attempt-outdated', { run: state.id, step: command.step });
  return accept(events());
}
