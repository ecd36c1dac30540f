import type { JsonObject, PlannedStep } from '../src/plan/plan.js';
import type { ProbeResult } from '../src/ports/action.js';
import { HostError } from '../src/ports/host.js';
import type { OwnerState } from '../src/ports/program.js';
import type { RunState, StepState } from '../src/run/state.js';
import { actionOf } from './execute-step.js';
import { maskObject } from './mask-json.js';
import type { Parts } from './parts.js';
import { attemptId, resolveInput, stepContext } from './step-context.js';

/**
 * What is known of an attempt that is on record as running while nobody here carries it out. `again`: its effect did not happen, or happening twice does no
 * harm, and whoever began it is no longer at it.
 */
export type SettledAttempt =
  | { readonly kind: 'happened'; readonly receipt: JsonObject }
  | { readonly kind: 'again'; readonly saw: string }
  | { readonly kind: 'unknown'; readonly saw: string };

/**
 * Finds out what became of an attempt. A `once` step may run again only when its owner is proven dead and the probe proves absence: a worker that was only
 * paused would act a second time when it wakes, and no lease can prevent that.
 */
export async function settleStep(parts: Parts, state: RunState, planned: PlannedStep, step: StepState, signal: AbortSignal): Promise<SettledAttempt> {
  const owner = await ownerState(parts, step);
  const attempt = attemptId(state.id, step.id, step.attempt);
  const ended = owner === 'dead' ? await parts.world.endOrphans(attempt) : 0;
  if (ended > 0) parts.log.warn({ run: state.id, step: step.id, processes: ended }, 'ended what a dead worker left running');
  const there = owner === 'alive' ? undefined : await endElsewhere(parts, planned, attempt);
  if (planned.effect === 'read') return { kind: 'again', saw: 'it only reads' };
  // It may still be at work, so that a probe would see half of it.
  if (there !== undefined) return { kind: 'unknown', saw: there };
  const probed = await probe(parts, state, planned, step, signal);
  if (probed?.outcome === 'happened') return { kind: 'happened', receipt: probed.receipt };
  const saw = probed?.saw ?? 'this step cannot be probed';
  if (owner === 'alive') return { kind: 'unknown', saw: `${saw}; the worker that began it (process ${step.owner?.identity.pid ?? '?'}) is still alive` };
  // On another machine nothing can be proven about the owner; its lease ran out, so it is gone or cut off. Twice is harmless for an idempotent step only.
  if (planned.effect === 'idempotent') return { kind: 'again', saw };
  if (owner === 'elsewhere') return { kind: 'unknown', saw: `${saw}; the worker that began it ran on ${step.owner?.identity.hostname ?? 'another machine'} and cannot be reached` };
  return probed?.outcome === 'absent' ? { kind: 'again', saw } : { kind: 'unknown', saw };
}

/**
 * The programs of a step on another machine outlive the worker that began them, so they are ended from here, whichever worker that was. Why that could not be done, for the person who is asked; undefined:
 * nothing of the attempt runs there.
 */
async function endElsewhere(parts: Parts, planned: PlannedStep, attempt: string): Promise<string | undefined> {
  if (planned.on === undefined) return undefined;
  try {
    const ended = await parts.world.hosts.at(planned.on).endOrphans(attempt);
    if (ended > 0) parts.log.warn({ attempt, on: planned.on, processes: ended }, 'ended what was left running on another machine');
    return undefined;
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    return `whether the step still runs on ${planned.on} is not known: ${parts.world.mask(error.message)}. Look there before you choose`;
  }
}

/** Removes what an attempt that will not be finished left behind. A failure is logged: there is nobody else to tell. */
export async function cleanUp(parts: Parts, state: RunState, planned: PlannedStep, step: StepState, signal: AbortSignal): Promise<void> {
  const action = actionOf(parts, planned);
  if (action.cleanup === undefined) return;
  const context = stepContext(parts, state, planned, step.attempt, signal);
  try {
    await action.cleanup(context, resolveInput(parts, planned.with, planned.fingerprints), step.undo);
  } catch (error) {
    parts.log.warn({ run: state.id, step: step.id, error }, 'a cancelled step could not be cleaned up');
  } finally {
    await context.close();
  }
}

/** This very process is dead as far as the attempt goes: its action has returned, and the runner ended the whole process group. */
async function ownerState(parts: Parts, step: StepState): Promise<OwnerState> {
  if (step.owner === undefined) return 'elsewhere';
  return step.owner.worker === parts.worker ? 'dead' : parts.world.ownerState(step.owner.identity);
}

async function probe(parts: Parts, state: RunState, planned: PlannedStep, step: StepState, signal: AbortSignal): Promise<ProbeResult | undefined> {
  const action = actionOf(parts, planned);
  if (action.probe === undefined) return undefined;
  const context = stepContext(parts, state, planned, step.attempt, signal);
  try {
    const found = await action.probe(context, resolveInput(parts, planned.with, planned.fingerprints), step.undo);
    const saw = parts.world.mask(found.saw);
    return found.outcome === 'happened' ? { ...found, saw, receipt: maskObject(parts.world.mask, found.receipt) } : { ...found, saw };
  } catch (error) {
    if (signal.aborted) throw error;
    const saw = parts.world.mask(error instanceof Error ? error.message : String(error));
    return { outcome: 'unclear', saw: `the probe failed: ${saw}` };
  } finally {
    await context.close();
  }
}
