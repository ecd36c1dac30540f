import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Fact } from '../../src/plan/plan.js';
import type { Action, ActionContext, StepContext, StepResult } from '../../src/ports/action.js';
import type { TargetDatabase } from '../../src/ports/target-database.js';
import { backupName } from '../../src/runbook/check-references.js';
import { ActionError } from './action-error.js';
import { paste } from './paste.js';
import { dumpName } from './postgres/dump-name.js';
import { splitPassword } from './postgres/libpq-url.js';
import { count as countRowsOf, countLoss, estimateLoss } from './postgres/loss-count.js';
import { exportRows } from './postgres/loss-export.js';
import { type LossSeen, lossFact, lossKeyPrefix, lostLines } from './postgres/loss-fact.js';
import { type LossManifest, lossReceipt, readLossManifest, writeLossManifest } from './postgres/loss-manifest.js';
import { findSince, settleSince } from './postgres/loss-since.js';
import { readLossTables, usableHorizon } from './postgres/loss-tables.js';
import { failed, failingInWords } from './step-failure.js';

const input = z.strictObject({
  database: z.string().min(1),
  /** The moment, with its zone: `2026-11-20T02:10:00Z`. */
  since: z.iso.datetime({ offset: true }).optional(),
  /** Or that of a backup's snapshot: an id of the catalogue, `of RELEASE`, a step of this run that takes a dump, or a dump's path. */
  backup: backupName().optional(),
  /** Default: all. */
  tables: z.array(z.string().min(1)).min(1).optional(),
  /** The plan loses these rows (a restore follows): they are named as lost before anybody votes. */
  losing: z.boolean().default(false),
  /** Where exports are kept, an absolute path; default: with the run. */
  folder: z.string().startsWith('/').optional(),
}).refine(({ since, backup }) => (since === undefined) !== (backup === undefined), 'give either since: or backup:');
type Input = z.output<typeof input>;

/** While planning: one statement, and all of them. What takes longer is estimated. */
const planning = { statementMs: 1_500, allMs: 4_000 } as const;
/** Counting a large table takes its time. */
const statementMs = 24 * 3_600_000;
/** A table that does not say when its rows came is exported as a whole up to this size. */
const wholeBytes = 256 * 1024 * 1024;

/** Counts the rows that came after a moment, per table, by each table's real time column, and exports them: while planning as well as can be done quickly, as a step exactly. */
export const postgresLossAction: Action<Input> = {
  name: 'postgres.loss',
  summary: 'Counts the rows that came after a moment or a backup, table by table, and exports them as CSV.',
  input,
  remote: true,
  inspectsForItself: true,
  measuresOnly: true,
  defaultTimeoutMs: 2 * 3_600_000,
  inspect: inspectLoss,
  describe: (given, { facts }) => {
    const found = facts.filter(({ key }) => key.startsWith(lossKeyPrefix)).map(({ value }) => lossFact.parse(value)).filter(({ asked }) => asked === askedFor(given));
    const seen = found.length === 1 ? found[0] : undefined;
    const since = given.since ?? `the backup ${given.backup ?? ''}`;
    return {
      commands: [`${paste(['psql', given.database, '-c', "COPY (SELECT * FROM … WHERE … > …) TO STDOUT (FORMAT csv, HEADER true)"])}   # the rows since ${since}, of ${given.tables?.join(', ') ?? 'every table'}, to ${seen?.folder ?? given.folder ?? 'the run’s folder'}`],
      effect: 'idempotent',
      destructive: false,
      changes: [],
      ...(given.losing ? { lost: lostLines(seen, given.backup) } : {}),
    };
  },
  execute: (context, given) => failingInWords(context.mask, () => countAndExport(context, given)),
  probe: async (context, given) => {
    const folder = await exportFolder(context, given);
    const manifest = await readLossManifest(folder);
    if (manifest === undefined) return { outcome: 'absent', saw: `there is no complete export in ${folder}` };
    return { outcome: 'happened', receipt: lossReceipt(folder, manifest), saw: `the export in ${folder} is complete` };
  },
  cleanup: async (context, given) => rm(`${await exportFolder(context, given)}.partial`, { recursive: true, force: true }),
};

const lossKey = (given: Input): string => `${lossKeyPrefix}${splitPassword(given.database).short}:${askedFor(given)}`;
const askedFor = ({ since, backup }: Input): string => since ?? backup ?? '';

async function inspectLoss(context: ActionContext, given: Input): Promise<readonly Fact[]> {
  const since = await findSince(context, given);
  if (since === undefined) return [];
  const database = await context.connectDatabase(given.database, { statementMs: planning.statementMs });
  try {
    await database.query(`SET lock_timeout = '500ms'`);
    await database.query('SET row_security = off');
    const tables = await readLossTables(database, given.tables);
    const until = context.now() + planning.allMs;
    const horizon = await usableHorizon(database, since.dumped);
    const { told, untold } = await estimateLoss({ database, tables, since: since.at, horizon, counted: since.counted }, () => context.now() >= until);
    const name = await nameOf(database);
    const value: LossSeen = {
      asked: askedFor(given), losing: given.losing, database: name, since: since.at, folder: given.folder ?? join(await context.runFolder(), 'loss'), ...(since.path === undefined ? {} : { path: since.path }),
      told: told.filter(({ rows }) => rows > 0).map(({ table, rows, about }) => ({ table: table.said, rows, about, changed: horizon !== undefined || table.by?.column.tells === 'changed' })),
      onlyCame: horizon === undefined ? told.filter(({ table }) => table.by?.column.tells === 'created').map(({ table }) => table.said) : [],
      untold: untold.map(({ table, why, difference }) => ({ table: table.said, why, whole: table.bytes <= wholeBytes, ...(difference === undefined ? {} : { difference }) })),
    };
    return [{ key: lossKey(given), kind: 'measured', label: `rows of ${name} since ${since.at}`, value, readAt: new Date(context.now()).toISOString() }];
  } finally {
    await database.close();
  }
}

async function countAndExport(context: StepContext, given: Input): Promise<StepResult> {
  const folder = await exportFolder(context, given);
  const done = await readLossManifest(folder);
  if (done !== undefined) return { ok: true, receipt: lossReceipt(folder, done) };
  const approved = context.facts.find(({ key }) => key === lossKey(given));
  const since = await settleSince(context, given, approved === undefined ? undefined : lossFact.parse(approved.value));
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  // It holds what the database does.
  await mkdir(partial, { recursive: true, mode: 0o700 });
  const database = await context.connectDatabase(given.database, { statementMs });
  const close = (): void => void database.close();
  context.signal.addEventListener('abort', close, { once: true });
  try {
    const manifest = await database.transaction(() => count(context, database, { given, since, partial }));
    if (manifest === undefined) return failed('not-exported', 'an export does not hold as many rows as were counted in the same snapshot; is the disk full?', { retryable: true });
    await writeLossManifest(partial, manifest);
    await rm(folder, { recursive: true, force: true });
    await rename(partial, folder);
    return { ok: true, receipt: lossReceipt(folder, manifest) };
  } catch (error) {
    context.signal.throwIfAborted();
    throw error;
  } finally {
    context.signal.removeEventListener('abort', close);
    await database.close();
    await rm(partial, { recursive: true, force: true });
  }
}

interface Counted {
  readonly given: Input;
  readonly since: Awaited<ReturnType<typeof settleSince>>;
  readonly partial: string;
}

/** Within one snapshot, which psql shares. Undefined: the files do not hold what was counted. */
async function count(context: StepContext, database: TargetDatabase, { given, since, partial }: Counted): Promise<LossManifest | undefined> {
  await database.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
  await database.query(`SELECT set_config('idle_in_transaction_session_timeout', '0', true), set_config('row_security', 'off', true), set_config('lock_timeout', '60s', true)`);
  const [row] = await database.query('SELECT pg_export_snapshot() AS id, transaction_timestamp() AS at');
  const { id, at } = z.object({ id: z.string(), at: z.string() }).parse(row);
  if (Date.parse(since.at) > Date.parse(at)) throw new ActionError('future-moment', `${since.at} is in the future of the database's clock, which says ${at}`);
  const tables = await readLossTables(database, given.tables);
  const horizon = await usableHorizon(database, since.dumped);
  const { told, untold } = await countLoss({ database, tables, since: since.at, horizon, counted: since.counted }, (done) => { context.progress(`counting ${done + 1} of ${tables.length} tables`); });
  context.progress('exporting the rows');
  const whole = untold.filter(({ table }) => table.bytes <= wholeBytes);
  const wanted = [...told.filter(({ rows }) => rows > 0).map(({ table }) => table), ...whole.map(({ table }) => table)];
  const files = wanted.length === 0 ? [] : await exportRows(context, { url: given.database, folder: partial, snapshot: id, since: since.at, horizon, tables: wanted });
  const expected = [...told.filter(({ rows }) => rows > 0), ...(await Promise.all(whole.map(async ({ table }) => ({ table, rows: await countRowsOf(database, table.name) }))))];
  if (expected.some(({ table, rows }) => files.find((file) => file.table === table.said)?.rows !== rows)) return undefined;
  return {
    version: 1, database: await nameOf(database), since: since.at, countedAt: at, files,
    told: told.map(({ table: { said, by }, rows }) => horizon !== undefined || by === undefined ? { table: said, rows, tells: 'written' } : {
      table: said, rows, column: by.column.name, tells: by.column.tells, ...(by.zone === undefined ? {} : { zone: by.zone }), ...(by.because === undefined ? {} : { because: by.because }),
    }),
    untold: untold.map(({ table, why, difference }) => ({ table: table.said, why, whole: table.bytes <= wholeBytes, ...(difference === undefined ? {} : { difference }) })),
  };
}

async function nameOf(database: TargetDatabase): Promise<string> {
  const [row] = await database.query('SELECT current_database() AS name');
  return z.object({ name: z.string() }).parse(row).name;
}

async function exportFolder(context: StepContext, given: Input): Promise<string> {
  return join(given.folder ?? join(await context.runFolder(), 'loss'), dumpName(context, context.step, given.database));
}
