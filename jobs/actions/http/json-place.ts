import { z } from 'zod';
import type { Json } from '../../../src/plan/plan.js';

/** Where something is in a JSON answer: names and positions, outermost first. */
export type JsonPlace = readonly (string | number)[];

/** `.name`, `['any name']` or `[0]`. */
const segment = /\.([A-Za-z_][\w-]*)|\['([^'\\]+)'\]|\[(0|[1-9]\d*)\]/y;

/**
 * Reads `$`, `$.access_token`, `$.items[0].id` or `$['odd name']`: what RFC 9535 calls a singular query. Filters, wildcards and slices may find several values or none, so they are
 * not taken: undefined for anything else.
 */
export function parseJsonPlace(text: string): JsonPlace | undefined {
  if (!text.startsWith('$')) return undefined;
  const place: (string | number)[] = [];
  segment.lastIndex = 1;
  while (segment.lastIndex < text.length) {
    const found = segment.exec(text);
    if (found === null) return undefined;
    const name = found[1] ?? found[2];
    place.push(name ?? Number(found[3]));
  }
  return place;
}

/** What is there; undefined where nothing is. */
export function readPlace(value: Json | undefined, place: JsonPlace): Json | undefined {
  return place.reduce<Json | undefined>((inner, key) => {
    if (typeof inner !== 'object' || inner === null) return undefined;
    if (Array.isArray(inner)) {
      const items: readonly Json[] = inner;
      return typeof key === 'number' ? items[key] : undefined;
    }
    // Object.hasOwn: "constructor" must not be found in every object.
    return typeof key === 'string' && Object.hasOwn(inner, key) ? (inner as { readonly [name: string]: Json })[key] : undefined;
  }, value);
}

export const jsonPlace = z.string().refine((text) => parseJsonPlace(text) !== undefined, 'write $ and then names and positions, as in $.items[0].id');
