import type { Parts } from '../parts.js';
import { pause } from '../sweep.js';
import { writeBackupLog } from './backup-log.js';
import { removeExpired } from './retention.js';

const roundMs = 5_000;
const retentionMs = 10 * 60_000;

/** What one process of a machine does for the backups whose files lie there: their lines in the operators' file, and the end of the old ones. */
export async function keepBackups(parts: Parts, machine: string, signal: AbortSignal): Promise<void> {
  let failing = false;
  for (let next = performance.now(); !signal.aborted; await pause(roundMs, signal)) {
    try {
      await writeBackupLog(parts, machine);
      if (performance.now() >= next) {
        next = performance.now() + retentionMs;
        await removeExpired(parts, machine);
      }
      failing = false;
    } catch (error) {
      if (!failing) parts.log.warn({ error }, 'backups could not be looked after, it is tried again');
      failing = true;
    }
  }
}
