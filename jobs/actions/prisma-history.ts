import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Fact, JsonObject } from '../../src/plan/plan.js';
import type { Action, ActionContext, StepContext, StepResult } from '../../src/ports/action.js';
import { type TargetDatabase, TargetDatabaseError } from '../../src/ports/target-database.js';
import { judge } from '../../src/verdict/judge.js';
import { type HistoryRow, type MigrationFacts, historyKeyPrefix, migrationFactsSchema } from '../../src/verdict/migration-facts.js';
import { ActionError } from './action-error.js';
import { paste } from './paste.js';
import { findHistory } from './prisma/find-history.js';
import { hashHistory, historyTable, readHistory } from './prisma/history-table.js';
import { migrationSource, readShipped } from './prisma/migration-source.js';
import { failed, failingInWords } from './step-failure.js';

const input = z.strictObject({
  database: z.string().min(1),
  schema: z.string().min(1).default('public'),
  /** Where the running release's migrations are, and the older one's. */
  current: migrationSource,
  target: migrationSource,
});
type Input = z.output<typeof input>;

/** Prisma's own key: its tools and planb exclude each other. */
const advisoryLock = 72707369;

/**
 * Settles Prisma's migration history for an older release: stamps failed rows whose scripts left nothing behind, deletes rows whose objects are gone, keeps the rest. Which
 * is right was decided from both releases and the live database when the plan was made; here exactly those rows are changed, or none.
 */
export const prismaHistoryAction: Action<Input> = {
  name: 'prisma.history',
  summary: 'Settles the rows of _prisma_migrations for an older release, as its objects in the database say.',
  input,
  defaultTimeoutMs: 5 * 60_000,
  inspect: async (context, given) => {
    const [current, target] = await Promise.all([readShipped(context, given.current), readShipped(context, given.target)]);
    const value = await withDatabase(context, given, (database) => findHistory(database, given.schema, current, target));
    return [{ key: factKey(given), kind: 'identity', label: `migration history in ${given.schema}`, value, readAt: new Date(context.now()).toISOString() }];
  },
  describe: (given, { facts }) => {
    const history = plannedHistory(given, facts);
    if (history !== undefined) refuseUnlessAllowed(history);
    const statements = history === undefined ? [] : statementsOf(history).map(({ sql, rows }) => `BEGIN; ${sql} COMMIT;   -- ${rows.map(({ name }) => name).join(', ')}`);
    return {
      commands: statements.length === 0 ? [`# ${historyTable(given.schema)} stays as it is`] : statements.map((sql) => paste(['psql', given.database, '-c', sql])),
      effect: 'idempotent',
      destructive: false,
      changes: history !== undefined && history.changed.length > 0 ? [{ key: factKey(given) }] : [],
      estimateMs: 1_000,
    };
  },
  before: async (context, given) => {
    const history = plannedHistory(given, context.facts);
    const rows = history === undefined ? [] : await withDatabase(context, given, (database) => readWholeRows(database, given.schema, history.changed));
    return { rows, file: await saveRows(context, rows) };
  },
  execute: (context, given) => failingInWords(context.mask, () => settle(context, given)),
  probe: async (context, given) => {
    const history = plannedHistory(given, context.facts);
    if (history === undefined) return { outcome: 'unclear', saw: 'the plan holds no history' };
    const rows = await withDatabase(context, given, (database) => readHistory(database, given.schema)).catch((error: unknown) => {
      if (error instanceof ActionError || error instanceof TargetDatabaseError) return context.mask(error.message);
      throw error;
    });
    if (typeof rows === 'string') return { outcome: 'unclear', saw: rows };
    const settled = settledNames(history, rows);
    if (settled.length === history.changed.length) return { outcome: 'happened', receipt: receiptOf(history), saw: 'every row is as it should be' };
    if (hashHistory(rows) === history.sha256) return { outcome: 'absent', saw: 'the rows are as the plan saw them' };
    return { outcome: 'unclear', saw: `${settled.length} of ${history.changed.length} rows are settled, and others changed since the plan` };
  },
};

const factKey = (given: Input): string => `${historyKeyPrefix}${given.schema}:${given.target.directory}`;

function plannedHistory(given: Input, facts: readonly Fact[]): MigrationFacts | undefined {
  const fact = facts.find(({ key }) => key === factKey(given));
  return fact === undefined ? undefined : migrationFactsSchema.parse(fact.value);
}

/** This action destroys nothing and reverses nothing: where the schema itself would have to go back, there is no plan. */
function refuseUnlessAllowed(history: MigrationFacts): void {
  const verdict = judge({ sameRelease: false, history });
  if (verdict.kind !== 'restore-backup' && verdict.kind !== 'roll-forward') return;
  throw new ActionError(verdict.kind, verdict.reasons.map(({ text }) => text).join('; '));
}

interface Statement {
  readonly sql: string;
  readonly rows: readonly HistoryRow[];
}

/** Conditions repeat what the plan saw, so that a pasted statement changes nothing else either. */
function statementsOf(history: MigrationFacts): readonly Statement[] {
  const ids = (rows: readonly HistoryRow[]): string => rows.map(({ id }) => `'${id.replaceAll("'", "''")}'`).join(', ');
  const { stamped, deleted } = split(history);
  return [
    ...(stamped.length === 0 ? [] : [{ sql: `UPDATE ${historyTable(history.schema)} SET rolled_back_at = now() WHERE id IN (${ids(stamped)}) AND finished_at IS NULL AND rolled_back_at IS NULL;`, rows: stamped }]),
    ...(deleted.length === 0 ? [] : [{ sql: `DELETE FROM ${historyTable(history.schema)} WHERE id IN (${ids(deleted)}) AND rolled_back_at IS NULL;`, rows: deleted }]),
  ];
}

function split(history: MigrationFacts): { readonly stamped: readonly HistoryRow[]; readonly deleted: readonly HistoryRow[] } {
  const deleted = new Set(history.migrations.filter(({ treatment }) => treatment === 'delete-row').map(({ name }) => name));
  return { stamped: history.changed.filter(({ name }) => !deleted.has(name)), deleted: history.changed.filter(({ name }) => deleted.has(name)) };
}

async function settle(context: StepContext, given: Input): Promise<StepResult> {
  const history = plannedHistory(given, context.facts);
  if (history === undefined) return failed('no-facts', 'the plan holds no migration history; plan again');
  return withDatabase(context, given, (database) =>
    database.transaction(async (inside) => {
      await takeLock(inside);
      const rows = await readHistory(inside, given.schema, true);
      if (settledNames(history, rows).length === history.changed.length && history.changed.length > 0) return { ok: true, receipt: receiptOf(history) };
      if (hashHistory(rows) !== history.sha256) return failed('history-changed', `${historyTable(given.schema)} changed since the plan was made; plan again`);
      await saveRows(context, await readWholeRows(inside, given.schema, history.changed));
      for (const { sql, rows: wanted } of statementsOf(history)) {
        const done = await inside.query(`${sql.replace(/;$/, '')} RETURNING id`);
        // Thrown, so that the transaction is rolled back.
        if (done.length !== wanted.length) throw new ActionError('history-changed', `${wanted.length} rows were to be changed and ${done.length} could be`);
      }
      return { ok: true, receipt: receiptOf(history) };
    }),
  );
}

async function takeLock(database: TargetDatabase): Promise<void> {
  await database.query("SET LOCAL lock_timeout = '10s'");
  try {
    await database.query('SELECT pg_advisory_xact_lock($1)', [advisoryLock]);
  } catch (error) {
    if (!(error instanceof TargetDatabaseError) || error.sqlState !== '55P03') throw error;
    throw new ActionError('migration-lock-held', 'another session holds the migration lock (72707369): a migration is running, or left it behind a connection pooler', { retryable: true, cause: error });
  }
}

/** The changed rows that already are as they should be: a failed one stamped, a deleted one gone. */
function settledNames(history: MigrationFacts, rows: readonly HistoryRow[]): readonly string[] {
  const live = new Map(rows.map((row) => [row.id, row.state]));
  const { stamped, deleted } = split(history);
  return [...stamped.filter(({ id }) => live.get(id) === 'rolled-back'), ...deleted.filter(({ id }) => !live.has(id))].map(({ name }) => name);
}

async function readWholeRows(database: TargetDatabase, schema: string, rows: readonly HistoryRow[]): Promise<readonly JsonObject[]> {
  return rows.length === 0 ? [] : database.query(`SELECT * FROM ${historyTable(schema)} WHERE id = ANY($1) ORDER BY id`, [rows.map(({ id }) => id)]);
}

/** A copy of every row before it is changed (rule 9), flushed. */
async function saveRows(context: StepContext, rows: readonly JsonObject[]): Promise<string> {
  // One file an attempt: a later one finds rows that an earlier one has changed already.
  const path = join(await context.runFolder(), `history-${context.attemptId.split('/').slice(1).join('-')}.json`);
  const file = await open(path, 'w', 0o600);
  try {
    await file.writeFile(`${JSON.stringify(rows, null, 2)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return path;
}

function receiptOf(history: MigrationFacts): JsonObject {
  const { stamped, deleted } = split(history);
  return {
    markedRolledBack: stamped.map(({ name }) => name),
    deleted: deleted.map(({ name }) => name),
    kept: history.migrations.filter(({ treatment, state }) => treatment === 'keep-row' && state === 'applied').length,
  };
}

async function withDatabase<T>(context: ActionContext, given: Input, work: (database: TargetDatabase) => Promise<T>): Promise<T> {
  const database = await context.connectDatabase(given.database);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}
