import type { RunState } from '../run/state.js';
import { dataChoices, type DataChoice } from './scenario.js';

/** Codes of `OpenQuestion`: there is no plan because people have to choose which way back is meant. */
const questions: ReadonlySet<string> = new Set(['scenario-open', 'writes-uncounted', 'data-open']);

/** What people can choose by one press where planning ended with a question; undefined: it did not. */
export function offersOf({ outcome, planningError }: RunState): readonly DataChoice[] | undefined {
  if (outcome !== 'planning-failed' || planningError === undefined || !questions.has(planningError.code)) return undefined;
  const offered = planningError.details?.['offers']?.split(',') ?? [];
  return dataChoices.filter((one) => offered.includes(one));
}

/** What the question rests on, in one text. */
export function seenOf({ planningError }: RunState): string {
  return planningError?.details?.['seen'] ?? '';
}
