import type { Json } from '../../src/plan/plan.js';

/** One place where an answer is not what was expected; `path` as in `checks.db[0]`. */
export interface JsonDifference {
  readonly path: string;
  readonly expected: Json;
  /** Absent: the place does not exist. */
  readonly actual?: Json;
}

/**
 * Where `actual` does not contain `expected`. Objects may hold more keys than expected; arrays must have the same length, their items compared one by one;
 * everything else must be equal.
 */
export function missingFrom(actual: Json | undefined, expected: Json, path = ''): readonly JsonDifference[] {
  if (Array.isArray(expected) && Array.isArray(actual) && actual.length === expected.length) {
    const items: readonly Json[] = actual;
    return expected.flatMap((item: Json, index) => missingFrom(items[index], item, `${path}[${index}]`));
  }
  if (isObject(expected) && actual !== undefined && isObject(actual)) {
    // Object.hasOwn: an expected "constructor" must not be found in every object.
    return Object.entries(expected).flatMap(([key, inner]) =>
      missingFrom(Object.hasOwn(actual, key) ? actual[key] : undefined, inner, path === '' ? key : `${path}.${key}`),
    );
  }
  if (actual === expected) return [];
  return [{ path, expected, ...(actual === undefined ? {} : { actual }) }];
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
