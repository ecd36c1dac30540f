import { data, Evaluator, Lexer, Parser, type Expr } from '@actions/expressions';
import { IndexAccess, Literal, Star } from '@actions/expressions/ast';
import { TokenType, type Token } from '@actions/expressions/lexer';
import { isJson } from '../yaml/json-schema.js';
import type { Json, JsonObject } from '../plan/plan.js';
import type { ExpressionContexts } from './runbook.js';

/** The names that expressions may begin with. */
export const contextNames = ['target', 'params', 'run', 'facts', 'verdict', 'channel'] as const satisfies readonly (keyof ExpressionContexts)[];

/** A parsed expression, without its `${{ }}`. */
export interface Expression {
  readonly text: string;
  readonly tree: Expr;
}

export type ParseExpression = { readonly ok: true; readonly expression: Expression } | { readonly ok: false; readonly message: string };
export type Evaluated = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly message: string };

/** Parses with GitHub's own parser; only our contexts and the language's own functions are known. */
export function parseExpression(text: string): ParseExpression {
  if (text.trim() === '') return { ok: false, message: 'the expression is empty' };
  let tokens: readonly Token[];
  try {
    tokens = new Lexer(text).lex().tokens;
    const brokenQuotes = tokens.find((token) => token.type === TokenType.STRING && token.lexeme.slice(1, -1).split("''").length > 2);
    // The library's lexer unescapes only the first doubled quote of a text; better refused than changed in silence.
    if (brokenQuotes !== undefined) return { ok: false, message: `${brokenQuotes.lexeme} has more than one escaped quote, which the expression library cannot read` };
    return { ok: true, expression: { text, tree: new Parser([...tokens], [...contextNames], []).parse() } };
  } catch (error) {
    // The library throws for every syntax error, as its own class or as a plain Error.
    if (error instanceof Error) return { ok: false, message: `in the expression "${text.trim()}": ${lowerFirst(error.message)}` };
    throw error;
  }
}

/** Evaluates strictly: a property that is not there is an error, where GitHub would read an empty text. */
export function evaluateExpression(expression: Expression, contexts: JsonObject): Evaluated {
  try {
    const result = new StrictEvaluator(expression.tree, toDictionary(contexts)).evaluate();
    const value: unknown = JSON.parse(JSON.stringify(result, data.replacer));
    if (isJson(value)) return { ok: true, value };
    return { ok: false, message: `the expression "${expression.text.trim()}" has no value` };
  } catch (error) {
    // fromJSON of a malformed text, format with too few arguments, and our own UnknownProperty.
    if (error instanceof Error) return { ok: false, message: `in the expression "${expression.text.trim()}": ${lowerFirst(error.message)}` };
    throw error;
  }
}

/** GitHub's idea of true: everything but false, null, 0, NaN and the empty text. */
export function isTruthy(value: Json): boolean {
  return value !== false && value !== null && value !== 0 && value !== '';
}

class UnknownProperty extends Error {
  override readonly name = 'UnknownProperty';
}

const noToken: Token = { type: TokenType.UNKNOWN, lexeme: '', range: { start: { line: 0, column: 0 }, end: { line: 0, column: 0 } } };

class StrictEvaluator extends Evaluator {
  override visitIndexAccess(access: IndexAccess): data.ExpressionData {
    const object = this.eval(access.expr);
    // Evaluated once and handed on as a literal: evaluating it again at each level would double the work with each dot.
    if (access.index instanceof Star) {
      if (object.kind !== data.Kind.Array && object.kind !== data.Kind.Dictionary) throw new UnknownProperty('only a list or a mapping has ".*"');
      return super.visitIndexAccess(new IndexAccess(new Literal(object, noToken), access.index));
    }
    const index = this.eval(access.index);
    const found = super.visitIndexAccess(new IndexAccess(new Literal(object, noToken), new Literal(index, noToken)));
    if (found.kind === data.Kind.Null && !isThere(object, index)) throw new UnknownProperty(`there is no "${index.coerceString()}"`);
    return found;
  }
}

/** Whether a null was found or nothing was. */
function isThere(object: data.ExpressionData, index: data.ExpressionData): boolean {
  if (object.kind === data.Kind.Dictionary) return object.get(index.coerceString()) !== undefined;
  return object.kind === data.Kind.Array && index.number() < object.values().length && index.number() >= 0;
}

function toDictionary(contexts: JsonObject): data.Dictionary {
  return new data.Dictionary(...Object.entries(contexts).map(([key, value]) => ({ key, value: toData(value) })));
}

function toData(value: Json): data.ExpressionData {
  return JSON.parse(JSON.stringify(value), data.reviver) as data.ExpressionData;
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
