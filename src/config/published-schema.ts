import { writtenSchema } from '../yaml/known-keys.js';
import { configSchema } from './schema.js';

/** planb.yaml as JSON Schema, for editors. Cross-references between names are left to `planb check`. */
export function publishedSchema(): object {
  return writtenSchema(configSchema);
}

/** The text of deploy/planb.schema.json. */
export function publishedSchemaText(): string {
  return `${JSON.stringify(publishedSchema(), null, 2)}\n`;
}
