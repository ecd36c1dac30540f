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

/** From each migration's name and the bytes of its migration.sql, ordered by name. */
export function toShipped(scripts: Iterable<readonly [name: string, bytes: Buffer]>): ReadonlyMap<string, ShippedMigration> {
  const sorted = [...scripts].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return new Map(sorted.map(([name, bytes]) => [name, { name, sha256: createHash('sha256').update(bytes).digest('hex'), sql: bytes.toString('utf8') }]));
}

/**
 * Reads `<directory>/<name>/migration.sql`; names as they are, blanks and capitals too; what else lies there is ignored. Throws ActionError `no-migrations-folder`, also where there
 * is none or one cannot be read: a release must not seem to ship less than it does.
 */
export async function readMigrations(directory: string): Promise<ReadonlyMap<string, ShippedMigration>> {
  const names = await readdir(directory).catch((error: unknown) => {
    throw unreadable(error);
  });
  const found = await Promise.all(names.map(async (name) => {
    try {
      return [[name, await readFile(join(directory, name, 'migration.sql'))] as const];
    } catch (error) {
      if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return [];
      throw unreadable(error);
    }
  }));
  const scripts = found.flat();
  if (scripts.length === 0) throw new ActionError('no-migrations-folder', `${directory} holds no <name>/migration.sql`);
  return toShipped(scripts);
}

function unreadable(error: unknown): ActionError {
  return new ActionError('no-migrations-folder', `the migrations of a release cannot be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
}
