import { Grouping, Logical } from '@actions/expressions/ast';
import { TokenType } from '@actions/expressions/lexer';
import { sshAddressPattern } from '../config/ssh-address.js';
import type { Json, JsonObject } from '../plan/plan.js';
import { contextsOf } from './check-expression.js';
import { textsOf } from './check-expressions.js';
import { evaluateExpression, isTruthy, type Expression } from './expression.js';
import { findPosition } from './position.js';
import type { ExpressionContexts, ResolvedStep, ResolveProblem, Runbook, RunbookStep } from './runbook.js';
import { isData } from './typed-host.js';
import { evaluateTemplate, expressionsOf, parseCondition, parseTemplate } from './template.js';

export type ResolveSteps = { readonly ok: true; readonly steps: readonly ResolvedStep[] } | { readonly ok: false; readonly problems: readonly ResolveProblem[] };

/** Decides each `if` and puts values in place of the expressions. All problems are named. */
export function resolveSteps(runbook: Runbook, contexts: ExpressionContexts): ResolveSteps {
  return resolve(runbook, () => true, { ...contexts });
}

/**
 * The same for the steps that can be inspected before there are facts and a verdict: what an `if` says over those counts as true, and a step whose
 * values need them is left out.
 */
export function resolveForInspection(runbook: Runbook, contexts: Pick<ExpressionContexts, 'target' | 'params' | 'run' | 'channel'>): ResolveSteps {
  return resolve(runbook, (step) => !readsFindings(textsOf(step).map(({ text }) => text)), { ...contexts }, (condition) => openCondition(condition, contexts));
}

function readsFindings(texts: readonly string[]): boolean {
  return texts.some((text) => {
    const parsed = parseTemplate(text);
    return parsed.ok && expressionsOf(parsed.template).some(readsOpen);
  });
}

/** A condition that reads facts or the verdict holds, unless the rest of it is false already: `target.cache && verdict.kind == …` without a cache. Undefined: it reads neither. */
function openCondition(condition: string, contexts: JsonObject): boolean | undefined {
  const parsed = parseCondition(condition);
  return parsed.ok && readsOpen(parsed.expression) ? mayHold(parsed.expression, contexts) : undefined;
}

/** Whether only facts and verdict tell if the step is part of a plan. */
export function isDecidedByFindings(step: RunbookStep): boolean {
  const parsed = step.if === undefined ? undefined : parseCondition(step.if);
  return parsed?.ok === true && readsOpen(parsed.expression);
}

function mayHold(expression: Expression, contexts: JsonObject): boolean {
  const { tree, text } = expression;
  if (tree instanceof Grouping) return mayHold({ text, tree: tree.group }, contexts);
  if (tree instanceof Logical) {
    const parts = tree.args.map((part): Expression => ({ text, tree: part }));
    return tree.operator.type === TokenType.AND ? parts.every((part) => mayHold(part, contexts)) : parts.some((part) => mayHold(part, contexts));
  }
  if (readsOpen(expression)) return true;
  const evaluated = evaluateExpression(expression, contexts);
  // What cannot be evaluated is told when the step itself is resolved.
  return !evaluated.ok || isTruthy(evaluated.value);
}

function readsOpen(expression: Expression): boolean {
  const read = contextsOf(expression);
  return read.has('facts') || read.has('verdict');
}

function resolve(runbook: Runbook, includes: (step: RunbookStep) => boolean, contexts: JsonObject, judgeOpen: (condition: string) => boolean | undefined = () => undefined): ResolveSteps {
  const problems: ResolveProblem[] = [];
  const kept: ResolvedStep[] = [];
  const leftOut = new Map<string, readonly string[]>();
  for (const step of runbook.steps) {
    const resolver = stepResolver(step, contexts, problems);
    const wanted = step.if === undefined || (judgeOpen(step.if) ?? resolver.condition(step.if));
    if (wanted && includes(step)) kept.push(resolver.step());
    else leftOut.set(step.id, step.needs);
  }
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, steps: kept.map((step) => ({ ...step, needs: [...new Set(step.needs.flatMap((need) => throughLeftOut(need, leftOut)))] })) };
}

/** Needing a step that is left out means needing what that one needed, so that the order stays. */
function throughLeftOut(need: string, leftOut: ReadonlyMap<string, readonly string[]>): readonly string[] {
  return leftOut.get(need)?.flatMap((further) => throughLeftOut(further, leftOut)) ?? [need];
}

function stepResolver(step: RunbookStep, contexts: JsonObject, problems: ResolveProblem[]) {
  const fail = (part: string, message: string): void => {
    problems.push({ ...findPosition(step, part), step: step.id, part, message });
  };
  const evaluate = (part: string, written: string): Json | undefined => {
    const parsed = parseTemplate(written);
    const evaluated = parsed.ok ? evaluateTemplate(parsed.template, contexts, isData(part)) : parsed;
    if (evaluated.ok) return evaluated.value;
    fail(part, evaluated.message);
    return undefined;
  };
  /** Where only text fits: numbers and truth values as people write them, nothing else. */
  const words = (part: string, written: string): string => {
    const value = evaluate(part, written);
    if (typeof value === 'object') fail(part, `"${written}" has ${value === null ? 'no value' : 'a list or a mapping as its value'}, where text is needed`);
    return typeof value === 'object' || value === undefined ? '' : String(value);
  };
  const tree = (part: string, value: Json): Json => {
    if (typeof value === 'string') return evaluate(part, value) ?? null;
    if (typeof value !== 'object' || value === null) return value;
    if (Array.isArray(value)) return value.map((item: Json, index) => tree(`${part}.${index}`, item));
    return resolveMapping(part, value as JsonObject);
  };
  /** An expression without a value leaves its key out, so that an optional parameter can feed an optional input. */
  const resolveMapping = (part: string, value: JsonObject): JsonObject =>
    Object.fromEntries(
      Object.entries(value)
        .map(([key, item]): [string, Json, Json] => [key, item, tree(`${part}.${key}`, item)])
        .filter(([, written, resolved]) => resolved !== null || written === null)
        .map(([key, , resolved]) => [key, resolved]),
    );

  return {
    condition: (condition: string): boolean => {
      const parsed = parseCondition(condition);
      const evaluated = parsed.ok ? evaluateExpression(parsed.expression, contexts) : parsed;
      if (!evaluated.ok) fail('if', evaluated.message);
      return evaluated.ok && isTruthy(evaluated.value);
    },
    step: (): ResolvedStep => {
      const { id, uses, needs, prepare, retry, continueOnError, position, timeoutMs, destructive, stopsWriters, now, stage, effect } = step;
      const on = step.on === undefined ? undefined : words('on', step.on);
      if (on !== undefined && on !== '' && !sshAddressPattern.test(on)) fail('on', `expected ssh://user@host, found "${on}"`);
      return {
        id,
        name: words('name', step.name),
        uses,
        with: resolveMapping('with', step.with),
        needs,
        prepare,
        retry,
        continueOnError,
        env: Object.fromEntries(Object.entries(step.env).map(([name, value]) => [name, words(`env.${name}`, value)])),
        position,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        ...(destructive === undefined ? {} : { destructive }),
        ...(stopsWriters === undefined ? {} : { stopsWriters }),
        ...(now === undefined ? {} : { now }),
        ...(stage === undefined ? {} : { stage: { en: words('stage.en', stage.en), ru: words('stage.ru', stage.ru) } }),
        ...(effect === undefined ? {} : { effect }),
        ...(on === undefined ? {} : { on }),
        ...(step.probe === undefined ? {} : { probe: step.probe.map((argument, index) => words(`probe.${index}`, argument)) }),
      };
    },
  };
}
