import { z } from 'zod';
import { findReferences } from '../../../src/config/secret-reference.js';
import { nearestWord } from '../../../src/nearest-word.js';
import type { Json } from '../../../src/plan/plan.js';
import { durationInput } from '../duration-input.js';
import { jsonPlace, parseJsonPlace } from './json-place.js';
import { namesIn, placeholderName, textsIn } from './placeholders.js';

const name = z.string().regex(placeholderName, 'a name begins with a small letter and has letters, digits and _ only');
/** A place in the JSON answer, or `header:NAME`. */
const captured = z.string().refine((text) => parseJsonPlace(text) !== undefined || /^header:[\w-]+$/.test(text), 'write a place in the answer, as in $.access_token, or header:NAME');
const statusCode = z.number().int().min(100).max(599);

const request = z.strictObject({
  /** Names the request where it fails. */
  name: z.string().min(1),
  method: z.string().regex(/^[A-Z]+$/, 'write the method in capitals').default('GET'),
  /** After baseUrl. */
  path: z.string().regex(/^\//, 'a path begins with /').optional(),
  url: z.string().regex(/^https?:\/\/[^/?#{}]+(?:[/?#]|$)/, 'write a whole address, its host without {names}').optional(),
  headers: z.record(z.string(), z.string()).default({}),
  json: z.json().optional(),
  form: z.record(z.string(), z.string()).optional(),
  body: z.string().optional(),
  status: z.union([statusCode, z.array(statusCode).min(1)]).default(200),
  /** JSON that the answer must contain; more keys are fine. */
  expect: z.json().optional(),
  /** Lists of the answer, each with an item that must be in it. */
  includes: z.record(jsonPlace, z.json()).default({}),
  /** Lists of the answer, each with an item that must not be in it. */
  excludes: z.record(jsonPlace, z.json()).default({}),
  capture: z.record(name, captured).default({}),
  /** How long it may take to become good; for requests that only look. */
  within: durationInput.default(0),
  /** How often a request that failed is made again. */
  retry: z.number().int().min(0).max(10).default(0),
  interval: durationInput.default(500),
  timeout: durationInput.default(30_000),
  follow: z.boolean().default(false),
  /** Takes away what the flow made: also made after a failure or a stop, where what it names is known. */
  always: z.boolean().default(false),
  /** Nothing of its answer but the status is ever shown. */
  secret: z.boolean().default(false),
});

export type FlowRequest = z.output<typeof request>;

export const flowInput = z
  .strictObject({
    baseUrl: z.string().regex(/^https?:\/\//, 'write a whole address').optional(),
    /** Texts that requests use by name, secrets among them; `{run}` and `{unique}` are filled in, nothing else. */
    vars: z.record(name, z.string()).default({}),
    /** Keeps the cookies of the answers and sends them back where they belong. */
    cookies: z.boolean().default(false),
    requests: z.array(request).min(1),
  })
  .superRefine((given, context) => {
    for (const { path, message } of problemsOf(given)) context.addIssue({ code: 'custom', path: [...path], message });
  });

export type FlowInput = z.output<typeof flowInput>;

/** `{run}` is the run's id; `{unique}` is another one for every attempt of every step, ten small letters and digits. */
export const builtIn = ['run', 'unique'] as const;

/** Requests that change nothing, so that they may be made as often as one likes. */
export function onlyLooks({ method }: Pick<FlowRequest, 'method'>): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS';
}

/** Everything of a request in which names are filled in. */
export function placedTexts({ path, url, headers, json, form, body, expect, includes, excludes }: FlowRequest): ReturnType<typeof textsIn> {
  const parts: Readonly<Record<string, Json | undefined>> = { path, url, headers, json, form, body, expect, includes, excludes };
  return Object.entries(parts).flatMap(([key, value]) => (value === undefined ? [] : textsIn(value, [key])));
}

interface FlowProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

function problemsOf({ baseUrl, vars, requests }: FlowInput): readonly FlowProblem[] {
  const known = new Set<string>([...builtIn, ...Object.keys(vars)]);
  const problems: FlowProblem[] = builtIn.filter((word) => Object.hasOwn(vars, word)).map((word) => ({ path: ['vars', word], message: `{${word}} is planb's own` }));
  for (const [index, one] of requests.entries()) {
    const add = (path: readonly (string | number)[], message: string): void => void problems.push({ path: ['requests', index, ...path], message });
    for (const { part, message } of shapeProblems(one, baseUrl)) add(part, message);
    for (const { path, text } of placedTexts(one)) {
      // What a secret holds must never be read for names, and once it is in its place nobody could tell. vars are taken as they are.
      if (findReferences(text).length > 0) add(path, 'a secret goes into vars, and its {name} here');
      for (const used of namesIn(text).filter((word) => !known.has(word))) add(path, unknownName(used, known, requests.slice(index)));
    }
    for (const captures of Object.keys(one.capture)) {
      if (known.has(captures)) add(['capture', captures], `{${captures}} is there already`);
      known.add(captures);
    }
  }
  return problems;
}

function unknownName(used: string, known: ReadonlySet<string>, later: readonly FlowRequest[]): string {
  if (later.some(({ capture }) => Object.hasOwn(capture, used))) return `{${used}} is captured only later`;
  const nearest = nearestWord(used, [...known]);
  return `there is no {${used}}${nearest === undefined ? '' : `; did you mean {${nearest}}?`}`;
}

function shapeProblems(one: FlowRequest, baseUrl: string | undefined): readonly { readonly part: readonly string[]; readonly message: string }[] {
  const bodies = (['json', 'form', 'body'] as const).filter((key) => one[key] !== undefined);
  return [
    ...((one.path === undefined) === (one.url === undefined) ? [{ part: [], message: 'give it either path or url' }] : []),
    ...(one.path !== undefined && baseUrl === undefined ? [{ part: ['path'], message: 'a path needs baseUrl' }] : []),
    ...(bodies.length > 1 ? [{ part: [bodies[1] ?? ''], message: `it has ${bodies.join(' and ')}: a request has one body` }] : []),
    ...(bodies.length > 0 && (one.method === 'GET' || one.method === 'HEAD') ? [{ part: [bodies[0] ?? ''], message: `${one.method} has no body: write the method` }] : []),
    ...(one.within > 0 && !onlyLooks(one) ? [{ part: ['within'], message: `${one.method} would be made again and again: say with retry how often it may be` }] : []),
  ];
}
