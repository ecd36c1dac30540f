import type { Json, JsonObject } from '../../../src/plan/plan.js';

/** What a placeholder can stand for. */
export type Scalar = string | number | boolean;
export type Values = ReadonlyMap<string, Scalar>;

export const placeholderName = /^[a-z][A-Za-z0-9_]*$/;

/** `{name}`. `${{ run.id }}` belongs to expressions, `${env:NAME}` to secrets, and JSON's own braces are followed by a quote. */
const placeholder = /(?<![${])\{([a-z][A-Za-z0-9_]*)\}/g;

/** A text of an input, and where it is. */
export interface PlacedText {
  readonly path: readonly (string | number)[];
  readonly text: string;
}

/** Every text in a JSON value; keys are not texts. */
export function textsIn(value: Json, path: readonly (string | number)[] = []): readonly PlacedText[] {
  if (typeof value === 'string') return [{ path, text: value }];
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item: Json, index) => textsIn(item, [...path, index]));
  return Object.entries(value).flatMap(([key, item]: [string, Json]) => textsIn(item, [...path, key]));
}

export function namesIn(text: string): readonly string[] {
  return [...text.matchAll(placeholder)].map(([, name = '']) => name);
}

/** Puts values in place of their names; a name without a value stays as it is. `encode` is for what stands in an address. */
export function fillText(text: string, values: Values, encode: (value: string) => string = (value) => value): string {
  return text.replace(placeholder, (whole, name: string) => {
    const value = values.get(name);
    return value === undefined ? whole : encode(String(value));
  });
}

/** The same in every text of a JSON value. A text that is one placeholder and nothing else becomes the value itself: a captured number stays a number. */
export function fillJson(value: Json, values: Values): Json {
  if (typeof value === 'string') {
    const [only] = namesIn(value);
    return (only !== undefined && value === `{${only}}` ? values.get(only) : undefined) ?? fillText(value, values);
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: Json) => fillJson(item, values));
  const entries: readonly (readonly [string, Json])[] = Object.entries(value as JsonObject);
  return Object.fromEntries(entries.map(([key, item]) => [key, fillJson(item, values)]));
}
