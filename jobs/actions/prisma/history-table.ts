import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { TargetDatabase } from '../../../src/ports/target-database.js';
import type { HistoryRow } from '../../../src/verdict/migration-facts.js';
import { ActionError } from '../action-error.js';

const rowSchema = z.object({ id: z.string(), name: z.string(), checksum: z.string(), finished: z.boolean(), rolled_back: z.boolean(), logged: z.boolean() });

/** A row of `_prisma_migrations`; several may bear one name (facts.md). */
export interface LiveRow extends HistoryRow {
  /** PostgreSQL's error stands in its logs. */
  readonly errorLogged: boolean;
}

/** `"public"."_prisma_migrations"` */
export function historyTable(schema: string): string {
  return `"${schema.replaceAll('"', '""')}"."_prisma_migrations"`;
}

/** All rows, by id. `lock`: keeps them as they are until the transaction ends. Throws ActionError `no-history-table`. */
export async function readHistory(database: TargetDatabase, schema: string, lock = false): Promise<readonly LiveRow[]> {
  const [found] = await database.query('SELECT to_regclass($1) IS NOT NULL AS there', [historyTable(schema)]);
  if (found?.['there'] !== true) throw new ActionError('no-history-table', `the database has no table ${historyTable(schema)}; schema: names another one`);
  const rows = await database.query(
    `SELECT id, migration_name AS name, checksum, finished_at IS NOT NULL AS finished, rolled_back_at IS NOT NULL AS rolled_back, coalesce(logs, '') <> '' AS logged
       FROM ${historyTable(schema)} ORDER BY id COLLATE "C"${lock ? ' FOR UPDATE' : ''}`,
  );
  return rows.map((row) => {
    const { id, name, checksum, finished, rolled_back: rolledBack, logged } = rowSchema.parse(row);
    // What blocks a deploy is exactly neither finished nor rolled back (facts.md).
    const state = rolledBack ? 'rolled-back' : finished ? 'applied' : 'failed';
    return { id, name, checksum, state, errorLogged: logged };
  });
}

/** SHA-256 over what the rows say, however they are ordered. */
export function hashHistory(rows: readonly HistoryRow[]): string {
  const lines = rows.map(({ id, name, checksum, state }) => JSON.stringify([id, name, checksum, state])).sort();
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}
