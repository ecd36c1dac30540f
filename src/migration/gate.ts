import type { PlannedStep } from '../plan/plan.js';
import type { StepError } from '../run/events.js';
import { hereAction } from '../run/presence.js';
import { stepState, type RunState } from '../run/state.js';

/** The action that plans the way back and asks the old server (jobs/actions/migration-way-back.ts). */
export const wayBackAction = 'migration.way-back';
const switchAction = 'dns.switch';

/** A migration that could move DNS without a way back or without people at hand: why, in one sentence. Undefined: its steps are in order. */
export function findUngated(steps: readonly PlannedStep[]): string | undefined {
  for (const step of steps.filter(({ uses }) => uses === switchAction)) {
    const before = stepsBefore(step, steps);
    const missing = [...(before.some(({ uses }) => uses === wayBackAction) ? [] : [`the way back (${wayBackAction})`]), ...(before.some(({ uses }) => uses === hereAction) ? [] : [`people at hand (${hereAction})`])];
    if (missing.length > 0) return `Step "${step.name}" moves DNS, and no step before it asks for ${missing.join(' and ')}.`;
  }
  return undefined;
}

/** Skip never satisfies it: DNS of a migration moves only when the way back is planned, the old server answered, and enough people said that they are here. */
export function whyNotSwitch(planned: PlannedStep, state: RunState): StepError | undefined {
  if (state.kind !== 'migration' || planned.uses !== switchAction) return undefined;
  const steps = state.plan?.steps ?? [];
  const done = stepsBefore(planned, steps).filter(({ id }) => stepState(state, id)?.status === 'succeeded');
  const isPlanned = done.some(({ id, uses }) => uses === wayBackAction && stepState(state, id)?.receipt?.['planned'] === true);
  if (!isPlanned) return { code: 'way-back-not-planned', message: 'DNS may not move before the way back is planned and the old server has answered.' };
  if (!done.some(({ uses }) => uses === hereAction)) return { code: 'nobody-here', message: 'DNS may not move before enough people have said that they are here.' };
  return undefined;
}

/** Steps that an earlier plan of this run finished count by their id only where the present plan still names them. */
function stepsBefore(step: PlannedStep, steps: readonly PlannedStep[]): readonly PlannedStep[] {
  const found = new Set<PlannedStep>();
  const visit = (id: string): void => {
    const one = steps.find((other) => other.id === id);
    if (one === undefined || found.has(one)) return;
    found.add(one);
    one.needs.forEach(visit);
  };
  step.needs.forEach(visit);
  return [...found];
}
