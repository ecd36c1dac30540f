import { malformedReferences } from '../config/secret-reference.js';
import type { Json } from '../plan/plan.js';
import type { Problem } from '../yaml/problem.js';
import { checkExpression } from './check-expression.js';
import type { Expression } from './expression.js';
import { findPosition } from './position.js';
import type { Runbook, RunbookStep } from './runbook.js';
import type { ContextShapes } from './shape.js';
import { expressionsOf, parseCondition, parseTemplate } from './template.js';

/** Every expression of every step: syntax, functions, properties that cannot be there; and what looks like a secret reference and is none. */
export function checkExpressions(runbook: Runbook, shapes: ContextShapes): readonly Problem[] {
  return runbook.steps.flatMap((step) => {
    const problem = (path: string, message: string, nearest?: string): Problem => ({ file: runbook.file, ...findPosition(step, path), message, ...(nearest === undefined ? {} : { nearest }) });
    const check = (path: string, expressions: readonly Expression[]): readonly Problem[] =>
      expressions.flatMap((expression) => checkExpression(expression, shapes).map((fault) => problem(path, fault.message, fault.nearest)));

    const condition = step.if === undefined ? undefined : parseCondition(step.if);
    const conditions = condition === undefined ? [] : condition.ok ? check('if', [condition.expression]) : [problem('if', condition.message)];
    const templates = textsOf(step).flatMap(({ path, text }) => {
      const parsed = parseTemplate(text);
      return parsed.ok ? check(path, expressionsOf(parsed.template)) : [problem(path, parsed.message)];
    });
    const references = malformedReferences({ with: step.with, env: step.env }).map(({ path, message }) => problem(path.join('.'), message));
    return [...conditions, ...templates, ...references];
  });
}

/** Every text of a step that may hold expressions, `if` apart. */
export function textsOf(step: RunbookStep): readonly { readonly path: string; readonly text: string }[] {
  return textsIn({ name: step.name, with: step.with, env: step.env, ...(step.on === undefined ? {} : { on: step.on }), ...(step.stage === undefined ? {} : { stage: { ...step.stage } }), ...(step.probe === undefined ? {} : { probe: step.probe }) }, []);
}

function textsIn(value: Json, path: readonly string[]): readonly { readonly path: string; readonly text: string }[] {
  if (typeof value === 'string') return [{ path: path.join('.'), text: value }];
  return typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([key, item]: [string, Json]) => textsIn(item, [...path, key])) : [];
}
