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
    const isDue = performance.now() >= next;
    if (isDue) next = performance.now() + retentionMs;
    // A log that cannot be written is no reason for a disk to run full.
    const done = await Promise.allSettled([writeBackupLog(parts, machine), ...(isDue ? [removeExpired(parts, machine)] : [])]);
    const failed = done.find((one) => one.status === 'rejected');
    if (failed !== undefined && !failing) parts.log.warn({ error: failed.reason as unknown }, 'backups could not be looked after, it is tried again');
    failing = failed !== undefined;
  }
}
