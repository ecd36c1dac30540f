import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Fact } from '../../src/plan/plan.js';
import type { Action, StepContext, StepResult } from '../../src/ports/action.js';
import { type TargetDatabase, TargetDatabaseError } from '../../src/ports/target-database.js';
import { judgeMigrations } from '../../src/verdict/judge-prisma.js';
import { lockKeyPrefix, sayLock } from '../../src/verdict/lock-facts.js';
import { type MigrationFacts, historyKeyPrefix, migrationFactsSchema } from '../../src/verdict/migration-facts.js';
import { ActionError } from './action-error.js';
import { paste } from './paste.js';
import { splitPassword } from './postgres/libpq-url.js';
import { schemaOf } from './prisma/cli-input.js';
import { findHistory } from './prisma/find-history.js';
import { hashHistory, historyTable, noPermission, readHistory } from './prisma/history-table.js';
import { migrationLock, readLockHolders } from './prisma/migration-lock.js';
import { migrationSource, readShipped } from './prisma/migration-source.js';
import { withTargetDatabase } from './prisma/read-rows.js';
import { readWholeRows, saveRows } from './prisma/save-rows.js';
import { changeRows, countSettled, receiptOf, statementsOf } from './prisma/settle-history.js';
import { failed, failingInWords } from './step-failure.js';

const input = z.strictObject({
  database: z.string().min(1),
  /** Default: the URL's own `schema` parameter, as Prisma reads it, else public. */
  schema: z.string().min(1).optional(),
  /** Tells two histories of one plan apart; needed only where two databases have one of the same schema. */
  name: z.string().min(1).optional(),
  /** Where the running release's migrations are, and the older one's. */
  current: migrationSource,
  target: migrationSource,
});
type Input = z.output<typeof input>;

/**
 * Settles Prisma's migration history for an older release: stamps failed rows whose scripts left nothing behind, deletes rows whose objects are gone, writes those whose objects are there, keeps the rest. Which
 * is right was decided from both releases and the live database when the plan was made; here exactly those rows are changed, or none.
 */
export const prismaHistoryAction: Action<Input> = {
  name: 'prisma.history',
  summary: 'Settles the rows of _prisma_migrations for an older release, as its objects in the database say.',
  input,
  remote: true,
  defaultTimeoutMs: 5 * 60_000,
  inspect: async (context, given) => {
    const [current, target] = await Promise.all([readShipped(context, given.current), readShipped(context, given.target)]);
    const schema = schemaOf(given);
    return withTargetDatabase(context, given.database, async (database) => {
      const value = await findHistory(database, schema, current, target);
      const holders = await readLockHolders(database);
      const readAt = new Date(context.now()).toISOString();
      const history: Fact = { key: factKey(given), kind: 'identity', label: `migration history of ${value.database}, schema ${schema}`, value, readAt };
      return holders.length === 0 ? [history] : [history, { key: factKey(given).replace(historyKeyPrefix, lockKeyPrefix), kind: 'measured', label: `who holds the migration lock of ${value.database}`, value: holders.map((holder) => ({ ...holder })), readAt }];
    });
  },
  describe: (given, { facts }) => {
    const found = describedHistory(given, facts);
    if (found !== undefined) refuseUnlessAllowed(found.history);
    const statements = found === undefined ? [] : statementsOf(found.history);
    const script = statements.map(({ sql, names }) => `${sql} -- ${names.map((name) => name.replaceAll(/\s+/g, ' ')).join(', ')}`).join('\n');
    return {
      commands: found === undefined || statements.length === 0 ? [`# ${historyTable(found?.history.schema ?? given.schema ?? 'public')} stays as it is`] : [paste(['psql', given.database, '-c', `BEGIN;\n${script}\nCOMMIT;`])],
      effect: 'idempotent',
      destructive: false,
      changes: found !== undefined && statements.length > 0 ? [{ key: found.key }] : [],
      estimateMs: 1_000,
    };
  },
  before: async (context, given) => {
    const history = plannedHistory(given, context.facts);
    if (history === undefined) return {};
    const rows = await withTargetDatabase(context, given.database, (database) => readWholeRows(database, history));
    return { rows, file: await saveRows(context, history, rows) };
  },
  execute: (context, given) => failingInWords(context.mask, () => settle(context, given)),
  probe: async (context, given) => {
    const history = plannedHistory(given, context.facts);
    if (history === undefined) return { outcome: 'unclear', saw: 'the plan holds no history' };
    const rows = await withTargetDatabase(context, given.database, (database) => readHistory(database, history.schema)).catch((error: unknown) => {
      if (error instanceof ActionError || error instanceof TargetDatabaseError) return context.mask(error.message);
      throw error;
    });
    if (typeof rows === 'string') return { outcome: 'unclear', saw: rows };
    const { settled, all } = countSettled(history, rows);
    if (settled === all) return { outcome: 'happened', receipt: receiptOf(history), saw: 'every row is as it should be' };
    if (hashHistory(rows) === history.sha256) return { outcome: 'absent', saw: 'the rows are as the plan saw them' };
    return { outcome: 'unclear', saw: `${settled} of ${all} rows are settled, and others changed since the plan` };
  },
};

/**
 * The end tells databases and schemas apart; the part before it is all that `describe` knows, which sees a reference instead of the URL.
 */
const keyStart = (given: Input): string => `${historyKeyPrefix}${given.name ?? given.schema ?? 'public'}:`;
const factKey = (given: Input): string => `${keyStart(given)}${createHash('sha256').update(`${splitPassword(given.database).short}/${schemaOf(given)}`).digest('hex').slice(0, 8)}`;

/** Throws ActionError `ambiguous-history`. */
function describedHistory(given: Input, facts: readonly Fact[]): { readonly key: string; readonly history: MigrationFacts } | undefined {
  const start = keyStart(given);
  const found = facts.filter(({ key }) => key.startsWith(start) && !key.slice(start.length).includes(':'));
  const [fact] = found;
  if (found.length > 1) throw new ActionError('ambiguous-history', `the plan holds ${found.length} migration histories called "${start.slice(historyKeyPrefix.length, -1)}"; give each prisma.history step a name: of its own`);
  return fact === undefined ? undefined : { key: fact.key, history: migrationFactsSchema.parse(fact.value) };
}

function plannedHistory(given: Input, facts: readonly Fact[]): MigrationFacts | undefined {
  const fact = facts.find(({ key }) => key === factKey(given));
  return fact === undefined ? undefined : migrationFactsSchema.parse(fact.value);
}

/** This action destroys nothing and reverses nothing: where the schema itself would have to go back, there is no plan. */
function refuseUnlessAllowed(history: MigrationFacts): void {
  const { kind, reasons } = judgeMigrations(history, { sameRelease: false }, '');
  if (kind === 'restore-backup' || kind === 'roll-forward') throw new ActionError(kind, reasons.map(({ text }) => text).join('; '));
  if (!history.mayWrite && statementsOf(history).length > 0) throw noPermission(history.role, history.schema, 'SELECT, INSERT, UPDATE, DELETE');
}

async function settle(context: StepContext, given: Input): Promise<StepResult> {
  const history = plannedHistory(given, context.facts);
  if (history === undefined) return failed('no-facts', 'the plan holds no migration history; plan again');
  const writes = statementsOf(history).length > 0;
  return withTargetDatabase(context, given.database, async (database) =>
    namingTheHolder(database, () =>
      database.transaction(async (inside) => {
        if (writes) await takeLock(inside);
        const rows = await readHistory(inside, history.schema, writes);
        const { settled, all } = countSettled(history, rows);
        if (settled === all && all > 0) return { ok: true, receipt: receiptOf(history) };
        if (hashHistory(rows) !== history.sha256) return failed('history-changed', `${historyTable(history.schema)} changed since the plan was made; plan again`);
        await saveRows(context, history, await readWholeRows(inside, history));
        await changeRows(inside, history);
        return { ok: true, receipt: receiptOf(history) };
      }),
    ),
  );
}

/** Of the transaction, so that it ends with it: behind a pooler that lends connections by the transaction a session's lock would stay with somebody else. */
async function takeLock(database: TargetDatabase): Promise<void> {
  await database.query("SET LOCAL lock_timeout = '10s'");
  await database.query('SELECT pg_advisory_xact_lock($1)', [migrationLock]);
}

/** The lock was not to be had, or not the rows: says who has it, once the transaction is over. */
async function namingTheHolder(database: TargetDatabase, work: () => Promise<StepResult>): Promise<StepResult> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TargetDatabaseError) || error.sqlState !== '55P03') throw error;
    const holders = await readLockHolders(database).catch((unreadable: unknown) => {
      if (unreadable instanceof TargetDatabaseError) return [];
      throw unreadable;
    });
    const who = holders.length === 0 ? 'another session held the migration lock (72707369) or rows of the history: a migration is running, or left it behind a connection pooler' : holders.map(sayLock).join('; ');
    throw new ActionError('migration-lock-held', who, { retryable: true, cause: error });
  }
}
