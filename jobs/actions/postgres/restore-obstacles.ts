import { z } from 'zod';
import type { ActionContext } from '../../../src/ports/action.js';
import { type TargetDatabase, TargetDatabaseError } from '../../../src/ports/target-database.js';
import { databaseUrl } from './restore-sql.js';

const rights = z.object({
  role: z.string(), superuser: z.boolean(), createdb: z.boolean(), owner: z.boolean(), template: z.boolean(), major: z.number(),
  prepared: z.coerce.number(), slots: z.array(z.string()), subscriptions: z.array(z.string()), extensions: z.array(z.string()),
});

/** What belongs to a server, not to one who uses it. */
const reserved: ReadonlySet<string> = new Set(['postgres', 'template0', 'template1']);

/**
 * Why the connected database may not be replaced, in a sentence; undefined where nothing stands against it. Read while planning and again before anything is made. Whoever
 * swaps databases needs what ALTER DATABASE … RENAME asks for: ownership and CREATEDB.
 */
export async function findObstacle(database: TargetDatabase, name: string): Promise<string | undefined> {
  const [first] = await database.query(
    `SELECT r.rolname::text AS role, r.rolsuper AS superuser, r.rolsuper OR r.rolcreatedb AS createdb, pg_has_role(d.datdba, 'USAGE') AS owner, d.datistemplate AS template,
            current_setting('server_version_num')::int / 10000 AS major,
            (SELECT count(*) FROM pg_prepared_xacts p WHERE p.database = d.datname) AS prepared,
            ARRAY(SELECT slot_name::text FROM pg_replication_slots s WHERE s.database = d.datname ORDER BY 1) AS slots,
            ARRAY(SELECT subname::text FROM pg_subscription s WHERE s.subdbid = d.oid ORDER BY 1) AS subscriptions,
            ARRAY(SELECT e.extname::text FROM pg_extension e JOIN pg_available_extension_versions v ON v.name = e.extname AND v.version = e.extversion
                   WHERE v.superuser AND to_jsonb(v) ->> 'trusted' IS DISTINCT FROM 'true' AND e.extname <> 'plpgsql' ORDER BY 1) AS extensions
       FROM pg_database d, pg_roles r WHERE d.datname = current_database() AND r.rolname = current_user`,
  );
  const found = rights.parse(first);
  const list = (names: readonly string[]): string => names.join(', ');
  if (reserved.has(name)) return `${name} is the server's own database; it cannot be swapped`;
  if (found.template) return `${name} is a template database; it cannot be swapped`;
  if (!found.createdb) return `the role ${found.role} may not create databases; a superuser can allow it: ALTER ROLE "${found.role}" CREATEDB`;
  if (!found.owner) return `the role ${found.role} does not own ${name} and is no member of its owner, so it may not rename it`;
  if (found.slots.length > 0) return `${name} has the replication slots ${list(found.slots)}: they would stay with the old database, and whoever reads them would read the wrong one; drop them first`;
  if (found.subscriptions.length > 0) return `${name} has the subscriptions ${list(found.subscriptions)}: they would stay with the old database and go on writing there; drop them first`;
  if (found.prepared > 0) return `${name} has ${found.prepared} prepared ${found.prepared === 1 ? 'transaction' : 'transactions'}; it cannot be renamed until they are committed or rolled back (pg_prepared_xacts)`;
  if (!found.superuser && found.extensions.length > 0) return `${name} has the extensions ${list(found.extensions)}, which only a superuser may create, and the role ${found.role} is none`;
  return undefined;
}

/**
 * Whether PgBouncer answers at the URL: it keeps a console under a database name of its own. Behind a pooler other databases may not be reachable, and sessions that it keeps are
 * ended in vain.
 */
export async function isPooler(context: Pick<ActionContext, 'connectDatabase'>, url: string): Promise<boolean> {
  try {
    const console_ = await context.connectDatabase(databaseUrl(url, 'pgbouncer'), { connectMs: 3_000, statementMs: 3_000 });
    try {
      const rows = await console_.query('SHOW VERSION');
      return JSON.stringify(rows).includes('PgBouncer');
    } finally {
      await console_.close();
    }
  } catch (error) {
    // A server says 3D000, no such database; the pooler, that its console is not for everybody.
    if (error instanceof TargetDatabaseError) return error.sqlState === '08P01';
    throw error;
  }
}
