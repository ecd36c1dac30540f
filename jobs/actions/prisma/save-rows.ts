import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonObject } from '../../../src/plan/plan.js';
import type { StepContext } from '../../../src/ports/action.js';
import type { TargetDatabase } from '../../../src/ports/target-database.js';
import type { MigrationFacts } from '../../../src/verdict/migration-facts.js';
import { historyTable } from './history-table.js';
import { migrationLock } from './migration-lock.js';

/** The rows that a plan changes, whole, their times to the microsecond. */
export async function readWholeRows(database: TargetDatabase, history: MigrationFacts): Promise<readonly JsonObject[]> {
  if (history.changed.length === 0) return [];
  const rows = await database.query(`SELECT to_jsonb(r) AS row FROM ${historyTable(history.schema)} r WHERE id = ANY($1) ORDER BY id`, [history.changed.map(({ id }) => id)]);
  return rows.flatMap(({ row }) => (row !== null && typeof row === 'object' && !Array.isArray(row) ? [row as JsonObject] : []));
}

/** A copy of every row before it is changed (rule 9), and beside it the script that puts them back, both flushed. Returns the copy's path. */
export async function saveRows(context: StepContext, history: MigrationFacts, rows: readonly JsonObject[]): Promise<string> {
  // One file an attempt: a later one finds rows that an earlier one has changed already.
  const path = join(await context.runFolder(), `history-${context.attemptId.split('/').slice(1).join('-')}`);
  await write(`${path}.json`, `${JSON.stringify(rows, null, 2)}\n`);
  await write(`${path}-restore.sql`, restoreScript(history, rows));
  return `${path}.json`;
}

async function write(path: string, content: string): Promise<void> {
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** For `psql -f`: the history as it was, in one transaction under Prisma's lock; may run twice. The dollar quotes need a tag that no log contains. */
export function restoreScript(history: MigrationFacts, rows: readonly JsonObject[]): string {
  const table = historyTable(history.schema);
  const json = JSON.stringify(rows);
  let tag = 'rows';
  while (json.includes(`$${tag}$`)) tag += '_';
  const ids = [...history.changed, ...history.written].map(({ id }) => `'${id.replaceAll("'", "''")}'`).join(', ');
  return [
    `-- Puts the migration history of ${JSON.stringify(history.database)} back as it was before planb changed it.`,
    '\\set ON_ERROR_STOP on',
    'BEGIN;',
    `SELECT pg_advisory_xact_lock(${migrationLock});`,
    ...(ids === '' ? [] : [`DELETE FROM ${table} WHERE id IN (${ids});`]),
    ...(rows.length === 0 ? [] : [`INSERT INTO ${table} SELECT * FROM jsonb_populate_recordset(NULL::${table}, $${tag}$${json}$${tag}$::jsonb);`]),
    'COMMIT;',
    '',
  ].join('\n');
}
