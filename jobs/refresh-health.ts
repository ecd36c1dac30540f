import { abortAfter } from './abort-after.js';
import type { RunState } from '../src/run/state.js';
import type { Parts } from './parts.js';
import { readFacts } from './read-facts.js';
import { planHealth } from './planning/plan-health.js';

const lookMs = 4_000;

/** Looks at the service once, as the check that speaks for it would (the plan's first, where none is named), for the board's NOW line. A look that fails leaves the last one. */
export async function refreshHealth(parts: Parts, state: RunState, signal: AbortSignal): Promise<void> {
  const steps = state.plan?.steps ?? [];
  const check = steps.find((step) => step.now) ?? steps.find((step) => step.uses === 'http.check');
  if (check === undefined) return;
  try {
    const facts = await readFacts(parts, state, [check], AbortSignal.any([signal, abortAfter(lookMs)]));
    if (await planHealth(parts, state.target, facts, Date.now())) await parts.store.wakeBoards(state.id);
  } catch (error) {
    if (!signal.aborted) parts.log.warn({ run: state.id, error }, 'the health of the service could not be read');
  }
}
