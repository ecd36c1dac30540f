import type { ActionContext } from '../../../src/ports/action.js';
import { type TargetDatabase, TargetDatabaseError } from '../../../src/ports/target-database.js';
import { ActionError } from '../action-error.js';
import { restoreLockKey } from './restore-names.js';
import { databaseUrl } from './restore-sql.js';

/** Creating a database waits for a checkpoint, and the connection then waits for the restore. */
const statementMs = 3_600_000;

/**
 * A connection to another database of the same server: nobody can rename the one that he is connected to. Throws ActionError `no-maintenance-database`.
 */
export async function openAdmin(context: ActionContext, url: string, live: string, wanted: string | undefined): Promise<TargetDatabase> {
  const names = wanted === undefined ? ['postgres', 'template1'] : [wanted];
  let last: TargetDatabaseError | undefined;
  for (const name of names.filter((one) => one !== live)) {
    try {
      const admin = await context.connectDatabase(databaseUrl(url, name), { statementMs });
      await keepIdle(admin);
      return admin;
    } catch (error) {
      if (!(error instanceof TargetDatabaseError)) throw error;
      last = error;
    }
  }
  throw new ActionError('no-maintenance-database', `renaming ${live} needs a connection to another database of its server, and ${names.join(' and ')} cannot be used${last === undefined ? '' : `: ${last.message}`}; name one with maintenance:`, {
    retryable: last?.retryable ?? false, ...(last === undefined ? {} : { cause: last }),
  });
}

async function keepIdle(admin: TargetDatabase): Promise<void> {
  await admin.query(`SELECT set_config(name, '0', false) FROM (VALUES ('idle_session_timeout'), ('idle_in_transaction_session_timeout')) AS wanted(name) WHERE name IN (SELECT s.name FROM pg_settings s)`);
}

/**
 * One attempt at a time: a worker that was only paused still has its connection, and with it the lock, and its pg_restore may go on. Held until the connection ends. Throws ActionError
 * `restore-in-progress`.
 */
export async function lockRestore(admin: TargetDatabase, live: string): Promise<void> {
  const [row] = await admin.query('SELECT pg_try_advisory_lock($1::bigint) AS taken', [restoreLockKey(live)]);
  if (row?.['taken'] !== true) throw new ActionError('restore-in-progress', `another session of planb is restoring ${live} at this moment`, { retryable: true });
}
