import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ActionError } from '../action-error.js';

/** A migration as a release ships it. */
export interface ShippedMigration {
  readonly name: string;
  /** SHA-256 of migration.sql, as Prisma computes it. */
  readonly sha256: string;
  readonly sql: string;
}

/** Reads `<directory>/<name>/migration.sql`; names as they are, blanks and capitals too. Throws ActionError `no-migrations-folder`. */
export async function readMigrations(directory: string): Promise<ReadonlyMap<string, ShippedMigration>> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((error: unknown) => {
    throw new ActionError('no-migrations-folder', `the migrations of a release cannot be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  });
  const found = await Promise.all(
    entries.map(async ({ name }) => {
      const bytes = await readFile(join(directory, name, 'migration.sql')).catch(() => undefined);
      return bytes === undefined ? [] : [{ name, sha256: createHash('sha256').update(bytes).digest('hex'), sql: bytes.toString('utf8') }];
    }),
  );
  return new Map(found.flat().map((migration) => [migration.name, migration]));
}
