import type { z } from 'zod';
import { nearestWord } from '../nearest-word.js';
import type { Json, JsonObject } from '../plan/plan.js';
import { sortProblems, type Problem } from '../yaml/problem.js';
import { schemaFindings } from '../yaml/schema-findings.js';
import { findWrongReferences } from './check-references.js';
import { checkExpressions } from './check-expressions.js';
import { findPosition } from './position.js';
import type { Runbook, RunbookStep } from './runbook.js';
import { contextShapes, shapeOf } from './shape.js';

/** The input schema of each action, by its name. */
export type ActionSchemas = ReadonlyMap<string, z.ZodType>;

/**
 * Judges a runbook together with the actions there are, and with what a target gives it (`targetContext`), where one is given. What an
 * expression or a secret reference stands for is judged when the plan is made.
 */
export function checkRunbook(runbook: Runbook, actions: ActionSchemas, target?: JsonObject): readonly Problem[] {
  const uses = runbook.steps.flatMap((step) => checkUses(step, runbook, actions));
  const expressions = target === undefined ? [] : checkExpressions(runbook, contextShapes(Object.keys(runbook.params), shapeOf(target)));
  const references = findWrongReferences(runbook.steps, (name) => actions.get(name)).map(({ step, key, message, nearest }): Problem => ({
    file: runbook.file, ...findPosition(step, `with.${key}`), message: `${step.uses}: ${key}: ${message}`, ...(nearest === undefined ? {} : { nearest }),
  }));
  return sortProblems([...uses, ...references, ...expressions]);
}

function checkUses(step: RunbookStep, { file }: Runbook, actions: ActionSchemas): readonly Problem[] {
  const schema = actions.get(step.uses);
  if (schema === undefined) {
    const nearest = nearestWord(step.uses, actions.keys());
    return [{ file, ...findPosition(step, 'uses'), message: `unknown action "${step.uses}"`, ...(nearest === undefined ? {} : { nearest }) }];
  }
  const parsed = schema.safeParse(step.with);
  if (parsed.success) return [];
  const open = openPaths(step.with, []);
  // A wrong key is wrong whatever its value; else a complaint counts only where nothing open has a part in it.
  const issues = parsed.error.issues.filter((issue) => issue.code === 'unrecognized_keys' || !open.some((path) => overlap(path, issue.path.map(String))));
  return schemaFindings(issues, schema, step.with).map(({ path, part, message, nearest }) => ({
    file,
    ...findPosition(step, ['with', ...path].join('.'), part),
    message: `${step.uses}: ${message}`,
    ...(nearest === undefined ? {} : { nearest }),
  }));
}

/** Paths of values that are not final yet. */
function openPaths(value: Json, path: readonly string[]): readonly (readonly string[])[] {
  if (typeof value === 'string') return value.includes('${') ? [path] : [];
  return typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([key, item]: [string, Json]) => openPaths(item, [...path, key])) : [];
}

function overlap(a: readonly string[], b: readonly string[]): boolean {
  const shorter = Math.min(a.length, b.length);
  return a.slice(0, shorter).every((segment, index) => segment === b[index]);
}
