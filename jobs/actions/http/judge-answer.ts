import type { Json } from '../../../src/plan/plan.js';
import { parseJson, short } from '../http-probe.js';
import { missingFrom } from '../json-subset.js';
import type { FlowRequest } from './flow-input.js';
import { parseJsonPlace, readPlace } from './json-place.js';
import { fillJson, type Scalar, type Values } from './placeholders.js';
import type { Sent } from './send-request.js';

type Answer = Extract<Sent, { readonly ok: true }>;

/** What is wrong with an answer, in one line; undefined: nothing. Hide what it captures first: `mask` is all that keeps it from being quoted. */
export function judgeAnswer(wanted: FlowRequest, answer: Answer, values: Values, mask: (text: string) => string): string | undefined {
  const statuses = [wanted.status].flat();
  if (!statuses.includes(answer.status)) return `expected ${statuses.join(' or ')}, got ${answer.status}${firstLine(wanted, answer, mask)}`;
  if (wanted.expect === undefined && Object.keys(wanted.includes).length + Object.keys(wanted.excludes).length === 0) return undefined;
  const body = parseJson(answer.text);
  if (body === undefined) return `expected JSON, got ${answer.status} with something else`;
  const show = (value: Json | undefined): string => (value === undefined ? 'nothing' : wanted.secret ? 'something else' : short(mask(JSON.stringify(value))));
  const [difference] = wanted.expect === undefined ? [] : missingFrom(body, fillJson(wanted.expect, values));
  if (difference !== undefined) return `expected ${difference.path === '' ? 'the body' : difference.path} ${show(difference.expected)}, got ${show(difference.actual)}`;
  return listProblem(wanted.includes, true, body, values, show) ?? listProblem(wanted.excludes, false, body, values, show);
}

function listProblem(lists: Readonly<Record<string, Json>>, wanted: boolean, body: Json, values: Values, show: (value: Json) => string): string | undefined {
  for (const [where, template] of Object.entries(lists)) {
    const list = readPlace(body, parseJsonPlace(where) ?? []);
    if (!Array.isArray(list)) return `expected a list at ${where}, got ${list === undefined ? 'nothing' : 'something else'}`;
    const items: readonly Json[] = list;
    const item = fillJson(template, values);
    const found = items.some((one) => missingFrom(one, item).length === 0);
    if (found !== wanted) return `expected ${wanted ? show(item) : `no ${show(item)}`} at ${where}, ${wanted ? `not among ${items.length} items` : 'it is there'}`;
  }
  return undefined;
}

/** Only of a refusal: an answer that was not refused may hold the very token that the request is made for, wherever it stands in it. */
function firstLine(wanted: FlowRequest, { status, text }: Answer, mask: (text: string) => string): string {
  if (wanted.secret || status < 400) return '';
  const line = short(mask(text.trim()).split('\n')[0] ?? '');
  return line === '' ? '' : `: ${line}`;
}

/** What was found of what later requests use, and what was not. */
export interface Captured {
  readonly values: ReadonlyMap<string, Scalar>;
  readonly problem?: string;
}

/** An empty text, null, a list or a mapping is no value. */
export function capture(wanted: FlowRequest, { headers, text }: Answer): Captured {
  const body = parseJson(text);
  const values = new Map<string, Scalar>();
  const problems: string[] = [];
  for (const [name, where] of Object.entries(wanted.capture)) {
    const value = where.startsWith('header:') ? headers.get(where.slice('header:'.length)) : readPlace(body, parseJsonPlace(where) ?? []);
    if (value === undefined || value === null || value === '') problems.push(`expected ${name} at ${where}, got nothing`);
    else if (typeof value === 'object') problems.push(`expected ${name} at ${where}, got a ${Array.isArray(value) ? 'list' : 'mapping'}`);
    else values.set(name, value);
  }
  return { values, ...(problems[0] === undefined ? {} : { problem: problems[0] }) };
}
