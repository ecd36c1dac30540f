// Writes deploy/planb.schema.json from the zod schema. Run it after `npm run build`; a test fails where the file is not current.
import { writeFile } from 'node:fs/promises';
import { publishedSchemaText } from '../dist/src/config/published-schema.js';

await writeFile(new URL('../deploy/planb.schema.json', import.meta.url), publishedSchemaText());
