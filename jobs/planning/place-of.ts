import type { FactPlace } from '../../src/plan/fact-keys.js';
import type { ResolvedStep } from '../../src/runbook/runbook.js';
import { judgePlace } from '../../src/runbook/step-place.js';
import type { Parts } from '../parts.js';
import { PlanRefused } from './plan-refused.js';

/** The machine that a step acts on; without `on` the worker's own. Throws PlanRefused `not-remote` for an action that cannot work elsewhere. */
export function placeOf(parts: Pick<Parts, 'actions'>, step: Pick<ResolvedStep, 'name' | 'uses' | 'on'>, targetOn: string | undefined): FactPlace {
  const place = judgePlace(step, parts.actions.get(step.uses)?.remote, targetOn);
  if (!place.ok) throw new PlanRefused('not-remote', `Step "${step.name}": ${place.message}.`);
  return place.on === undefined ? {} : { on: place.on, ...(place.on === targetOn ? {} : { apart: true as const }) };
}
