import { HostError } from '../src/ports/host.js';
import type { JsonObject, PlannedStep } from '../src/plan/plan.js';
import type { StepError } from '../src/run/events.js';
import { NewerPlanb } from '../src/run/newer-planb.js';
import type { RunState } from '../src/run/state.js';
import { maskObject } from './mask-json.js';
import type { Parts } from './parts.js';
import { ReferenceError, resolveInput, stepContext } from './step-context.js';

/** What became of an attempt. `aborted`: it was stopped before its end, or its machine was lost, so its effect has to be looked for. */
export type AttemptOutcome =
  | { readonly kind: 'succeeded'; readonly receipt: JsonObject }
  | { readonly kind: 'failed'; readonly error: StepError; readonly retryable: boolean }
  | { readonly kind: 'aborted' };

/** Reasons for which planb itself ends an attempt. */
const timedOut = Symbol('timed out');

/** Saves what will be lost and finds what undoing needs, within the step's own time limit; runs before the intent is recorded and changes nothing. */
export async function prepareUndo(parts: Parts, state: RunState, planned: PlannedStep, attempt: number, signal: AbortSignal): Promise<JsonObject | undefined> {
  const action = actionOf(parts, planned);
  if (action.before === undefined) return undefined;
  // Cleared, as the attempt's own: hours of steps that ended in a second would otherwise be held in memory by their limits.
  const limit = new AbortController();
  const timer = setTimeout(() => { limit.abort(new DOMException('The time limit is over.', 'TimeoutError')); }, planned.timeoutMs);
  const context = stepContext(parts, state, planned, attempt, AbortSignal.any([signal, limit.signal]));
  try {
    return maskObject(parts.world.mask, await action.before(context, resolveInput(parts, planned.with, planned.fingerprints)));
  } finally {
    clearTimeout(timer);
    await context.close();
  }
}

/** Carries out one attempt of a step whose intent is on record. Throws only for bugs. */
export async function executeStep(parts: Parts, state: RunState, planned: PlannedStep, attempt: number, stop: AbortSignal): Promise<AttemptOutcome> {
  const action = actionOf(parts, planned);
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(timedOut), planned.timeoutMs);
  const context = stepContext(parts, state, planned, attempt, AbortSignal.any([stop, limit.signal]));
  try {
    const result = await action.execute(context, resolveInput(parts, planned.with, planned.fingerprints));
    if (stop.aborted && !result.ok) return { kind: 'aborted' };
    if (result.ok) return { kind: 'succeeded', receipt: maskObject(parts.world.mask, result.receipt) };
    return limit.signal.aborted ? timeLimit(planned) : { kind: 'failed', error: maskError(parts, result.error), retryable: result.retryable };
  } catch (error) {
    // Whether it still runs there is not known: settling tries once more to end it, and asks when it cannot.
    if (stop.aborted || (error instanceof HostError && error.code === 'outcome-unknown')) return { kind: 'aborted' };
    if (limit.signal.aborted) return timeLimit(planned);
    if (error instanceof ReferenceError) return { kind: 'failed', error: { code: error.code, message: error.message }, retryable: false };
    if (error instanceof HostError) return { kind: 'failed', error: maskError(parts, error), retryable: error.retryable };
    // A bug in an action must not lose the run: it fails the step, loudly, and a person chooses.
    parts.log.error({ run: state.id, step: planned.id, error }, 'an action threw');
    const message = parts.world.mask(error instanceof Error ? error.message : String(error));
    return { kind: 'failed', error: { code: 'action-error', message }, retryable: false };
  } finally {
    clearTimeout(timer);
    await context.close();
  }
}

function maskError({ world }: Parts, { code, message, tail }: StepError): StepError {
  return { code, message: world.mask(message), ...(tail === undefined ? {} : { tail: world.mask(tail) }) };
}

export function actionOf(parts: Pick<Parts, 'actions'>, planned: PlannedStep): NonNullable<ReturnType<Parts['actions']['get']>> {
  const action = parts.actions.get(planned.uses);
  if (action === undefined) throw new NewerPlanb(`the action ${planned.uses}`);
  return action;
}

function timeLimit(planned: PlannedStep): AttemptOutcome {
  return { kind: 'failed', error: { code: 'timed-out', message: `not finished within ${Math.round(planned.timeoutMs / 1_000)} s; it was ended` }, retryable: planned.effect !== 'once' };
}
