import type { Json, JsonObject } from '../src/plan/plan.js';

/**
 * The last gate before a record: whatever an action hands back (a database's rows, a server's words) is masked in every text and key, so that no action can
 * forget to.
 */
export function maskObject(mask: (text: string) => string, value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [mask(key), maskJson(mask, item)]));
}

export function maskJson(mask: (text: string) => string, value: Json): Json {
  if (typeof value === 'string') return mask(value);
  if (typeof value !== 'object' || value === null) return value;
  if (!Array.isArray(value)) return maskObject(mask, value as JsonObject);
  const items: readonly Json[] = value;
  return items.map((item) => maskJson(mask, item));
}
