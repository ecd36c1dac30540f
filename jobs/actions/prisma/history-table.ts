import { createHash } from 'node:crypto';
import { z } from 'zod';
import { type TargetDatabase, TargetDatabaseError } from '../../../src/ports/target-database.js';
import type { HistoryRow } from '../../../src/verdict/migration-facts.js';
import { ActionError } from '../action-error.js';
import { readFailure } from './read-failure.js';

/** A row of `_prisma_migrations`; several may bear one name (facts.md). */
export interface LiveRow extends HistoryRow {
  /** PostgreSQL's error, as it stands in its logs. */
  readonly failure: string | undefined;
  /** Seconds since the epoch: the order in which migrations were really applied, which names do not tell (facts.md: some are back-dated). */
  readonly startedAt: number;
}

/** The table, and what planb's role may do to it. */
export interface HistoryTable {
  readonly database: string;
  readonly role: string;
  readonly mayWrite: boolean;
}

/** `"public"."_prisma_migrations"` */
export function historyTable(schema: string): string {
  return `"${schema.replaceAll('"', '""')}"."_prisma_migrations"`;
}

const tableSchema = z.object({ database: z.string(), role: z.string(), there: z.boolean(), may_read: z.boolean(), may_write: z.boolean() });

/** Finds the table without touching it. Throws ActionError `no-history-table`, `no-permission`. */
export async function findHistoryTable(database: TargetDatabase, schema: string): Promise<HistoryTable> {
  const [found] = await database.query(
    `SELECT current_database() AS database, current_user::text AS role, c.oid IS NOT NULL AS there,
            coalesce(has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'), false) AS may_read,
            coalesce(has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE'), false) AS may_write
       FROM (SELECT) one LEFT JOIN pg_namespace n ON n.nspname = $1::name LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = '_prisma_migrations' AND c.relkind IN ('r', 'p', 'v')`,
    [schema],
  );
  const table = tableSchema.parse(found);
  if (!table.there) throw new ActionError('no-history-table', `database ${table.database} has no table ${historyTable(schema)}; schema: names another one`);
  if (!table.may_read) throw noPermission(table.role, schema, 'SELECT');
  return { database: table.database, role: table.role, mayWrite: table.may_write };
}

/** planb's role needs more rights. */
export function noPermission(role: string, schema: string, rights: string): ActionError {
  const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
  return new ActionError('no-permission', `role ${quoted(role)} may not ${rights === 'SELECT' ? 'read' : 'change'} ${historyTable(schema)}: GRANT USAGE ON SCHEMA ${quoted(schema)} and GRANT ${rights} ON ${historyTable(schema)} TO ${quoted(role)}`);
}

const rowSchema = z.object({ id: z.string(), name: z.string(), checksum: z.string(), finished: z.boolean(), rolled_back: z.boolean(), logs: z.string(), started: z.number() });

/** All rows, by id. `lock`: keeps them as they are until the transaction ends. Throws ActionError `no-history-table`, `no-permission`. */
export async function readHistory(database: TargetDatabase, schema: string, lock = false): Promise<readonly LiveRow[]> {
  const { role } = await findHistoryTable(database, schema);
  const rows = await database
    .query(
      `SELECT id, migration_name AS name, checksum, finished_at IS NOT NULL AS finished, rolled_back_at IS NOT NULL AS rolled_back, extract(epoch FROM started_at)::float8 AS started,
              CASE WHEN finished_at IS NULL THEN left(coalesce(logs, ''), 8000) ELSE '' END AS logs
         FROM ${historyTable(schema)} ORDER BY id COLLATE "C"${lock ? ' FOR UPDATE' : ''}`,
    )
    .catch((error: unknown) => {
      if (error instanceof TargetDatabaseError && error.sqlState === '42501') throw noPermission(role, schema, lock ? 'SELECT, INSERT, UPDATE, DELETE' : 'SELECT');
      throw error;
    });
  return rows.map((row) => {
    const { id, name, checksum, finished, rolled_back: rolledBack, logs, started } = rowSchema.parse(row);
    // What blocks a deploy is exactly neither finished nor rolled back (facts.md).
    const state = rolledBack ? 'rolled-back' : finished ? 'applied' : 'failed';
    return { id, name, checksum, state, failure: state === 'failed' ? readFailure(logs) : undefined, startedAt: started };
  });
}

/** SHA-256 over what the rows say, however they are ordered. */
export function hashHistory(rows: readonly HistoryRow[]): string {
  const lines = rows.map(({ id, name, checksum, state }) => JSON.stringify([id, name, checksum, state])).sort();
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}
