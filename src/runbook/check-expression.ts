import { data, wellKnownFunctions, type Expr } from '@actions/expressions';
import { Binary, ContextAccess, FunctionCall, Grouping, IndexAccess, Literal, Logical, Star, Unary } from '@actions/expressions/ast';
import { nearestWord } from '../nearest-word.js';
import type { Expression } from './expression.js';
import { anyShape, plainShape, type ContextShapes, type Shape } from './shape.js';

export interface ExpressionFault {
  readonly message: string;
  readonly nearest?: string;
}

/**
 * Properties and functions that cannot be there. The library would read an unknown property as an empty text, so that
 * `if: params.fource` would silently be false; here it fails `planb check`.
 */
export function checkExpression(expression: Expression, shapes: ContextShapes): readonly ExpressionFault[] {
  const faults: ExpressionFault[] = [];
  inferShape(expression.tree, shapes, faults);
  return faults;
}

/** The contexts that an expression reads. */
export function contextsOf(expression: Expression): ReadonlySet<string> {
  const found = new Set<string>();
  collectContexts(expression.tree, found);
  return found;
}

function inferShape(tree: Expr, shapes: ContextShapes, faults: ExpressionFault[]): Shape {
  if (tree instanceof ContextAccess) return shapes[tree.name.lexeme.toLowerCase()] ?? anyShape;
  if (tree instanceof IndexAccess) return inferAccess(tree, shapes, faults);
  if (tree instanceof Grouping) return inferShape(tree.group, shapes, faults);
  for (const part of partsOf(tree)) inferShape(part, shapes, faults);
  if (tree instanceof FunctionCall) {
    const name = tree.functionName.lexeme.toLowerCase();
    // The parser looks functions up in a plain object, where `constructor` is one.
    if (!Object.hasOwn(wellKnownFunctions, name)) faults.push(withNearest(`unknown function "${tree.functionName.lexeme}"`, name, Object.keys(wellKnownFunctions)));
    return anyShape;
  }
  return tree instanceof Logical ? anyShape : plainShape;
}

function inferAccess(access: IndexAccess, shapes: ContextShapes, faults: ExpressionFault[]): Shape {
  const object = inferShape(access.expr, shapes, faults);
  const { index } = access;
  if (!(index instanceof Star)) inferShape(index, shapes, faults);
  if (object.kind === 'any') return anyShape;
  const what = textOf(access.expr);
  if (object.kind === 'plain') {
    faults.push({ message: `"${what}" has no properties: it is a plain value` });
    return anyShape;
  }
  if (!(index instanceof Literal)) return anyShape;
  if (object.kind === 'list') {
    if (index.literal.kind === data.Kind.Number) return object.item;
    faults.push({ message: `"${what}" is a list: it has items, and no "${index.literal.coerceString()}"` });
    return anyShape;
  }
  const name = index.literal.coerceString();
  const property = Object.hasOwn(object.properties, name) ? object.properties[name] : undefined;
  if (property !== undefined) return property;
  faults.push(withNearest(`there is no "${what}.${name}"`, name, Object.keys(object.properties)));
  return anyShape;
}

function collectContexts(tree: Expr, found: Set<string>): void {
  if (tree instanceof ContextAccess) found.add(tree.name.lexeme.toLowerCase());
  for (const part of partsOf(tree)) collectContexts(part, found);
}

function partsOf(tree: Expr): readonly Expr[] {
  if (tree instanceof IndexAccess) return tree.index instanceof Star ? [tree.expr] : [tree.expr, tree.index];
  if (tree instanceof Grouping) return [tree.group];
  if (tree instanceof Unary) return [tree.expr];
  if (tree instanceof Binary) return [tree.left, tree.right];
  if (tree instanceof Logical || tree instanceof FunctionCall) return tree.args;
  return [];
}

function textOf(tree: Expr): string {
  if (tree instanceof ContextAccess) return tree.name.lexeme;
  if (tree instanceof Literal) return tree.literal.coerceString();
  if (tree instanceof IndexAccess) return `${textOf(tree.expr)}.${tree.index instanceof Star ? '*' : textOf(tree.index)}`;
  return '…';
}

function withNearest(message: string, word: string, candidates: readonly string[]): ExpressionFault {
  const nearest = nearestWord(word, candidates);
  return nearest === undefined ? { message } : { message, nearest };
}
