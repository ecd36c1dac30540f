import type { BackupPolicy, BackupRecord } from '../../src/ports/backups.js';

const dayMs = 86_400_000;

/**
 * Which backups of one target may be taken away: those that are older than `keep.days`, not among the last `keep.last` of their database on their machine, and not its newest proven one
 * there: another machine may be gone, and its catalogue does not say so. What was registered by
 * hand belongs to whoever put it there. `now` in milliseconds since the epoch.
 */
export function chooseExpired(all: readonly BackupRecord[], { keep }: Pick<BackupPolicy, 'keep'>, now: number): readonly BackupRecord[] {
  const here = all.filter(({ state }) => state === 'kept').toSorted((a, b) => b.takenAt - a.takenAt);
  const nameOf = ({ database, machine }: BackupRecord): string => JSON.stringify([machine, database.system, database.name]);
  return [...new Set(here.map(nameOf))].flatMap((name) => {
    const backups = here.filter((backup) => nameOf(backup) === name);
    const newestProven = backups.find(({ proof }) => proof.state === 'proven');
    const last = new Set(backups.slice(0, keep.last));
    return backups.filter((backup) => backup.run !== undefined && backup !== newestProven && !last.has(backup) && backup.takenAt < now - keep.days * dayMs);
  });
}
