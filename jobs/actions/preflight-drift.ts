import { z } from 'zod';
import type { Action, StepContext, StepResult } from '../../src/ports/action.js';
import { ThrowawayPostgresError } from '../../src/ports/throwaway-postgres.js';
import { compareCatalogues, sayDifference } from './preflight/compare-catalogues.js';
import { buildExpected } from './preflight/expected-catalogue.js';
import { readCatalogue } from './preflight/read-catalogue.js';
import { schemaOfUrl } from './preflight/schema-of-url.js';
import { migrationSource, readShipped } from './prisma/migration-source.js';
import { failed, failingInWords } from './step-failure.js';

const input = z.strictObject({
  database: z.string().min(1),
  /** Default: the URL's own `schema` parameter, else public. */
  schema: z.string().min(1).optional(),
  /** Where the running release's migrations are read. */
  migrations: migrationSource,
  /** Tables, columns (`table.column`) and indexes that differ on purpose. */
  ignore: z.array(z.string().min(1)).default([]),
});
type Input = z.output<typeof input>;

const shown = 3;

/**
 * Compares the live schema with what the running release's own migrations make on an empty server: tables, columns with their types, indexes, constraints and enums, by name. Prisma itself is not needed.
 */
export const preflightDriftAction: Action<Input> = {
  name: 'preflight.drift',
  summary: 'Compares the live schema with what the running release\'s migrations make on an empty server.',
  input,
  check: true,
  defaultTimeoutMs: 15 * 60_000,
  describe: () => ({ commands: ['# builds the running release\'s migrations on a throwaway server and compares its schema with the live one'], effect: 'read', destructive: false, changes: [] }),
  execute: (context, given) => failingInWords(context.mask, async () => {
    try {
      return await compare(context, given);
    } catch (error) {
      if (error instanceof ThrowawayPostgresError) return failed('not-comparable', `the schema cannot be compared on this machine: ${error.message}`);
      throw error;
    }
  }),
};

async function compare(context: StepContext, given: Input): Promise<StepResult> {
  const schema = given.schema ?? schemaOfUrl(given.database);
  const shipped = await readShipped(context, given.migrations);
  const database = await context.connectDatabase(given.database, { statementMs: 120_000 });
  const live = await readCatalogue(database, schema).finally(() => database.close());
  const expected = await buildExpected(context, { schema, leastMajor: live.major, scripts: [...shipped.values()] });
  if (!expected.ok) return failed('not-comparable', expected.message);
  const differences = compareCatalogues(expected.catalogue, live).filter(({ name }) => !given.ignore.includes(name) && !given.ignore.some((one) => name.startsWith(`${one}.`)));
  if (differences.length === 0) return { ok: true, receipt: { schema, migrations: shipped.size, objects: live.objects.size } };
  const said = differences.map(sayDifference);
  for (const line of said) context.log(line);
  const more = said.length > shown ? ` (and ${said.length - shown} more)` : '';
  return failed('schema-drift', `the live schema is not what the running release expects: ${said.slice(0, shown).join('; ')}${more}`, { tail: said.slice(0, 50).join('\n') });
}

