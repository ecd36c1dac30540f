import { z } from 'zod';
import type { ActionContext } from '../../../src/ports/action.js';
import { type TargetDatabase, TargetDatabaseError } from '../../../src/ports/target-database.js';
import { ActionError } from '../action-error.js';
import type { RestoreNames } from './restore-names.js';
import { quoted } from './restore-sql.js';
import { createStatement, propertyStatements, readProperties } from './swap-properties.js';

const oidRow = z.object({ oid: z.coerce.number() });

/**
 * Makes the empty database that the backup is restored into, like the one in use; returns its object id. Throws ActionError `cannot-create`, or `cannot-copy-settings` where the swap could not give it the
 * other one's rights and settings: a superuser may have set what the role may not, and hours of restoring would be in vain.
 */
export async function createFresh(admin: TargetDatabase, names: RestoreNames): Promise<number> {
  const like = await readProperties(admin, names.live);
  try {
    await admin.query(createStatement(names.fresh, like));
  } catch (error) {
    if (!(error instanceof TargetDatabaseError) || error.code !== 'query-failed') throw error;
    throw new ActionError('cannot-create', `the new database cannot be made: ${error.message}`, { cause: error });
  }
  await tryProperties(admin, propertyStatements(names.fresh, like));
  const [row] = await admin.query('SELECT oid::bigint AS oid FROM pg_database WHERE datname = $1', [names.fresh]);
  return oidRow.parse(row).oid;
}

async function tryProperties(admin: TargetDatabase, statements: readonly string[]): Promise<void> {
  for (const statement of statements) {
    try {
      await admin.query('BEGIN');
      await admin.query(statement);
    } catch (error) {
      if (!(error instanceof TargetDatabaseError) || error.code !== 'query-failed') throw error;
      throw new ActionError('cannot-copy-settings', `the new database cannot be given the rights and settings of the one in use: ${error.message}`, { cause: error });
    } finally {
      await admin.query('ROLLBACK');
    }
  }
}

/**
 * Drops a new database, whoever is connected: what a paused or dying pg_restore still does to it is in vain. One without planb's mark is dropped only where it is empty: it was made in the
 * instant before the crash, or it is not planb's. Throws ActionError `database-exists`.
 */
export async function dropFresh(context: ActionContext, admin: TargetDatabase, { name, url, unmarked }: { readonly name: string; readonly url: string; readonly unmarked: boolean }): Promise<void> {
  if (unmarked && !(await isEmpty(context, url))) throw new ActionError('database-exists', `there is a database ${name} already, and it is not planb's`);
  const [row] = await admin.query(`SELECT current_setting('server_version_num')::int / 10000 AS major`);
  const { major } = z.object({ major: z.number() }).parse(row);
  if (major < 13) await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1 AND pid <> pg_backend_pid()', [name]);
  await admin.query(`DROP DATABASE IF EXISTS ${quoted(name)}${major < 13 ? '' : ' WITH (FORCE)'}`);
}

async function isEmpty(context: ActionContext, url: string): Promise<boolean> {
  const database = await context.connectDatabase(url);
  try {
    // What initdb makes has a number below this one.
    const [row] = await database.query('SELECT NOT EXISTS (SELECT FROM pg_class WHERE oid >= 16384) AS empty');
    return row?.['empty'] === true;
  } finally {
    await database.close();
  }
}
