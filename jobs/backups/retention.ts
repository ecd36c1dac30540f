import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { backupPolicyOf } from '../../src/config.js';
import type { BackupRecord } from '../../src/ports/backups.js';
import { manifestName, readManifest } from '../actions/postgres/dump-manifest.js';
import type { Parts } from '../parts.js';
import { chooseExpired } from './choose-expired.js';

/** Only this machine's own files are looked at and taken away; one process a machine at a time. Throws StoreError and what the disk refuses. */
export async function removeExpired(parts: Parts, machine: string): Promise<void> {
  await removeClaimed(parts, machine);
  await lookAfter(parts, machine);
  const targets = new Set((await parts.store.backupsOn(machine)).map(({ target }) => target));
  for (const target of targets) {
    const policy = backupPolicyOf(parts.config.targets[target]);
    const expired = chooseExpired(await parts.store.listBackups(target), policy, await parts.store.now());
    for (const backup of expired.filter((one) => one.machine === machine)) {
      // Something else may lie there by now, and belongs to somebody.
      if ((await readManifest(backup.folder))?.sha256 !== backup.sha256) continue;
      if (!(await parts.store.beginDeletion(backup.id))) continue;
      const { keep } = policy;
      parts.log.info({ backup: backup.id, target, folder: backup.folder }, `a backup goes: it is older than ${String(keep.days)} days, not among the last ${String(keep.last)} and not the newest proven one`);
      await remove(parts, backup);
    }
  }
}

/** A worker died between claiming a backup and its end: the files may be there under either name, whole or in part. */
async function removeClaimed(parts: Parts, machine: string): Promise<void> {
  for (const backup of await parts.store.backupsOn(machine)) if (backup.state === 'deleting') await remove(parts, backup);
}

/** Renamed first: half a dump must never look like one. */
async function remove({ store }: Parts, { id, folder }: BackupRecord): Promise<void> {
  const leaving = `${folder}.deleting`;
  await rename(folder, leaving).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  });
  await rm(leaving, { recursive: true, force: true });
  await store.backupDeleted(id);
}

/** Whether the files are where the catalogue says; a disk that was away may come back. */
async function lookAfter({ store, log }: Parts, machine: string): Promise<void> {
  for (const { id, target, folder, run, state } of await store.backupsOn(machine)) {
    if (state !== 'kept' && state !== 'missing') continue;
    const found = await stat(run === undefined ? folder : join(folder, manifestName)).then(() => true, () => false);
    if (found === (state === 'kept')) continue;
    if (!found) log.warn({ backup: id, target, folder }, 'the files of a backup are gone, and planb did not take them away');
    await store.setBackupFound(id, found);
  }
}
