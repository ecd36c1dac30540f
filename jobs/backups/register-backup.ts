import { stat } from 'node:fs/promises';
import { nearestWord } from '../../src/nearest-word.js';
import type { ActionContext } from '../../src/ports/action.js';
import type { BackupProofState, BackupRecord } from '../../src/ports/backups.js';
import { abortAfter } from '../abort-after.js';
import { ActionError } from '../actions/action-error.js';
import { backupId } from '../actions/postgres/backup-id.js';
import { type DumpManifest, hashDump } from '../actions/postgres/dump-manifest.js';
import { readProof } from '../actions/postgres/proof-file.js';
import { userTables } from '../actions/postgres/prove-dump.js';
import { readArchive } from '../actions/postgres/restore-archive.js';
import { openDump } from '../actions/postgres/restore-source.js';
import type { Parts } from '../parts.js';
import { actionContext } from '../step-context.js';

export type Registered = { readonly ok: true; readonly known: boolean; readonly backup: BackupRecord } | { readonly ok: false; readonly message: string };

/** Puts a dump of this machine that planb did not take, or took elsewhere, into the catalogue. `path`: absolute. Throws StoreError. */
export async function registerBackup(parts: Parts, target: string, path: string): Promise<Registered> {
  const ids = Object.keys(parts.config.targets);
  if (!ids.includes(target)) {
    const nearest = nearestWord(target, ids);
    return { ok: false, message: `There is no target "${target}"${nearest === undefined ? '' : `; did you mean "${nearest}"?`}` };
  }
  const context = actionContext(parts, { target, run: 'register', step: '', attempt: 0, env: {}, signal: abortAfter(24 * 3_600_000) });
  try {
    const backup = await inspect(context, target, path);
    return { ok: true, known: !(await parts.store.registerBackup(backup)), backup };
  } catch (error) {
    if (error instanceof ActionError) return { ok: false, message: parts.world.mask(error.message) };
    throw error;
  } finally {
    await context.close();
  }
}

async function inspect(context: ActionContext, target: string, path: string): Promise<BackupRecord> {
  const source = await openDump(path);
  const { format, manifest } = source;
  const machine = await context.backups.machine();
  const { client, server, pgDump } = await readArchive(context, source);
  const files = await hashDump(source, context.signal);
  if (manifest !== undefined && manifest.sha256 !== files.sha256) throw new ActionError('unreadable-dump', `the files in ${path} are not those of its manifest: one was changed after the dump`);
  const place = { id: backupId(machine, path, files.sha256), target, machine, folder: path, format, bytes: files.bytes, sha256: files.sha256, state: 'kept' as const };
  if (manifest !== undefined) return { ...place, ...(await aboutManifest(path, manifest)) };
  const why = 'it was taken elsewhere, and nobody counted the rows of its snapshot';
  return { ...place, server, pgDump, ...(await readHeader(context, client.path, path)), proof: { state: 'not-provable', why } };
}

/** A dump of planb's own, brought from another machine: what was counted and proven there still holds for the same files. */
async function aboutManifest(folder: string, manifest: DumpManifest): Promise<Pick<BackupRecord, 'database' | 'server' | 'pgDump' | 'takenAt' | 'tables' | 'rows' | 'proof'>> {
  const tables = userTables(manifest.tables);
  const proof = await readProof(folder, manifest);
  const state: BackupProofState = proof === undefined ? { state: 'not-proven' } : { state: 'proven', at: Date.parse(proof.provenAt), on: proof.restoredOn };
  return {
    database: { system: manifest.system ?? null, name: manifest.database, oid: manifest.oid ?? null }, server: manifest.server, pgDump: manifest.pgDump,
    takenAt: Date.parse(manifest.snapshot.takenAt), tables: tables.length, rows: tables.reduce((sum, { rows }) => sum + rows, 0), proof: state,
  };
}

/** The archive has its time as a clock on the wall of the machine that wrote it; this machine's zone is the best guess. Without one it is as old as its file. */
async function readHeader(context: ActionContext, pgRestore: string, path: string): Promise<Pick<BackupRecord, 'database' | 'takenAt'>> {
  const { stdout } = await context.run({ argv: [pgRestore, '--list', path], env: { LC_ALL: 'C' } }, { quiet: true });
  const created = /^; Archive created at (\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)/m.exec(stdout);
  const takenAt = created === null ? Number.NaN : Date.parse(`${created[1] ?? ''}T${created[2] ?? ''}`);
  const name = /^;\s+dbname: (.+)$/m.exec(stdout)?.[1] ?? '';
  return { database: { system: null, name, oid: null }, takenAt: Number.isNaN(takenAt) ? (await stat(path)).mtimeMs : takenAt };
}
