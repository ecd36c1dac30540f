import type { JsonObject } from '../plan/plan.js';
import type { RunState } from './state.js';

/**
 * The receipt that says how far the dump of `receipt` is proven: that of a step that proved it later (`postgres.prove` names the same folder), else its own.
 */
export function proofReceipt(state: RunState, receipt: JsonObject): JsonObject {
  const { folder } = receipt;
  if (folder === undefined) return receipt;
  const about = state.steps.flatMap((step) => (step.status === 'succeeded' && step.receipt?.['folder'] === folder ? [step.receipt] : []));
  return about.find((one) => one['proven'] === true) ?? about.find((one) => one['provable'] === false) ?? receipt;
}
