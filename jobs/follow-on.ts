import type { PlannedStep } from '../src/plan/plan.js';
import type { Parts } from './parts.js';

/**
 * Whether a step's intent may be recorded in the very append that makes it ready: nothing has to be read, saved or asked before it. What is destructive never is,
 * since the live system is compared with the plan once more before it.
 */
export function beginsUnprepared(parts: Pick<Parts, 'actions'>, planned: PlannedStep): boolean {
  const action = parts.actions.get(planned.uses);
  return action !== undefined && !planned.destructive && action.before === undefined && action.awaits === undefined;
}
