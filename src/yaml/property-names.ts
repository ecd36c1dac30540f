import type { Json } from '../plan/plan.js';

export interface PropertyClash {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/**
 * Property names that expressions could not read: @actions/expressions keeps them without case in a plain object, so of two names that differ only
 * in case the second would vanish in silence, and so would `constructor` and its like.
 */
export function findPropertyClashes(value: Json, path: readonly PropertyKey[] = []): readonly PropertyClash[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((item: Json, index) => findPropertyClashes(item, [...path, index]));
  const seen = new Map<string, string>();
  return Object.entries(value).flatMap(([key, item]: [string, Json]) => {
    const other = seen.get(key.toLowerCase());
    seen.set(key.toLowerCase(), key);
    const own = [...path, key];
    if (key.toLowerCase() in {}) return [{ path: own, message: `"${key}" cannot be a property's name` }];
    if (other !== undefined) return [{ path: own, message: `"${key}" and "${other}" differ only in case, which expressions ignore` }];
    return findPropertyClashes(item, own);
  });
}
