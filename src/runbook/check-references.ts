import { z } from 'zod';
import { nearestWord } from '../nearest-word.js';
import type { JsonObject } from '../plan/plan.js';

/** A step as far as what it refers to goes. */
export interface ReferringStep {
  readonly id: string;
  readonly uses: string;
  readonly with: JsonObject;
  readonly needs: readonly string[];
}

/** An input that names a step which cannot be meant. */
export interface WrongReference<Step> {
  readonly step: Step;
  /** The input's name. */
  readonly key: string;
  readonly message: string;
  readonly nearest?: string;
}

/** For an action's input: the id of a step that has ended before and uses the action `uses`. */
export function stepId(uses: string) {
  return z.string().min(1).meta({ [mark]: uses });
}

/** The same, or a backup that is there already: a path, `of RELEASE`, or an id of the catalogue (jobs/actions/postgres/backup-id.ts). */
export function backupName() {
  return z.string().min(1).meta({ [mark]: 'postgres.backup', [backupMark]: true });
}

const mark = 'planbStepThatUses';
const backupMark = 'planbBackup';
const catalogueId = /^[0-9a-hjkmnp-tv-z]{8}$/;

/**
 * Inputs that name another step of the same runbook: it must be there, be of the right kind, and come before. What an expression stands for is judged once it is known.
 * `inCatalogue`: whether a backup has this id; without it, what looks like one may be one.
 */
export function findWrongReferences<Step extends ReferringStep>(
  steps: readonly Step[], schemaOf: (uses: string) => z.ZodType | undefined, inCatalogue: (id: string) => boolean = () => true,
): readonly WrongReference<Step>[] {
  return steps.flatMap((step) => Object.entries(referencesOf(schemaOf(step.uses))).flatMap(([key, { uses, mayBeBackup }]): readonly WrongReference<Step>[] => {
    const id = step.with[key];
    if (typeof id !== 'string' || id.includes('${')) return [];
    const named = steps.find((other) => other.id === id);
    if (mayBeBackup && (/^(?:\/|of .)/.test(id) || (named === undefined && catalogueId.test(id) && inCatalogue(id)))) return [];
    if (named?.uses === uses) return comesBefore(named, step, steps) ? [] : [{ step, key, message: `step "${step.id}" does not wait for step "${id}": add it to "needs"` }];
    const nearest = nearestWord(id, steps.filter((other) => other.uses === uses).map((other) => other.id));
    const message = named === undefined ? `there is no step "${id}"${mayBeBackup ? ', nor a backup of that id' : ''}` : `step "${id}" uses ${named.uses}, not ${uses}`;
    return [{ step, key, message, ...(nearest === undefined || nearest === id ? {} : { nearest }) }];
  }));
}

/** By the input's name, the action that the step it names has to use. */
function referencesOf(schema: z.ZodType | undefined): Readonly<Record<string, { readonly uses: string; readonly mayBeBackup: boolean }>> {
  if (!(schema instanceof z.ZodObject)) return {};
  return Object.fromEntries(Object.entries(schema.shape).flatMap(([key, field]) => {
    const meta = metaOf(field);
    const uses = meta?.[mark];
    return typeof uses === 'string' ? [[key, { uses, mayBeBackup: meta?.[backupMark] === true }]] : [];
  }));
}

function metaOf(field: unknown): Readonly<Record<string, unknown>> | undefined {
  if (!(field instanceof z.ZodType)) return undefined;
  return field.meta() ?? (field instanceof z.ZodOptional ? metaOf(field.unwrap()) : undefined);
}

function comesBefore(first: ReferringStep, later: ReferringStep, steps: readonly ReferringStep[]): boolean {
  const seen = new Set<string>();
  const visit = (id: string): void => {
    if (seen.has(id)) return;
    seen.add(id);
    steps.find((step) => step.id === id)?.needs.forEach(visit);
  };
  later.needs.forEach(visit);
  return seen.has(first.id);
}
