import type { JsonObject } from '../../../src/plan/plan.js';
import type { TargetDatabase } from '../../../src/ports/target-database.js';
import type { HistoryRow, MigrationFacts } from '../../../src/verdict/migration-facts.js';
import { ActionError } from '../action-error.js';
import { type LiveRow, historyTable } from './history-table.js';

export interface Statement {
  readonly sql: string;
  /** The migrations whose rows it changes, one a row. */
  readonly names: readonly string[];
}

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

/** What is done to the rows. Conditions repeat what the plan saw, so that a pasted statement changes nothing else either. */
export function statementsOf(history: MigrationFacts): readonly Statement[] {
  const table = historyTable(history.schema);
  const ids = (rows: readonly HistoryRow[]): string => rows.map(({ id }) => text(id)).join(', ');
  const names = (rows: readonly { readonly name: string }[]): readonly string[] => rows.map(({ name }) => name);
  const { stamped, deleted } = split(history);
  const written = history.written.map(({ id, name, checksum }) => `(${text(id)}, ${text(checksum)}, now(), ${text(name)}, '', NULL, now(), 0)`).join(', ');
  return [
    ...(stamped.length === 0 ? [] : [{ sql: `UPDATE ${table} SET rolled_back_at = now() WHERE id IN (${ids(stamped)}) AND finished_at IS NULL AND rolled_back_at IS NULL;`, names: names(stamped) }]),
    ...(deleted.length === 0 ? [] : [{ sql: `DELETE FROM ${table} WHERE id IN (${ids(deleted)}) AND rolled_back_at IS NULL;`, names: names(deleted) }]),
    // As `migrate resolve --applied`: now() is one moment in a transaction, so both times are the same.
    ...(history.written.length === 0 ? [] : [{ sql: `INSERT INTO ${table} (id, checksum, finished_at, migration_name, logs, rolled_back_at, started_at, applied_steps_count) VALUES ${written};`, names: names(history.written) }]),
  ];
}

function split(history: MigrationFacts): { readonly stamped: readonly HistoryRow[]; readonly deleted: readonly HistoryRow[] } {
  const deleted = new Set(history.migrations.filter(({ treatment }) => treatment === 'delete-row').map(({ name }) => name));
  return { stamped: history.changed.filter(({ name }) => !deleted.has(name)), deleted: history.changed.filter(({ name }) => deleted.has(name)) };
}

/** Executes them; in a transaction. Throws ActionError `history-changed`, so that it is rolled back, where a row is not as the plan saw it. */
export async function changeRows(database: TargetDatabase, history: MigrationFacts): Promise<void> {
  for (const { sql, names } of statementsOf(history)) {
    const done = await database.query(`${sql.replace(/;$/, '')} RETURNING id`);
    if (done.length !== names.length) throw new ActionError('history-changed', `${names.length} rows were to be changed and ${done.length} could be`);
  }
}

/** How many rows a plan changes, and how many of these are as they should be: a failed one stamped, a deleted one gone, a new one there. */
export function countSettled(history: MigrationFacts, rows: readonly LiveRow[]): { readonly settled: number; readonly all: number } {
  const live = new Map(rows.map((row) => [row.id, row.state]));
  const { stamped, deleted } = split(history);
  const settled = stamped.filter(({ id }) => live.get(id) === 'rolled-back').length + deleted.filter(({ id }) => !live.has(id)).length + history.written.filter(({ id }) => live.get(id) === 'applied').length;
  return { settled, all: history.changed.length + history.written.length };
}

export function receiptOf(history: MigrationFacts): JsonObject {
  const { stamped, deleted } = split(history);
  return {
    markedRolledBack: stamped.map(({ name }) => name),
    deleted: deleted.map(({ name }) => name),
    markedApplied: history.written.map(({ name }) => name),
    kept: history.migrations.filter(({ treatment, state }) => treatment === 'keep-row' && state === 'applied').length,
  };
}
