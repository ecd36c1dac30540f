import { z } from 'zod';
import type { ActionContext } from '../../../src/ports/action.js';
import { type ShippedMigration, readMigrations } from './read-migrations.js';

/** Where a release's migrations are read from: `{ directory }`, an absolute path to the folder of migrations. */
export const migrationSource = z.strictObject({ directory: z.string().startsWith('/') });
export type MigrationSource = z.output<typeof migrationSource>;

/** The migrations that a release ships, by name. Throws ActionError, one clear sentence. */
export function readShipped(_context: ActionContext, source: MigrationSource): Promise<ReadonlyMap<string, ShippedMigration>> {
  return readMigrations(source.directory);
}
