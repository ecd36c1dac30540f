import { createHash } from 'node:crypto';
import { open, readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { ActionContext, StepContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import type { BackupRecord } from '../../../src/ports/backups.js';
import { dumpName } from './dump-name.js';
import { type DumpManifest, readManifest } from './dump-manifest.js';

/** A dump that pg_restore can read in parallel. */
export interface DumpSource {
  /** Of a directory-format dump a folder, of a custom-format one a file. */
  readonly path: string;
  readonly format: 'directory' | 'custom';
  /** What planb wrote beside its own dumps; undefined for one that was taken otherwise. */
  readonly manifest: DumpManifest | undefined;
  /** SHA-256 over the files' names, sizes and times: tells quickly whether these are the files that people voted on. */
  readonly files: string;
}

/** Where a backup lies, and what the catalogue knows of it. */
export interface KnownBackup {
  readonly path: string;
  readonly takenAt?: string;
  /** What its contents must be (`BackupRecord.sha256`). */
  readonly sha256?: string;
}

/**
 * Finds what `backup:` names, as far as it is there already: a path, an id of the catalogue, or `of RELEASE`, the newest one of this database that was taken while that release ran, a proven one before others.
 * Undefined: then it is a step's dump, which the run has yet to take. Throws ActionError for a backup that cannot be restored from here.
 */
export async function findBackup(context: ActionContext, backup: string, url: string): Promise<KnownBackup | undefined> {
  if (backup.startsWith('/')) return { path: backup };
  const release = /^of (.+)$/.exec(backup)?.[1];
  const record = release === undefined ? await context.backups.findBackup(backup) : await newestOf(context, release, url);
  if (record === undefined) return undefined;
  if (record.target !== context.target) throw new ActionError('foreign-backup', `the backup ${backup} is one of ${record.target}, not of ${context.target}`);
  const here = await context.backups.machine();
  if (record.machine !== here) throw new ActionError('backup-elsewhere', `the backup ${backup} lies on ${record.machine}, and this worker runs on ${here}`);
  if (record.state !== 'kept') throw new ActionError('backup-missing', `the files of the backup ${backup} are no longer in ${record.folder}`);
  // One of planb's own bears the name that its database had. What was registered may come from anywhere.
  const name = record.run === undefined ? record.database.name : await databaseName(context, url);
  if (record.database.name !== name) throw new ActionError('foreign-backup', `the backup ${backup} is one of the database ${record.database.name}, not of ${name}`);
  return { path: record.folder, takenAt: new Date(record.takenAt).toISOString(), sha256: record.sha256 };
}

async function newestOf(context: ActionContext, release: string, url: string): Promise<BackupRecord> {
  const [here, name, all] = await Promise.all([context.backups.machine(), databaseName(context, url), context.backups.listBackups(context.target)]);
  const of = all.filter((one) => one.release === release && one.database.name === name && one.run !== context.runId);
  const usable = of.filter(({ machine, state }) => machine === here && state === 'kept');
  const found = usable.find(({ proof }) => proof.state === 'proven') ?? usable[0];
  if (found !== undefined) return found;
  const elsewhere = of.length === 0 ? '' : `; ${of.length} of them ${of.length === 1 ? 'lies' : 'lie'} on another machine or ${of.length === 1 ? 'is' : 'are'} gone`;
  throw new ActionError('no-backup', `no backup of ${name} that was taken while ${release} ran can be restored from this machine${elsewhere}; name another one, or register it with "planb backups register"`);
}

/** Of the database that the URL leads to; a swap by rename keeps it. */
export async function databaseName(context: ActionContext, url: string): Promise<string> {
  const database = await context.connectDatabase(url);
  try {
    const [row] = await database.query('SELECT current_database() AS name');
    return z.object({ name: z.string() }).parse(row).name;
  } finally {
    await database.close();
  }
}

/** The dump that a step of this run took or used again. Throws ActionError `no-backup`. */
export function backupOfStep(context: StepContext, step: string): KnownBackup {
  const { folder, takenAt, sha256 } = context.receipts[step] ?? {};
  if (typeof folder !== 'string') throw new ActionError('no-backup', `there is no backup ${step} in the catalogue, and no step ${step} of this run left one`);
  return { path: folder, ...(typeof takenAt === 'string' ? { takenAt } : {}), ...(typeof sha256 === 'string' ? { sha256 } : {}) };
}

/** The same for a restore, which must not follow a receipt to wherever it leads (rule 2): only a dump that this run's step took of the database that the plan names. Throws ActionError `no-backup` or `foreign-backup`. */
export function ownDump(context: StepContext, step: string, url: string): KnownBackup {
  const known = backupOfStep(context, step);
  if (basename(known.path) === dumpName(context, step, url)) return known;
  throw new ActionError('foreign-backup', `${known.path} is no dump that step ${step} of this run took of this database; where it is one of another database, name that by of:`);
}

/** Looks at a dump's files without reading them through. Throws ActionError `no-such-dump` or `unknown-format`. */
export async function openDump(path: string): Promise<DumpSource> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) throw new ActionError('no-such-dump', `there is no dump ${path} on this machine, or it cannot be read`);
  if (!found.isDirectory()) {
    if (!(await beginsAsArchive(path))) throw new ActionError('unknown-format', `${path} is no dump in custom or directory format; a plain SQL or tar file cannot be restored in parallel`);
    return { path, format: 'custom', manifest: undefined, files: fingerprint([{ name: '', size: found.size, mtimeMs: found.mtimeMs }]) };
  }
  if (!(await beginsAsArchive(join(path, 'toc.dat')))) throw new ActionError('unknown-format', `${path} is no dump in directory format: it has no toc.dat`);
  const names = (await readdir(path)).filter((name) => !name.startsWith('planb-')).sort();
  const files = await Promise.all(names.map(async (name) => ({ name, ...(await sizeAndTime(join(path, name))) })));
  return { path, format: 'directory', manifest: await readManifest(path), files: fingerprint(files) };
}

async function sizeAndTime(path: string): Promise<{ readonly size: number; readonly mtimeMs: number }> {
  const { size, mtimeMs } = await stat(path);
  return { size, mtimeMs };
}

function fingerprint(files: readonly { readonly name: string; readonly size: number; readonly mtimeMs: number }[]): string {
  return createHash('sha256').update(files.map(({ name, size, mtimeMs }) => `${size} ${Math.floor(mtimeMs)} ${name}\n`).join('')).digest('hex');
}

async function beginsAsArchive(path: string): Promise<boolean> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return false;
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(5), 0, 5, 0);
    return bytesRead === 5 && buffer.toString('latin1') === 'PGDMP';
  } finally {
    await file.close();
  }
}
