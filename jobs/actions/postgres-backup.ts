import { mkdir, readdir, rename, rm, stat, statfs } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { Action, ActionContext, StepContext, StepResult } from '../../src/ports/action.js';
import type { JsonObject } from '../../src/plan/plan.js';
import { ActionError } from './action-error.js';
import { paste } from './paste.js';
import { type DatabaseFacts, readDatabaseFacts } from './postgres/database-facts.js';
import { type DumpManifest, buildManifest, readManifest, writeManifest } from './postgres/dump-manifest.js';
import { type DumpPlan, planDump, sayBytes } from './postgres/dump-plan.js';
import { findClient } from './postgres/find-client.js';
import { splitPassword } from './postgres/libpq-url.js';
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
});
type Input = z.output<typeof input>;

const dumpOptions = ['--format=directory', '--no-password', '--lock-wait-timeout=60s'] as const;

/** What `inspect` leaves for `describe`, which cannot know the server. */
const dumpFact = z.object({ pgDump: z.string(), jobs: z.number(), compress: z.number(), bytes: z.number(), needed: z.number(), free: z.number() });

/**
 * Dumps a database with the `pg_dump` that fits its server, in directory format, in parallel, and writes the checksums of every file beside it. The folder gets
 * its name when all is done; until then it ends in `.partial`.
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
    return {
      commands: [`${paste([plan?.pgDump ?? 'pg_dump', ...dumpOptions, ...args, `--file=${given.folder ?? '.'}/dump`, given.database])}   # planb names it after run and step`],
      effect: 'idempotent',
      destructive: false,
      changes: [],
      // facts.md: 1.1 GB in 3.6 s uncompressed, 5.7 s at level 1, two jobs.
      ...(plan === undefined ? {} : { estimateMs: Math.round(1_000 + plan.bytes / (plan.compress === 0 ? 300_000 : 190_000)) }),
    };
  },
  execute: (context, given) => failingInWords(context.mask, () => backUp(context, given)),
  probe: async (context, given) => {
    const folder = await dumpFolder(context, given);
    const manifest = await readManifest(folder);
    if (manifest !== undefined) return { outcome: 'happened', receipt: receiptOf(folder, manifest), saw: `${folder} is complete` };
    return { outcome: 'absent', saw: `there is no complete dump in ${folder}` };
  },
  cleanup: async (context, given) => {
    await rm(`${await dumpFolder(context, given)}.partial`, { recursive: true, force: true });
  },
};

async function inspectDatabase(context: ActionContext, given: Input) {
  const { short } = splitPassword(given.database);
  const facts = await readFacts(context, given.database);
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
  ] as const;
}

async function backUp(context: StepContext, given: Input): Promise<StepResult> {
  const folder = await dumpFolder(context, given);
  const done = await readManifest(folder);
  if (done !== undefined) return { ok: true, receipt: receiptOf(folder, done) };

  const { publicUrl, env } = splitPassword(given.database);
  const facts = await readFacts(context, given.database);
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
  const argv = [client.path, ...dumpOptions, `--jobs=${plan.jobs}`, `--compress=${plan.compress}`, `--file=${partial}`, `--dbname=${publicUrl}`] as const;
  const dumping = context.run({ argv: [...argv], env, signal: context.signal });
  await showProgress(context, partial, dumping);
  const outcome = await dumping;
  if (!outcome.ok) {
    await rm(partial, { recursive: true, force: true });
    context.signal.throwIfAborted();
    return failed('dump-failed', lastLine(outcome.output) || outcome.summary, { tail: lastLines(outcome.output, 20) });
  }
  context.progress('reading the dump again for its checksums');
  const about = { database: facts.name, server: facts.serverVersion, pgDump: client.version, compress: plan.compress, jobs: plan.jobs, startedAt };
  const manifest = await buildManifest(partial, { ...about, finishedAt: new Date(context.now()).toISOString() });
  await writeManifest(partial, manifest);
  await rename(partial, folder);
  return { ok: true, receipt: receiptOf(folder, manifest) };
}

async function readFacts(context: ActionContext, url: string): Promise<DatabaseFacts> {
  const database = await context.connectDatabase(url);
  try {
    return await readDatabaseFacts(database);
  } finally {
    await database.close();
  }
}

function refuseFullDisk(plan: Pick<DumpPlan, 'needed'>, free: number): void {
  if (free >= plan.needed) return;
  throw new ActionError('disk-too-small', `the backup may need ${sayBytes(plan.needed)} and ${sayBytes(free)} are free; free some space, or set folder: to another disk`);
}

/** One name for all attempts of a step, so that the probe after a crash finds it. */
async function dumpFolder(context: StepContext, given: Input): Promise<string> {
  return join(given.folder ?? join(await context.runFolder(), 'backup'), `${context.runId}-${context.step}`);
}

/** Free bytes where `path` is or will be. */
async function freeBytes(path: string): Promise<number> {
  for (let folder = path; ; folder = dirname(folder)) {
    const stats = await statfs(folder).catch(() => undefined);
    if (stats !== undefined) return stats.bavail * stats.bsize;
    if (folder === dirname(folder)) throw new ActionError('no-such-folder', `${path} cannot be read`);
  }
}

/** Says every second how much is written, until the dump ended. */
async function showProgress(context: StepContext, partial: string, dumping: Promise<unknown>): Promise<void> {
  const ended = dumping.then(() => true);
  // An abort ends the program too: its end is what to wait for.
  while (!(await Promise.race([ended, context.pause(1_000).then(() => false, () => ended)]))) {
    context.progress(`${sayBytes(await folderBytes(partial))} written`);
  }
}

async function folderBytes(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(names.map((name) => stat(join(folder, name)).then((found) => found.size, () => 0)));
  return sizes.reduce((sum, size) => sum + size, 0);
}

function receiptOf(folder: string, manifest: DumpManifest): JsonObject {
  return {
    folder,
    database: manifest.database,
    bytes: manifest.bytes,
    sha256: manifest.sha256,
    server: manifest.server,
    pgDump: manifest.pgDump,
    seconds: (Date.parse(manifest.finishedAt) - Date.parse(manifest.startedAt)) / 1_000,
    jobs: manifest.jobs,
    compress: manifest.compress,
    // Proven means restored and compared, which is another step.
    proven: false,
  };
}
