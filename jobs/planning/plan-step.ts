import type { FactSource, JsonObject, PlannedStep } from '../../src/plan/plan.js';
import type { PlanSoFar, StepDescription } from '../../src/ports/action.js';
import { resolveReferences } from '../../src/config/secret-reference.js';
import { refuseSecret } from '../../src/secret/mask.js';
import { findWrongReferences } from '../../src/runbook/check-references.js';
import type { ResolvedStep } from '../../src/runbook/runbook.js';
import { fingerprintsOf } from '../fingerprint.js';
import { ActionError } from '../actions/action-error.js';
import type { RegisteredAction } from '../actions/define-action.js';
import type { Parts } from '../parts.js';
import { factsFor, planKey } from '../../src/plan/fact-keys.js';
import { placeOf } from './place-of.js';
import { PlanRefused } from './plan-refused.js';

export interface DescribedStep {
  readonly planned: PlannedStep;
  readonly description: StepDescription;
}

/**
 * What all of them will do. Whether a plan destroys something does not depend on what its other steps do, so it is found in a first round; what a harmless plan may use again, a destructive
 * one makes anew. Throws PlanRefused.
 */
export function planSteps(parts: Parts, steps: readonly ResolvedStep[], seen: Omit<PlanSoFar, 'destroysNothing'>, targetOn?: string): readonly DescribedStep[] {
  const [wrong] = findWrongReferences(steps, (uses) => parts.actions.get(uses)?.input, (id) => seen.facts.some(({ key }) => /^postgres-(?:backup|loss):/.test(key) && key.endsWith(`:${id}`)));
  if (wrong !== undefined) throw new PlanRefused('bad-input', `Step "${wrong.step.name}": ${wrong.key}: ${wrong.message}.`);
  const planAll = (destroysNothing: boolean): readonly DescribedStep[] => steps.map((step) => planStep(parts, step, { ...seen, destroysNothing }, targetOn));
  const harmless = planAll(true);
  return harmless.some(({ planned }) => planned.destructive) ? planAll(false) : harmless;
}

/** What one resolved step will do, as people vote on it. Throws PlanRefused for a step that may not be planned so. */
function planStep(parts: Parts, step: ResolvedStep, seen: PlanSoFar, targetOn: string | undefined): DescribedStep {
  const action = parts.actions.get(step.uses);
  if (action === undefined) throw new PlanRefused('unknown-action', `Step "${step.name}" uses ${step.uses}, which this planb does not have.`);
  const place = placeOf(parts, step, targetOn);
  const input = inputOf(step);
  const parsed = action.input.safeParse(input);
  if (!parsed.success) throw new PlanRefused('bad-input', `Step "${step.name}": ${parsed.error.issues.map((issue) => `${issue.path.join('.') || 'with'}: ${issue.message}`).join('; ')}`);
  const secrets = resolveReferences({ ...input, env: step.env }, parts.world.references);
  if (!secrets.ok) throw new PlanRefused('missing-secret', `Step "${step.name}": ${secrets.problems.map(({ message }) => message).join('; ')}`);
  const short = secrets.secrets.map((value) => refuseSecret({ name: `of step "${step.name}"`, value })).find((sentence) => sentence !== null);
  if (short !== undefined) throw new PlanRefused('missing-secret', short);
  const description = describeStep(action, step, input, { ...seen, facts: factsFor(place, seen.facts) });
  const destructive = description.destructive || step.destructive === true;
  const stopsWriters = description.stopsWriters === true || step.stopsWriters === true;
  const effect = step.effect ?? description.effect;
  const loses = (description.lost ?? []).length > 0;
  const changes = description.changes.length > 0;
  if (step.prepare && (destructive || stopsWriters || loses || changes || effect === 'once')) {
    throw new PlanRefused('bad-prepare', `Step "${step.name}" has prepare: true, but only steps that read, or repeat without harm, and destroy, lose, stop and change nothing, may run before the votes.`);
  }
  return {
    description,
    planned: {
      id: step.id, name: step.name, uses: step.uses, with: input, needs: step.needs, prepare: step.prepare, effect, destructive, ...(stopsWriters ? { stopsWriters } : {}), ...(description.startsWriters === true ? { startsWriters: true } : {}), check: action.check === true,
      commands: description.commands, timeoutMs: step.timeoutMs ?? action.defaultTimeoutMs, retry: step.retry, continueOnError: step.continueOnError, changes: description.changes.map((change) => ({ ...change, key: planKey(place, change.key) })),
      fingerprints: fingerprintsOf(parts.world.references, { ...input, env: step.env }),
      ...(description.estimateMs === undefined ? {} : { estimateMs: description.estimateMs }),
      ...(description.outageMs === undefined ? {} : { outageMs: description.outageMs }),
      ...place,
      ...(step.now === undefined ? {} : { now: step.now }),
      ...(step.stage === undefined ? {} : { stage: step.stage }),
      ...(Object.keys(step.env).length === 0 ? {} : { env: step.env }),
    },
  };
}

/** An action that cannot do its work on what was read says so in words for the people who asked. */
function describeStep(action: RegisteredAction, step: ResolvedStep, input: JsonObject, seen: PlanSoFar): StepDescription {
  try {
    return action.describe(input, seen);
  } catch (error) {
    if (error instanceof ActionError) throw new PlanRefused(error.code, `Step "${step.name}": ${error.message}`);
    throw error;
  }
}

/** `run` takes what the runbook says beside `with` as input of its own. */
export function inputOf(step: ResolvedStep): JsonObject {
  if (step.uses !== 'run') return step.with;
  return {
    ...step.with, ...(step.probe === undefined ? {} : { probe: step.probe }), ...(step.effect === undefined ? {} : { effect: step.effect }),
    ...(step.destructive === undefined ? {} : { destructive: step.destructive }),
  };
}

/** A step as far as its facts are read. Throws PlanRefused. */
export function factSource(parts: Pick<Parts, 'actions'>, step: ResolvedStep, targetOn: string | undefined): FactSource {
  return { id: step.id, name: step.name, uses: step.uses, with: inputOf(step), env: step.env, ...placeOf(parts, step, targetOn) };
}
