import { z } from 'zod';
import type { Json } from '../plan/plan.js';

/** Any JSON value. Not `z.json()`: its recursive union answers a wrong leaf with a message about every alternative. */
export const jsonSchema = z.custom<Json>(isJson, 'expected plain data: text, finite numbers, true, false, null, lists and mappings');

export function isJson(value: unknown): value is Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isJson);
  return typeof value === 'object' && Object.values(value).every(isJson);
}
