import type { Fact, FactSource } from '../src/plan/plan.js';
import { actedSince, findDrift } from '../src/plan/drift.js';
import { planKey } from '../src/plan/fact-keys.js';
import type { FactDifference } from '../src/run/events.js';
import type { RunState } from '../src/run/state.js';
import { actionOf } from './execute-step.js';
import { maskJson } from './mask-json.js';
import type { Parts } from './parts.js';
import { actionContext, resolveInput } from './step-context.js';

/** The live system could not be read. */
export class FactsUnreadable extends Error {
  override readonly name = 'FactsUnreadable';
}

/** Reads what the steps rest on, all at the same time; each key once. Throws FactsUnreadable with the step's name, when the other readings have ended. */
export async function readFacts(parts: Parts, run: { readonly id: string; readonly target: string }, sources: readonly FactSource[], signal: AbortSignal): Promise<readonly Fact[]> {
  const failed = new AbortController();
  const readings = sources.map(async (source) => {
    try {
      return await inspectStep(parts, run, source, AbortSignal.any([signal, failed.signal]));
    } catch (error) {
      // Nobody waits for the rest any more: an image may be pulled for half an hour.
      failed.abort(error);
      throw error;
    }
  });
  try {
    const found = await Promise.all(readings);
    return [...new Map(found.flat().map((fact) => [fact.key, fact])).values()];
  } finally {
    await Promise.allSettled(readings);
  }
}

/** How the live system differs from what the plan expects at this point. Throws FactsUnreadable, NewerPlanb. */
export async function differencesNow(parts: Parts, state: RunState, signal: AbortSignal): Promise<readonly FactDifference[]> {
  const plan = state.plan;
  if (plan === undefined) return [];
  // What an action of a newer planb read would look as if it had vanished.
  for (const planned of plan.steps) actionOf(parts, planned);
  // A service that hangs would hold up its own rescue by the time limit of a look.
  const sources = [...plan.steps, ...(plan.leftOut ?? [])].filter(({ uses }) => parts.actions.get(uses)?.measuresOnly !== true);
  const [current, said] = await Promise.all([readFacts(parts, state, sources, signal), parts.store.progressOf(state.id)]);
  await endReading(parts, state.id, said);
  return findDrift(plan.facts, current, actedSince(plan, state.plannedAt ?? 0, state.steps));
}

/** What the board says of a reading is over: how far it is, or that it cannot be done. */
export async function forgetReading(parts: Parts, run: string): Promise<void> {
  await endReading(parts, run, await parts.store.progressOf(run));
}

async function endReading(parts: Parts, run: string, { '': said }: Readonly<Record<string, string>>): Promise<void> {
  if (said !== undefined && said !== '') await parts.store.saveProgress(run, '', '');
}

async function inspectStep(parts: Parts, run: { readonly id: string; readonly target: string }, source: FactSource, signal: AbortSignal): Promise<readonly Fact[]> {
  const action = parts.actions.get(source.uses);
  if (action?.inspect === undefined) return [];
  // Step '': nothing of the step happens yet, and what takes long is the planning's progress.
  const context = actionContext(parts, { target: run.target, run: run.id, step: '', attempt: 0, env: source.env ?? {}, on: source.on, signal });
  try {
    const { mask } = parts.world;
    const facts = await action.inspect(context, resolveInput(parts, source.with, undefined));
    // Not the key: its action finds the fact by it.
    return facts.map((fact) => ({ ...fact, key: planKey(source, fact.key), label: mask(fact.label), value: maskJson(mask, fact.value) }));
  } catch (error) {
    if (signal.aborted) throw error;
    throw new FactsUnreadable(`${source.name}: ${parts.world.mask(error instanceof Error ? error.message : String(error))}`, { cause: error });
  } finally {
    await context.close();
  }
}
