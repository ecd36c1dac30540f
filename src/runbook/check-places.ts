import type { Problem } from '../yaml/problem.js';
import { findPosition } from './position.js';
import type { Runbook } from './runbook.js';
import { judgePlace } from './step-place.js';

/** Which actions can act on another machine; an action that is not named cannot. */
export type ActionPlaces = ReadonlyMap<string, true | 'irrelevant'>;

/** Steps whose action cannot work where the runbook, or the target (`targetOn`), puts them. An `on` that is an expression is judged when the plan is made. */
export function checkPlaces(runbook: Runbook, places: ActionPlaces, targetOn?: string): readonly Problem[] {
  return runbook.steps.flatMap((step): readonly Problem[] => {
    if (step.on?.includes('${') === true) return [];
    const place = judgePlace(step, places.get(step.uses), targetOn);
    return place.ok ? [] : [{ file: runbook.file, ...findPosition(step, step.on === undefined ? 'uses' : 'on'), message: place.message }];
  });
}
