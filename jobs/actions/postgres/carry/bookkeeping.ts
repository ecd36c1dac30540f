import { z } from 'zod';
import { type TargetDatabase, TargetDatabaseError } from '../../../../src/ports/target-database.js';
import { ActionError } from '../../action-error.js';

/** The schema in a target's database that holds what planb has to find there again: marks and finished carries. */
export const bookkeeping = 'planb_carry';

const definition = [
  `SELECT pg_advisory_xact_lock(hashtext('${bookkeeping}'))`,
  `CREATE SCHEMA IF NOT EXISTS ${bookkeeping}`,
  `CREATE TABLE IF NOT EXISTS ${bookkeeping}.marks (name text PRIMARY KEY, run text NOT NULL, step text NOT NULL, system text, oid bigint NOT NULL, horizon text NOT NULL, at timestamptz NOT NULL)`,
  `CREATE TABLE IF NOT EXISTS ${bookkeeping}.carries (run text, step text, base text, xid text NOT NULL, at timestamptz NOT NULL DEFAULT now(), receipt text NOT NULL, PRIMARY KEY (run, step))`,
  `COMMENT ON SCHEMA ${bookkeeping} IS 'planb: when the target moved to another server, and what was carried back. Drop it when the old server goes.'`,
];

/** Within a transaction of its own. Throws ActionError `no-bookkeeping` where planb may not make it. */
export async function makeBookkeeping(database: TargetDatabase): Promise<void> {
  if (await hasBookkeeping(database)) return;
  try {
    await database.transaction(async () => {
      for (const statement of definition) await database.query(statement);
    });
  } catch (error) {
    if (error instanceof TargetDatabaseError && error.sqlState === '42501') throw new ActionError('no-bookkeeping', await mayNot(database), { cause: error });
    throw error;
  }
}

export async function hasBookkeeping(database: TargetDatabase): Promise<boolean> {
  const [row] = await database.query(`SELECT to_regclass('${bookkeeping}.marks') IS NOT NULL AND to_regclass('${bookkeeping}.carries') IS NOT NULL AS there`);
  return row?.['there'] === true;
}

/** Why planb could not keep its bookkeeping there; undefined: it could. */
export async function bookkeepingObstacle(database: TargetDatabase): Promise<string | undefined> {
  if (await hasBookkeeping(database)) return undefined;
  const [row] = await database.query(`SELECT has_database_privilege(current_database(), 'CREATE') AS may`);
  return row?.['may'] === true ? undefined : mayNot(database);
}

async function mayNot(database: TargetDatabase): Promise<string> {
  const [row] = await database.query('SELECT quote_ident(current_database()) AS database, quote_ident(current_user) AS role');
  const { database: name, role } = z.object({ database: z.string(), role: z.string() }).parse(row);
  return `planb's role may not make the schema ${bookkeeping} in ${name}, where it notes what it has done; GRANT CREATE ON DATABASE ${name} TO ${role}`;
}
