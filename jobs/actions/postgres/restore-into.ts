import { z } from 'zod';
import type { JsonObject } from '../../../src/plan/plan.js';
import type { StepContext } from '../../../src/ports/action.js';
import type { TargetDatabase } from '../../../src/ports/target-database.js';
import { ActionError } from '../action-error.js';
import { lastLine } from '../run.js';
import { onWorker, sayWay, withClientWay } from './client-way.js';
import { compareCounts, countRows, listTables, sayDifferences } from './count-rows.js';
import { hashDump } from './dump-manifest.js';
import { userTables } from './prove-dump.js';
import type { DumpArchive } from './restore-archive.js';
import { compareHistories } from './restore-histories.js';
import type { DumpSource } from './restore-source.js';

/** As the live database had them: owners, privileges, everything that the dump holds. */
export const liveRestoreOptions = ['--exit-on-error', '--no-password'] as const;

/** Counting and collecting statistics read it all: no shorter limit fits every database. */
const statementMs = 24 * 3_600_000;

/**
 * Safe here: the swap's own commit, which comes last, is synchronous and takes everything before it to the disk.
 */
const faster = '-c synchronous_commit=off -c maintenance_work_mem=128MB -c statement_timeout=0 -c idle_in_transaction_session_timeout=0 -c lock_timeout=0';

export interface Restoring {
  readonly dump: DumpSource;
  /** What the catalogue says of its contents. */
  readonly sha256: string | undefined;
  readonly archive: DumpArchive;
  readonly jobs: number;
}

/**
 * Restores the dump into an empty database and checks that nothing is missing; returns what the receipt says of it. Throws ActionError `restore-failed`, `dump-changed` or
 * `restore-differs`, TargetDatabaseError, and what an aborted signal throws.
 */
export async function restoreInto(context: StepContext, url: string, { dump, sha256, archive, jobs }: Restoring): Promise<JsonObject> {
  const startedAt = context.now();
  const stop = new AbortController();
  const restoring = runRestore(context, url, dump, archive, jobs, stop.signal);
  const hashing = checkHashes(dump, sha256, context.signal);
  // What was changed since it was taken is not worth waiting for.
  hashing.catch(() => { stop.abort(); });
  // Both have ended before anything is said of either; what is wrong with the files is the reason for all else.
  const [restored, hashed] = await Promise.allSettled([restoring, hashing]);
  context.signal.throwIfAborted();
  if (hashed.status === 'rejected') throw hashed.reason;
  if (restored.status === 'rejected') throw restored.reason;
  const restoredAt = context.now();
  const checked = await check(context, url, dump, archive);
  return { ...checked, restoreSeconds: (restoredAt - startedAt) / 1_000, checkSeconds: (context.now() - restoredAt) / 1_000 };
}

async function runRestore(context: StepContext, url: string, dump: DumpSource, archive: DumpArchive, jobs: number, signal: AbortSignal): Promise<void> {
  let done = 0;
  const all = archive.tables;
  const tell = (): void => { context.progress(`restoring ${Math.min(done + 1, all)} of ${all} tables`); };
  tell();
  const outcome = await withClientWay(context, url, ({ publicUrl, env }) => onWorker(context).run(
    {
      argv: [archive.client.path, ...liveRestoreOptions, '--verbose', `--jobs=${jobs}`, `--dbname=${publicUrl}`, dump.path],
      env: { ...env, PGOPTIONS: faster, LC_ALL: 'C' },
      signal: AbortSignal.any([context.signal, signal]),
      onLine: ({ text }) => {
        if (!/finished item \d+ TABLE DATA /.test(text)) return;
        done += 1;
        tell();
      },
    },
    { quiet: true },
  ));
  if (outcome.ok || outcome.aborted) return;
  const said = outcome.output.split('\n').find((line) => /error:|FATAL|PANIC/.test(line));
  throw new ActionError('restore-failed', `pg_restore failed: ${lastLine(said ?? outcome.output) || outcome.summary}${sayWay(context)}`);
}

/** Of planb's own dumps and of registered ones; of others nobody wrote down what they were. */
async function checkHashes(dump: DumpSource, sha256: string | undefined, signal: AbortSignal): Promise<void> {
  const wanted = [dump.manifest?.sha256, sha256].filter((one) => one !== undefined);
  if (wanted.length === 0) return;
  const now = await hashDump(dump, signal);
  if (wanted.some((one) => one !== now.sha256)) throw new ActionError('dump-changed', `the files in ${dump.path} are not those that were dumped: their checksum differs`);
}

/** Counts and compares, and meanwhile has statistics collected: a restored database has none, and the first queries of a busy application would find that out. */
async function check(context: StepContext, url: string, dump: DumpSource, archive: DumpArchive): Promise<JsonObject> {
  const open: TargetDatabase[] = [];
  const close = (): void => { for (const one of open) void one.close(); };
  const connect = async (): Promise<TargetDatabase> => {
    const database = await context.connectDatabase(url, { statementMs });
    open.push(database);
    return database;
  };
  context.signal.addEventListener('abort', close, { once: true });
  try {
    const database = await connect();
    const collecting = await connect();
    context.signal.throwIfAborted();
    const statistics = collecting.query('ANALYZE');
    // Awaited below, once nothing was found to be missing.
    statistics.catch(() => undefined);
    const { counted } = await listTables(database);
    const rows = await countRows(database, counted, (done) => { context.progress(`counting ${done + 1} of ${counted.length} tables`); });
    const compared = dump.manifest === undefined ? await compareTables(database, archive) : compareRows(dump.manifest.tables, rows);
    const histories = await compareHistories(context, database, dump, archive);
    context.progress('collecting statistics');
    await statistics;
    const tables = userTables(rows);
    return { compared, tables: tables.length, rows: tables.reduce((sum, table) => sum + table.rows, 0), ...histories };
  } catch (error) {
    context.signal.throwIfAborted();
    throw error;
  } finally {
    context.signal.removeEventListener('abort', close);
    await Promise.all(open.map((one) => one.close()));
  }
}

function compareRows(expected: Parameters<typeof compareCounts>[0], found: Parameters<typeof compareCounts>[1]): string {
  const differences = compareCounts(expected, found);
  if (differences.length > 0) throw new ActionError('restore-differs', `the restored database does not hold what the backup did: ${sayDifferences(differences)}`);
  return 'the rows of every table, with those counted when the backup was taken';
}

/** Nobody counted when such a dump was taken: whether every table came is all that can be told. */
async function compareTables(database: TargetDatabase, archive: DumpArchive): Promise<string> {
  const [row] = await database.query(
    `SELECT count(*)::int AS tables FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`,
  );
  const { tables } = z.object({ tables: z.number() }).parse(row);
  if (tables !== archive.tables) throw new ActionError('restore-differs', `the dump lists ${archive.tables} tables and ${tables} were restored`);
  return 'the tables that the dump lists; their rows could not be compared, since nobody counted them when it was taken';
}
