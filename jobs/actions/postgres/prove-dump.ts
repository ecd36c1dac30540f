import { availableParallelism } from 'node:os';
import { dirname } from 'node:path';
import type { StepContext } from '../../../src/ports/action.js';
import { ThrowawayPostgresError, type ThrowawayServer } from '../../../src/ports/throwaway-postgres.js';
import { lastLine, lastLines } from '../run.js';
import { compareCounts, countRows, listTables, sayDifferences } from './count-rows.js';
import type { DumpManifest } from './dump-manifest.js';
import { onWorker } from './client-way.js';
import { findClient } from './find-client.js';
import { freeBytes } from './free-bytes.js';
import { splitPassword } from './libpq-url.js';
import { whyNotProvable } from './provable.js';
import { type Proof, writeProof } from './proof-file.js';
import { prepareDatabase } from './throwaway-database.js';

/** `not-provable`: this machine cannot imitate the server; nothing is known against the dump. */
export type ProofOutcome =
  | { readonly kind: 'proven'; readonly proof: Proof }
  | { readonly kind: 'not-provable'; readonly why: string }
  | { readonly kind: 'disproven'; readonly message: string; readonly tail?: string };

/**
 * What a restore leaves out, as options of pg_restore: owners, privileges and tablespaces belong to the live server, and a throwaway one must not begin to replicate.
 */
export const restoreOptions = [
  '--exit-on-error', '--no-owner', '--no-privileges', '--no-tablespaces', '--no-security-labels', '--no-publications', '--no-subscriptions', '--no-password',
] as const;

/** Restoring waits for the disk and the counts read it all: no shorter limit fits every database. */
const statementMs = 24 * 3_600_000;

/**
 * Restores the dump in `folder` into a throwaway server beside it and compares every table's rows with the snapshot's. The proof file is written last. Nothing but that file is left, also when it is
 * stopped. Throws TargetDatabaseError when the throwaway server is lost, and what an aborted signal throws.
 */
export async function proveDump(where: StepContext, folder: string, manifest: DumpManifest): Promise<ProofOutcome> {
  const context = onWorker(where);
  const startedAt = context.now();
  const { extensions } = manifest.snapshot;
  const major = Number.parseInt(manifest.pgDump, 10);
  const why = await whyNotProvable(context, { major, extensions, databaseBytes: manifest.databaseBytes, freeBytes: await freeBytes(dirname(folder)) });
  if (why !== undefined) return { kind: 'not-provable', why };
  context.progress('starting a throwaway server');
  const server = await start(context, major, dirname(folder));
  if ('why' in server) return { kind: 'not-provable', why: server.why };
  try {
    context.signal.throwIfAborted();
    return await restoreAndCompare(context, folder, manifest, server, startedAt);
  } finally {
    await server.stop();
  }
}

async function start(context: StepContext, leastMajor: number, folder: string): Promise<ThrowawayServer | { readonly why: string }> {
  try {
    return await context.throwawayPostgres.start({ leastMajor, folder });
  } catch (error) {
    if (error instanceof ThrowawayPostgresError) return { why: error.message };
    throw error;
  }
}

async function restoreAndCompare(context: StepContext, folder: string, manifest: DumpManifest, server: ThrowawayServer, startedAt: number): Promise<ProofOutcome> {
  const prepared = await prepareDatabase(context, server, manifest.snapshot);
  if (!prepared.ok) return { kind: 'not-provable', why: prepared.why };
  const restoredFrom = context.now();
  const restored = await restore(context, folder, manifest, server, prepared.url);
  context.signal.throwIfAborted();
  if (!restored.ok) return { kind: 'disproven', message: `it cannot be restored: ${lastLine(restored.output) || restored.summary}`, tail: lastLines(restored.output, 20) };
  const countedFrom = context.now();

  const database = await context.connectDatabase(prepared.url, { statementMs });
  const close = (): void => void database.close();
  context.signal.addEventListener('abort', close, { once: true });
  try {
    const { counted } = await listTables(database);
    const rows = await countRows(database, counted, (done) => { context.progress(`counting ${done + 1} of ${counted.length} tables`); });
    const differences = compareCounts(manifest.tables, rows);
    if (differences.length > 0) return { kind: 'disproven', message: sayDifferences(differences) };
    const endedAt = context.now();
    const proof: Proof = {
      version: 1, sha256: manifest.sha256, provenAt: new Date(endedAt).toISOString(), restoredOn: prepared.version, tables: userTables(rows).length,
      rows: userTables(rows).reduce((sum, table) => sum + table.rows, 0), restoreSeconds: (countedFrom - restoredFrom) / 1_000, proveSeconds: (endedAt - startedAt) / 1_000,
    };
    await writeProof(folder, proof);
    return { kind: 'proven', proof };
  } catch (error) {
    context.signal.throwIfAborted();
    throw error;
  } finally {
    context.signal.removeEventListener('abort', close);
    await database.close();
  }
}

/** In parallel; pg_restore's own words about each finished table become progress, only its last words are kept. */
async function restore(context: StepContext, folder: string, manifest: DumpManifest, server: ThrowawayServer, url: string) {
  const client = await findClient(context, 'pg_restore', server.major);
  const all = userTables(manifest.tables).length;
  let done = 0;
  const tell = (): void => { context.progress(`restoring ${Math.min(done + 1, all)} of ${all} tables`); };
  tell();
  const { publicUrl, env } = splitPassword(url);
  const argv = [client.path, ...restoreOptions, '--verbose', `--jobs=${availableParallelism()}`, `--dbname=${publicUrl}`, folder] as const;
  return context.run(
    {
      argv: [...argv],
      // Its words are read.
      env: { ...env, LC_ALL: 'C' },
      signal: context.signal,
      onLine: ({ text }) => {
        if (!/finished item \d+ TABLE DATA /.test(text)) return;
        done += 1;
        tell();
      },
    },
    { quiet: true },
  );
}

/** What a person calls tables: without the catalogue's list of large objects. */
export function userTables<T extends { readonly name: string }>(tables: readonly T[]): readonly T[] {
  return tables.filter(({ name }) => !name.startsWith('pg_catalog.'));
}
