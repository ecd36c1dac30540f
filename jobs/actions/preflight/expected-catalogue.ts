import type { StepContext } from '../../../src/ports/action.js';
import { TargetDatabaseError } from '../../../src/ports/target-database.js';
import type { ShippedMigration } from '../prisma/read-migrations.js';
import { splitScript } from '../prisma/split-script.js';
import { type Catalogue, readCatalogue } from './read-catalogue.js';

interface Wanted {
  readonly schema: string;
  readonly leastMajor: number;
  readonly scripts: readonly ShippedMigration[];
}

/**
 * Applies the scripts in the order of their names, as Prisma does, on an empty throwaway server, and reads what came of them. Statement by statement: nothing has to be undone there, and
 * some statements refuse a transaction. Throws ThrowawayPostgresError.
 */
export async function buildExpected(context: StepContext, { schema, leastMajor, scripts }: Wanted): Promise<{ readonly ok: true; readonly catalogue: Catalogue } | { readonly ok: false; readonly message: string }> {
  const server = await context.throwawayPostgres.start({ leastMajor, folder: await context.runFolder() });
  try {
    const database = await context.connectDatabase(server.url, { statementMs: 120_000 });
    try {
      const name = `"${schema.replaceAll('"', '""')}"`;
      await database.query(`CREATE SCHEMA IF NOT EXISTS ${name}`);
      await database.query(`SET search_path TO ${name}, public`);
      const ordered = [...scripts].sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
      for (const [index, script] of ordered.entries()) {
        context.signal.throwIfAborted();
        context.progress(`building the expected schema: ${index + 1} of ${ordered.length} migrations`);
        const statements = await splitScript(script.sql);
        if (statements === undefined) return { ok: false, message: `${script.name} cannot be read as SQL, so the expected schema cannot be built` };
        for (const { sql, line } of statements) {
          try {
            await database.query(sql);
          } catch (error) {
            if (!(error instanceof TargetDatabaseError) || error.code !== 'query-failed') throw error;
            return { ok: false, message: `the expected schema cannot be built here: ${script.name}, line ${line}: ${error.message}` };
          }
        }
      }
      return { ok: true, catalogue: await readCatalogue(database, schema) };
    } finally {
      await database.close();
    }
  } finally {
    await server.stop();
  }
}
