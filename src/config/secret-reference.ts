import type { Json } from '../plan/plan.js';

/** `${env:NAME}` or `${file:PATH}`: where a secret is, never the secret. */
export type SecretReference = { readonly kind: 'env'; readonly name: string } | { readonly kind: 'file'; readonly path: string };

export type JsonPath = readonly (string | number)[];

export interface FoundReference {
  readonly path: JsonPath;
  /** As written, `${env:NAME}`. */
  readonly text: string;
  readonly reference: SecretReference;
}

export interface ReferenceProblem {
  readonly path: JsonPath;
  readonly message: string;
}

/** Reads a variable or a file on this machine; undefined where there is none. A relative path is relative to planb.yaml. */
export interface ReferenceReader {
  readonly env: (name: string) => string | undefined;
  readonly file: (path: string) => string | undefined;
}

/** `${{` belongs to expressions. A reference that is never closed runs to the end, so that it is seen as malformed. */
const opening = /\$\{(?!\{)([^}]*)\}?/g;

/** Reads one whole reference; undefined where the text is anything else. */
export function parseReference(text: string): SecretReference | undefined {
  const name = /^\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(text)?.[1];
  if (name !== undefined) return { kind: 'env', name };
  const path = /^\$\{file:([^\s{}\p{Cc}][^{}\p{Cc}]*)\}$/u.exec(text)?.[1];
  return path === undefined ? undefined : { kind: 'file', path };
}

/** Every well-formed reference in a JSON value, in order. Keys are never references. */
export function findReferences(value: Json): readonly FoundReference[] {
  return stringsOf(value).flatMap(({ path, text }) =>
    [...text.matchAll(opening)].flatMap(([match]) => {
      const reference = parseReference(match);
      return reference === undefined ? [] : [{ path, text: match, reference }];
    }),
  );
}

/** What looks like a reference and is none: nothing else would ever replace it. */
export function malformedReferences(value: Json): readonly ReferenceProblem[] {
  return stringsOf(value).flatMap(({ path, text }) =>
    [...text.matchAll(opening)]
      .filter(([match]) => parseReference(match) === undefined)
      .map(([match]) => ({ path, message: `${match} is no reference: write \${env:NAME} or \${file:PATH}` })),
  );
}

export type ResolvedReferences =
  | { readonly ok: true; readonly value: Json; /** What the references stood for; each must be masked. */ readonly secrets: readonly string[] }
  | { readonly ok: false; readonly problems: readonly ReferenceProblem[] };

/**
 * Puts the secrets in place of their references. Every missing variable or file is named with the place that uses it. One line break at a file's end is
 * dropped, as editors and secret stores add one. A secret's own text is never read for references again.
 */
export function resolveReferences(value: Json, read: ReferenceReader): ResolvedReferences {
  const secrets = new Map<string, string>();
  const problems: ReferenceProblem[] = [...malformedReferences(value)];
  for (const { path, text, reference } of findReferences(value)) {
    const secret = reference.kind === 'env' ? read.env(reference.name) : read.file(reference.path)?.replace(/\r?\n$/, '');
    if (secret !== undefined && secret !== '') secrets.set(text, secret);
    else problems.push({ path, message: missingMessage(reference, path, secret) });
  }
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, value: mapStrings(value, (text) => text.replace(opening, (match) => secrets.get(match) ?? match)), secrets: [...new Set(secrets.values())] };
}

function missingMessage(reference: SecretReference, path: JsonPath, found: string | undefined): string {
  const what = reference.kind === 'env' ? `environment variable ${reference.name}` : `file ${reference.path}`;
  return `${what} is ${found === undefined ? 'missing' : 'empty'}; it is used by ${path.join('.') || 'the value'}`;
}

function stringsOf(value: Json, path: JsonPath = []): readonly { readonly path: JsonPath; readonly text: string }[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  const entries: readonly (readonly [string | number, Json])[] = isList(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([key, item]) => stringsOf(item, [...path, key]));
}

function mapStrings(value: Json, change: (text: string) => string): Json {
  if (typeof value === 'string') return change(value);
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map((item) => mapStrings(item, change));
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapStrings(item, change)]));
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
