import { z } from 'zod';
import type { YamlPath } from './document.js';

type JsonSchema = z.core.JSONSchema.BaseSchema;

/** What a YAML author may write, as JSON Schema; parts without an equivalent there (custom checks) allow anything. */
export function writtenSchema(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
}

/** The keys that the schema knows at a path, for "did you mean". */
export function knownKeys(schema: z.ZodType, path: YamlPath): readonly string[] {
  const root = writtenSchema(schema);
  let places = expand(root, root);
  for (const segment of path) {
    places = places.flatMap((place) => step(place, segment)).flatMap((place) => expand(place, root));
  }
  return [...new Set(places.flatMap((place) => Object.keys(place.properties ?? {})))];
}

/** A schema and everything that its references and alternatives stand for. */
function expand(schema: JsonSchema, root: JsonSchema): JsonSchema[] {
  const alternatives = [...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? [])].filter(isSchema);
  const referred = schema.$ref === undefined ? undefined : root.$defs?.[schema.$ref.replace('#/$defs/', '')];
  return [schema, ...[...alternatives, ...(referred === undefined ? [] : [referred])].flatMap((other) => expand(other, root))];
}

function step(schema: JsonSchema, segment: PropertyKey): JsonSchema[] {
  const next = typeof segment === 'number' ? schema.items : (schema.properties?.[String(segment)] ?? schema.additionalProperties);
  return isSchema(next) ? [next] : [];
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
