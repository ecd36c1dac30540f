import type { Json, JsonObject } from '../plan/plan.js';
import { hasTypedHost } from './typed-host.js';
import { contextsOf } from './check-expression.js';
import { evaluateExpression, parseExpression, type Evaluated, type Expression } from './expression.js';

/** A text with expressions in it: literal pieces and parsed ones, in order. */
export interface Template {
  readonly pieces: readonly (string | Expression)[];
}

export type ParseTemplate = { readonly ok: true; readonly template: Template } | { readonly ok: false; readonly message: string };

/** Splits a text at `${{ … }}` and parses what is inside. A `}}` within a quoted text does not end an expression. */
export function parseTemplate(text: string): ParseTemplate {
  const pieces: (string | Expression)[] = [];
  let rest = text;
  for (let start = rest.indexOf('${{'); start >= 0; start = rest.indexOf('${{')) {
    const length = expressionLength(rest.slice(start + 3));
    if (length === undefined) return { ok: false, message: '"${{" is never closed by "}}"' };
    const parsed = parseExpression(rest.slice(start + 3, start + 3 + length));
    if (!parsed.ok) return parsed;
    if (start > 0) pieces.push(rest.slice(0, start));
    pieces.push(parsed.expression);
    rest = rest.slice(start + 3 + length + 2);
  }
  if (rest !== '') pieces.push(rest);
  return { ok: true, template: { pieces } };
}

/** Reads an `if`, with or without its `${{ }}`. */
export function parseCondition(text: string): ReturnType<typeof parseExpression> {
  const trimmed = text.trim();
  if (!trimmed.includes('${{')) return parseExpression(trimmed);
  const parsed = parseTemplate(trimmed);
  if (!parsed.ok) return parsed;
  const [only, ...others] = parsed.template.pieces;
  if (only === undefined || typeof only === 'string' || others.length > 0) return { ok: false, message: '"if" must be one expression: text around "${{ }}" would always be true' };
  return { ok: true, expression: only };
}

export function expressionsOf(template: Template): readonly Expression[] {
  return template.pieces.filter((piece) => typeof piece !== 'string');
}

/**
 * The text with its expressions replaced. One expression that is the whole text keeps its type: a list stays a list. Within a longer text only
 * plain values fit; a list or a missing value there is an error, not "Array" or an empty text. `mayHoldTypedHost`: the text is no address that planb follows.
 */
export function evaluateTemplate(template: Template, contexts: JsonObject, mayHoldTypedHost = false): Evaluated {
  const [only, ...others] = template.pieces;
  if (only === undefined) return { ok: true, value: '' };
  let trusted = 0;
  const values: Json[] = [];
  const texts: { readonly text: string; readonly trusted: boolean }[] = [];
  for (const piece of template.pieces) {
    const evaluated: Evaluated = typeof piece === 'string' ? { ok: true, value: piece } : evaluateExpression(piece, contexts);
    if (!evaluated.ok) return evaluated;
    if (typeof piece !== 'string' && others.length > 0 && typeof evaluated.value === 'object') {
      return { ok: false, message: `"${piece.text.trim()}" has ${evaluated.value === null ? 'no value' : 'a list or a mapping as its value'}, which cannot stand within a text` };
    }
    if (typeof piece === 'string' || isTrusted(piece)) trusted += countReferences(evaluated.value);
    values.push(evaluated.value);
    texts.push({ text: typeof evaluated.value === 'string' ? evaluated.value : '', trusted: typeof piece === 'string' || isTrusted(piece) });
  }
  const value = others.length === 0 ? (values[0] ?? null) : values.map(String).join('');
  // What people type and what a target's database holds must never be read as a reference to one of planb's own secrets.
  if (countReferences(value) > trusted) return { ok: false, message: 'a parameter or a fact holds "${", which could be read as a secret reference' };
  if (!mayHoldTypedHost && hasTypedHost(texts)) return { ok: false, message: 'a parameter or a fact decides which host this address leads to: write the host in the runbook or in the target, and no more than the path and what follows as a parameter' };
  return { ok: true, value };
}

const untrusted = ['params', 'facts', 'verdict'];

function isTrusted(expression: Expression): boolean {
  const contexts = contextsOf(expression);
  return !untrusted.some((context) => contexts.has(context));
}

function countReferences(value: Json): number {
  if (typeof value === 'string') return value.split('${').length - 1;
  return typeof value === 'object' && value !== null ? Object.values(value).reduce((sum: number, item: Json) => sum + countReferences(item), 0) : 0;
}

/** Characters up to the closing braces; undefined where they never come. Quotes double inside a quoted text, which toggling twice gets right. */
function expressionLength(text: string): number | undefined {
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    if (text[index] === "'") quoted = !quoted;
    else if (!quoted && text.startsWith('}}', index)) return index;
  }
  return undefined;
}
