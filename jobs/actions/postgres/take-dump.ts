import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { ActionContext, StepContext } from '../../../src/ports/action.js';
import type { StepError } from '../../../src/run/events.js';
import type { ProgramOutcome } from '../../../src/ports/program.js';
import { ActionError } from '../action-error.js';
import { lastLine, lastLines } from '../run.js';
import type { TableRows } from './count-rows.js';
import { type ClientWay, sayWay, withClientWay } from './client-way.js';
import { type DatabaseFacts, readDatabaseFacts } from './database-facts.js';
import { type ClientWish, type DumpClient, findDumpClient } from './dump-client.js';
import { type DumpManifest, hashFolder, writeManifest } from './dump-manifest.js';
import { type DumpPlan, type DumpWishes, planDump, sayBytes } from './dump-plan.js';
import { freeBytes } from './free-bytes.js';
import { flushFolder, FolderFlusher } from './flush-folder.js';
import { type Snapshot, withSnapshot } from './snapshot.js';

/** What every dump is taken with. pg_dump would flush one file after the other when all are written; planb flushes them side by side as it hashes them. */
export const dumpOptions = ['--format=directory', '--no-sync', '--no-password', '--lock-wait-timeout=60s'] as const;

const flushEveryMs = 250;

export interface DumpWanted extends DumpWishes {
  readonly database: string;
  readonly client?: ClientWish | undefined;
}

export type DumpTaken = { readonly ok: true; readonly manifest: DumpManifest } | { readonly ok: false; readonly error: StepError };

/**
 * Dumps a database into `folder`, which gets its name when all is done; until then it ends in `.partial`, and nothing is left of one that failed. Throws ActionError where it cannot begin,
 * TargetDatabaseError when the rows cannot be counted, and what an aborted signal throws.
 */
export async function takeDump(context: StepContext, wanted: DumpWanted, folder: string): Promise<DumpTaken> {
  const { facts } = await readFacts(context, wanted.database);
  const client = await findDumpClient(context, wanted.client, facts.serverMajor, containerName(context));
  await mkdir(dirname(folder), { recursive: true, mode: 0o700 });
  const partial = `${folder}.partial`;
  await client.clear();
  await rm(partial, { recursive: true, force: true });
  const free = await freeBytes(dirname(folder));
  const plan = planDump(facts.tableBytes, free, availableParallelism(), wanted);
  refuseFullDisk(plan, free);

  const startedAt = new Date(context.now()).toISOString();
  // A dump holds everything that the database does.
  await mkdir(partial, { mode: 0o700 });
  try {
    const dumped = await whileDumping(context, partial, withSnapshot(context, wanted.database, (snapshot) => withClientWay(context, wanted.database, (way) => dump(context, snapshot, { client, plan, partial, way }))));
    if (!dumped.outcome.ok) return { ok: false, error: { code: 'dump-failed', message: `${lastLine(dumped.outcome.output) || dumped.outcome.summary}${sayWay(context)}`, tail: lastLines(dumped.outcome.output, 20) } };
    context.progress('reading the dump again for its checksums');
    const { snapshot, tables } = dumped;
    const hashed = await hashFolder(partial, { flush: true, signal: context.signal });
    const manifest: DumpManifest = {
      version: 1, ...hashed, database: facts.name, system: facts.system, oid: facts.oid, server: facts.serverVersion, pgDump: client.version, compress: plan.compress, jobs: plan.jobs, startedAt,
      databaseBytes: facts.databaseBytes, snapshot, tables, finishedAt: new Date(context.now()).toISOString(),
    };
    await writeManifest(partial, manifest);
    await flushFolder(partial);
    await rename(partial, folder);
    await flushFolder(dirname(folder));
    return { ok: true, manifest };
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

interface Dumping {
  readonly way: ClientWay;
  readonly client: DumpClient;
  readonly plan: DumpPlan;
  readonly partial: string;
}

type Dumped = { readonly outcome: ProgramOutcome; readonly snapshot: Snapshot['about']; readonly tables: readonly TableRows[] };

/** Dumps and counts at the same time. Throws TargetDatabaseError when the rows cannot be counted. */
async function dump(context: StepContext, snapshot: Snapshot, { client, plan, partial, way }: Dumping): Promise<Dumped> {
  const counted = new AbortController();
  const counting = snapshot.countRows();
  // Without counts nothing could ever be proven, so there is no point in going on.
  counting.catch(() => { counted.abort(); });
  const options = [...dumpOptions, `--snapshot=${snapshot.id}`, `--jobs=${plan.jobs}`, `--compress=${plan.compress}`, `--dbname=${way.publicUrl}`];
  const outcome = await client.dump(options, { folder: partial, env: way.env, socketFolder: way.folder, signal: AbortSignal.any([context.signal, counted.signal]) });
  context.signal.throwIfAborted();
  const failedItself = !outcome.ok && !counted.signal.aborted;
  return { outcome, snapshot: snapshot.about, tables: failedItself ? [] : await counting };
}

const named = z.object({ name: z.string() });

export async function readFacts(context: ActionContext, url: string): Promise<{ readonly facts: DatabaseFacts; readonly extensions: readonly string[] }> {
  const database = await context.connectDatabase(url);
  try {
    const facts = await readDatabaseFacts(database);
    const extensions = await database.query('SELECT extname AS name FROM pg_extension');
    return { facts, extensions: extensions.map((row) => named.parse(row).name) };
  } finally {
    await database.close();
  }
}

/** Throws ActionError `disk-too-small`. */
export function refuseFullDisk(plan: Pick<DumpPlan, 'needed'>, free: number): void {
  if (free >= plan.needed) return;
  throw new ActionError('disk-too-small', `the backup may need ${sayBytes(plan.needed)} and ${sayBytes(free)} are free; free some space, or set folder: to another disk`);
}

/** One for all attempts of a step. */
function containerName({ runId, step }: StepContext): string {
  return `planb-dump-${runId}-${step}`.replaceAll(/[^A-Za-z0-9_.-]/g, '-');
}

/** Until the dump ended, says how much is written, and has the disk take it already: else it would all be left for the end, and hold up whoever else writes there. */
async function whileDumping<T>(context: StepContext, partial: string, dumping: Promise<T>): Promise<T> {
  const ended = dumping.then(() => true, () => true);
  const hasEnded = (ms: number): Promise<boolean> => Promise.race([ended, context.pause(ms).then(() => false, () => ended)]);
  const tell = async (): Promise<void> => {
    // An abort ends the dump too: its end is what to wait for.
    while (!(await hasEnded(1_000))) {
      const bytes = await folderBytes(partial);
      context.progress(bytes === 0 ? 'waiting for the tables’ locks' : `${sayBytes(bytes)} written`);
    }
  };
  const flusher = new FolderFlusher(partial);
  const keepFlushing = async (): Promise<void> => { while (!(await hasEnded(flushEveryMs))) await flusher.flush(); };
  const [told, flushed] = await Promise.allSettled([tell(), keepFlushing()]);
  const dumped = await dumping;
  // The system tells of a write that was lost once: whoever flushes the file again hears nothing.
  for (const one of [told, flushed]) if (one.status === 'rejected') throw one.reason;
  return dumped;
}

async function folderBytes(folder: string): Promise<number> {
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(names.map((name) => stat(join(folder, name)).then((found) => found.size, () => 0)));
  return sizes.reduce((sum, size) => sum + size, 0);
}
