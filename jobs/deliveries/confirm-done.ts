import { refuse, type Decision } from '../../src/refusal.js';
import type { RunEvent } from '../../src/run/events.js';
import { stepState, type RunState } from '../../src/run/state.js';
import { abortAfter } from '../abort-after.js';
import type { Parts } from '../parts.js';
import { resolveInput, stepContext } from '../step-context.js';

/** The person waits for the answer. */
const lookMs = 15_000;

/** Where what a person says to have done can be seen, it is looked at before their Done counts. Every other decision passes as it is. */
export async function confirmDone(parts: Parts, state: RunState, decision: Decision<readonly RunEvent[]>): Promise<Decision<readonly RunEvent[]>> {
  const said = decision.ok ? decision.value.find((event) => event.type === 'AnswerGiven') : undefined;
  if (!decision.ok || said?.answer !== 'done') return decision;
  const planned = state.plan?.steps.find(({ id }) => id === said.step);
  const confirm = planned === undefined ? undefined : parts.actions.get(planned.uses)?.confirm;
  const step = stepState(state, said.step);
  if (planned === undefined || confirm === undefined || step?.status !== 'awaiting') return decision;
  const context = stepContext(parts, state, planned, step.attempt, abortAfter(lookMs));
  try {
    const found = await confirm(context, resolveInput(parts, planned.with, planned.fingerprints));
    if (!found.ok) return refuse('not-done-yet', { run: state.id, step: planned.name, saw: parts.world.mask(found.saw) });
    return { ok: true, value: decision.value.map((event) => (event === said ? { ...said, receipt: found.receipt } : event)) };
  } catch (error) {
    // Whatever stands in the way of looking: Done is not proven, and the person is told why.
    parts.log.warn({ run: state.id, step: said.step, error }, 'what a person did could not be looked at');
    return refuse('not-done-yet', { run: state.id, step: planned.name, saw: parts.world.mask(error instanceof Error ? error.message : String(error)) });
  } finally {
    await context.close();
  }
}
