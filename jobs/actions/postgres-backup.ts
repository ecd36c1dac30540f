import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Fact } from '../../src/plan/plan.js';
import type { Action, ActionContext, ProbeResult, StepContext, StepResult } from '../../src/ports/action.js';
import type { ProgramOutcome } from '../../src/ports/program.js';
import { ActionError } from './action-error.js';
import { paste } from './paste.js';
import { backupReceipt } from './postgres/backup-receipt.js';
import type { TableRows } from './postgres/count-rows.js';
import { type DatabaseFacts, readDatabaseFacts } from './postgres/database-facts.js';
import { buildManifest, readManifest, writeManifest } from './postgres/dump-manifest.js';
import { type DumpPlan, planDump, sayBytes } from './postgres/dump-plan.js';
import { type PostgresClient, findClient } from './postgres/find-client.js';
import { freeBytes } from './postgres/free-bytes.js';
import { type LibpqUrl, splitPassword } from './postgres/libpq-url.js';
import { proofCommands, proofFact, proofMs } from './postgres/proof-plan.js';
import { proveStep } from './postgres/prove-step.js';
import { readProof } from './postgres/proof-file.js';
import { type Snapshot, withSnapshot } from './postgres/snapshot.js';
import { lastLine, lastLines } from './run.js';
import { failed, failingInWords } from './step-failure.js';

const input = z.strictObject({
  database: z.string().min(1),
  /** Where dumps are kept, an absolute path; default: with the run. */
  folder: z.string().startsWith('/').optional(),
  /** Parallel connections; never more than cores. */
  jobs: z.number().int().min(1).max(64).optional(),
  /** gzip level; default by free disk. */
  compress: z.number().int().min(0).max(9).optional(),
  /** Restores the dump into a throwaway server and compares every table's rows before the step is done. */
  prove: z.boolean().optional(),
});
type Input = z.output<typeof input>;

const dumpOptions = ['--format=directory', '--no-password', '--lock-wait-timeout=60s'] as const;

/** What `inspect` leaves for `describe`, which cannot know the server. */
const dumpFact = z.object({ pgDump: z.string(), jobs: z.number(), compress: z.number(), bytes: z.number(), needed: z.number(), free: z.number() });

/**
 * Dumps a database with the `pg_dump` that fits its server, in directory format, in parallel, within one snapshot whose rows are counted meanwhile, and writes counts and
 * checksums beside it. The folder gets its name when all is done; until then it ends in `.partial`. With `prove`, the dump is then restored and compared.
 */
export const postgresBackupAction: Action<Input> = {
  name: 'postgres.backup',
  summary: 'Dumps a PostgreSQL database with checksums; refuses before it starts where the disk would not hold it.',
  input,
  defaultTimeoutMs: 2 * 3_600_000,
  inspect: inspectDatabase,
  describe: (given, { facts }) => {
    const plans = facts.filter((fact) => fact.key.startsWith('postgres-dump:')).map((fact) => dumpFact.parse(fact.value));
    // The URL is still a reference here: with several databases in one plan nothing tells which is which.
    const plan = plans.length === 1 ? plans[0] : undefined;
    for (const one of plans) refuseFullDisk(one, one.free);
    const args = plan === undefined ? [] : [`--jobs=${plan.jobs}`, `--compress=${plan.compress}`];
    const dump = `${given.folder ?? '.'}/dump`;
    return {
      commands: [
        `${paste([plan?.pgDump ?? 'pg_dump', ...dumpOptions, ...args, `--file=${dump}`, given.database])}   # planb names it after run and step`,
        ...(given.prove === true ? proofCommands(dump, facts) : []),
      ],
      effect: 'idempotent',
      destructive: false,
      changes: [],
      // facts.md: 1.1 GB in 3.6 s uncompressed, 5.7 s at level 1, two jobs.
      ...(plan === undefined ? {} : { estimateMs: Math.round(1_000 + plan.bytes / (plan.compress === 0 ? 300_000 : 190_000)) + (given.prove === true ? proofMs(plan.bytes) : 0) }),
    };
  },
  execute: (context, given) => failingInWords(context.mask, () => backUp(context, given)),
  probe: probeDump,
  cleanup: async (context, given) => {
    const folder = await dumpFolder(context, given);
    await rm(`${folder}.partial`, { recursive: true, force: true });
    // A dump whose proof was cancelled has no receipt: nobody would ever find it.
    if (given.prove === true) await rm(folder, { recursive: true, force: true });
  },
};

async function inspectDatabase(context: ActionContext, given: Input): Promise<readonly Fact[]> {
  const { short } = splitPassword(given.database);
  const { facts, extensions } = await readFacts(context, given.database);
  const client = await findClient(context, 'pg_dump', facts.serverMajor);
  const free = await freeBytes(given.folder ?? (await context.runFolder()));
  const plan = planDump(facts.tableBytes, free, availableParallelism(), given);
  const readAt = new Date(context.now()).toISOString();
  const identity = { system: facts.system, database: facts.name, oid: facts.oid };
  return [
    { key: `postgres:${short}`, kind: 'identity', label: `database ${facts.name}`, value: identity, readAt },
    { key: `postgres-size:${short}`, kind: 'measured', label: `size of ${facts.name}, bytes`, value: facts.databaseBytes, readAt },
    // No threshold: a dump that is taken while votes are awaited uses the disk itself, and `execute` looks again before it starts.
    { key: `postgres-dump:${short}`, kind: 'measured', label: 'how the dump is taken', value: { pgDump: client.path, bytes: facts.tableBytes, free, ...plan }, readAt },
    // The dump will be there as well when it is proven.
    await proofFact(context, short, { major: client.major, extensions, databaseBytes: facts.databaseBytes, freeBytes: free - plan.needed }),
  ];
}

async function backUp(context: StepContext, given: Input): Promise<StepResult> {
  const folder = await dumpFolder(context, given);
  const done = await readManifest(folder);
  if (done !== undefined) return given.prove === true ? proveStep(context, folder, done, asideOf(folder)) : { ok: true, receipt: backupReceipt(folder, done, undefined) };

  const { facts } = await readFacts(context, given.database);
  const client = await findClient(context, 'pg_dump', facts.serverMajor);
  await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  const free = await freeBytes(dirname(folder));
  const plan = planDump(facts.tableBytes, free, availableParallelism(), given);
  refuseFullDisk(plan, free);

  const startedAt = new Date(context.now()).toISOString();
  // A dump holds everything that the database does.
  await mkdir(partial, { mode: 0o700 });
  try {
    const dumped = await withProgress(context, partial, withSnapshot(context, given.database, (snapshot) => dump(context, snapshot, { client, plan, partial, ...splitPassword(given.database) })));
    if (!dumped.outcome.ok) return failed('dump-failed', lastLine(dumped.outcome.output) || dumped.outcome.summary, { tail: lastLines(dumped.outcome.output, 20) });
    context.progress('reading the dump again for its checksums');
    const { snapshot, tables } = dumped;
    const about = { database: facts.name, server: facts.serverVersion, pgDump: client.version, compress: plan.compress, jobs: plan.jobs, startedAt, databaseBytes: facts.databaseBytes, snapshot, tables };
    const manifest = await buildManifest(partial, { ...about, finishedAt: new Date(context.now()).toISOString() });
    await writeManifest(partial, manifest);
    await rename(partial, folder);
    return given.prove === true ? await proveStep(context, folder, manifest, asideOf(folder)) : { ok: true, receipt: backupReceipt(folder, manifest, undefined) };
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

interface Dumping extends LibpqUrl {
  readonly client: PostgresClient;
  readonly plan: DumpPlan;
  readonly partial: string;
}

type Dumped = { readonly outcome: ProgramOutcome; readonly snapshot: Snapshot['about']; readonly tables: readonly TableRows[] };

/** Dumps and counts at the same time. Throws TargetDatabaseError when the rows cannot be counted. */
async function dump(context: StepContext, snapshot: Snapshot, { client, plan, partial, publicUrl, env }: Dumping): Promise<Dumped> {
  const counted = new AbortController();
  const counting = snapshot.countRows();
  // Without counts nothing could ever be proven, so there is no point in going on.
  counting.catch(() => { counted.abort(); });
  const argv = [client.path, ...dumpOptions, `--snapshot=${snapshot.id}`, `--jobs=${plan.jobs}`, `--compress=${plan.compress}`, `--file=${partial}`, `--dbname=${publicUrl}`] as const;
  const outcome = await context.run({ argv: [...argv], env, signal: AbortSignal.any([context.signal, counted.signal]) });
  context.signal.throwIfAborted();
  const failedItself = !outcome.ok && !counted.signal.aborted;
  return { outcome, snapshot: snapshot.about, tables: failedItself ? [] : await counting };
}

async function probeDump(context: StepContext, given: Input): Promise<ProbeResult> {
  const folder = await dumpFolder(context, given);
  const manifest = await readManifest(folder);
  if (manifest === undefined) return { outcome: 'absent', saw: `there is no complete dump in ${folder}` };
  if (given.prove !== true) return { outcome: 'happened', receipt: backupReceipt(folder, manifest, undefined), saw: `${folder} is complete` };
  const proof = await readProof(folder, manifest);
  if (proof === undefined) return { outcome: 'absent', saw: `${folder} is complete and not yet proven` };
  return { outcome: 'happened', receipt: backupReceipt(folder, manifest, proof), saw: `${folder} is complete and proven` };
}

const named = z.object({ name: z.string() });

async function readFacts(context: ActionContext, url: string): Promise<{ readonly facts: DatabaseFacts; readonly extensions: readonly string[] }> {
  const database = await context.connectDatabase(url);
  try {
    const facts = await readDatabaseFacts(database);
    const extensions = await database.query('SELECT extname AS name FROM pg_extension');
    return { facts, extensions: extensions.map((row) => named.parse(row).name) };
  } finally {
    await database.close();
  }
}

function refuseFullDisk(plan: Pick<DumpPlan, 'needed'>, free: number): void {
  if (free >= plan.needed) return;
  throw new ActionError('disk-too-small', `the backup may need ${sayBytes(plan.needed)} and ${sayBytes(free)} are free; free some space, or set folder: to another disk`);
}

/** One name for all attempts of a step, so that the probe after a crash finds it; another for another database, whose dump is none of this one. */
async function dumpFolder(context: StepContext, given: Input): Promise<string> {
  return join(given.folder ?? join(await context.runFolder(), 'backup'), `${context.runId}-${context.step}-${splitPassword(given.database).short}`);
}

/** Where a disproven dump goes. */
function asideOf(folder: string): string {
  return `${folder}.not-proven`;
}

/** Says every second how much is written, until the dump ended. */
async function withProgress<T>(context: StepContext, partial: string, dumping: Promise<T>): Promise<T> {
  const ended = dumping.then(() => true, () => true);
  // An abort ends the dump too: its end is what to wait for.
  while (!(await Promise.race([ended, context.pause(1_000).then(() => false, () => ended)]))) {
    const bytes = await folderBytes(partial);
    context.progress(bytes === 0 ? 'waiting for the tables’ locks' : `${sayBytes(bytes)} written`);
  }
  return dumping;
}

async function folderBytes(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(names.map((name) => stat(join(folder, name)).then((found) => found.size, () => 0)));
  return sizes.reduce((sum, size) => sum + size, 0);
}
