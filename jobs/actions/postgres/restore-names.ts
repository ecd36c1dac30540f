import { createHash } from 'node:crypto';
import { fittingName } from './restore-sql.js';

/** The databases of one restore, by name. Made of the run alone, so that whoever goes on after a crash finds them. */
export interface RestoreNames {
  /** In use. */
  readonly live: string;
  /** Where the backup is restored to. */
  readonly fresh: string;
  /** What the one in use is called afterwards. */
  readonly kept: string;
}

export function restoreNames(live: string, run: string): RestoreNames {
  const id = run.toLowerCase();
  return { live, fresh: fittingName(live, `_restored_${id}`), kept: fittingName(live, `_before_${id}`) };
}

/** Of the advisory lock that lets one attempt at a time work on a database's restore, as SQL's bigint. */
export function restoreLockKey(live: string): string {
  return createHash('sha256').update(`planb restore ${live}`).digest().readBigInt64BE().toString();
}
