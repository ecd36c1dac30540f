import { mkdir, open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { backupPolicyOf } from '../../src/config.js';
import type { Config } from '../../src/config.js';
import type { BackupRecord, BackupStore } from '../../src/ports/backups.js';
import type { World } from '../../src/ports/world.js';

/** What writing the log needs. */
export interface BackupLogParts {
  readonly store: Pick<BackupStore, 'unloggedBackups' | 'backupLogged'>;
  readonly config: Pick<Config, 'targets'>;
  readonly world: Pick<World, 'dataFolder'>;
}

/**
 * Writes the line of each backup that this machine took and that has none yet, oldest first. One process a machine at a time; a crash between a line and its mark is found by the line. Throws
 * StoreError and what the disk refuses: then it is tried again.
 */
export async function writeBackupLog({ store, config, world }: BackupLogParts, machine: string): Promise<void> {
  for (const backup of await store.unloggedBackups(machine)) {
    const path = backupPolicyOf(config.targets[backup.target]).log ?? join(world.dataFolder, 'ops', 'backups.log');
    await appendLine(path, backupLogLine(backup));
    await store.backupLogged(backup.id);
  }
}

/** Time of its snapshot, running release, path, checksum: a blank between them, and none inside but in a path, which is quoted then. */
export function backupLogLine({ takenAt, release, folder, sha256 }: Pick<BackupRecord, 'takenAt' | 'release' | 'folder' | 'sha256'>): string {
  const path = /[\s"\\]/.test(folder) ? JSON.stringify(folder) : folder;
  return `${new Date(takenAt).toISOString()} ${release ?? '-'} ${path} sha256:${sha256}`;
}

/** In one write, on the disk when it returns. */
async function appendLine(path: string, line: string): Promise<void> {
  const known = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return '';
  });
  if (known.split('\n').includes(line)) return;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, 'a', 0o600);
  try {
    // A machine that lost power may have left half a line.
    await file.write(`${known === '' || known.endsWith('\n') ? '' : '\n'}${line}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}
