import { z } from 'zod';
import type { TargetDatabase } from '../../../src/ports/target-database.js';
import { type LockHolder, lockHolderSchema } from '../../../src/verdict/lock-facts.js';

/** Prisma's own key (facts.md): its tools and planb exclude each other. */
export const migrationLock = 72707369;

const rowSchema = z.object({
  pid: z.number(), application: z.string().nullable(), client: z.string().nullable(), user: z.string().nullable(), state: z.string().nullable(), since: z.string().nullable(), seconds: z.number().nullable(), statement: z.string().nullable(),
});

/**
 * The sessions of this database that hold Prisma's migration lock, planb's own aside. One bigint key stands in pg_locks as two halves with objsubid 1, a pair of keys with objsubid 2. Of other roles'
 * sessions PostgreSQL shows state and statement to members of pg_read_all_stats only.
 */
export async function readLockHolders(database: TargetDatabase): Promise<readonly LockHolder[]> {
  const rows = await database.query(
    `SELECT l.pid, a.application_name AS application, host(a.client_addr) AS client, a.usename AS user, a.state, a.state_change AS since,
            extract(epoch FROM clock_timestamp() - a.state_change)::float8 AS seconds, a.query AS statement
       FROM pg_locks l LEFT JOIN pg_stat_activity a USING (pid)
      WHERE l.locktype = 'advisory' AND l.granted AND l.pid <> pg_backend_pid() AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND ((l.objsubid = 1 AND l.classid = 0 AND l.objid = $1::bigint::oid) OR (l.objsubid = 2 AND $1::bigint::oid IN (l.classid, l.objid)))
      ORDER BY l.pid`,
    [migrationLock],
  );
  return Promise.all(rows.map(async (row) => {
    const { statement, seconds, application, ...holder } = rowSchema.parse(row);
    return lockHolderSchema.parse({ ...holder, application: application ?? '', seconds: seconds === null ? null : Math.floor(seconds), statement: holder.state === null ? null : await shortStatement(statement ?? '') });
  }));
}

const shownLength = 120;

/** Without its values, on one line. Where the parser refuses it, its first word only: what follows may be anybody's data. */
async function shortStatement(statement: string): Promise<string | null> {
  if (statement.trim() === '') return null;
  const { hasSqlDetails, normalize } = await import('libpg-query');
  try {
    const line = (await normalize(statement)).replaceAll(/\s+/g, ' ').trim();
    return line.length > shownLength ? `${line.slice(0, shownLength - 1).replace(/[\uD800-\uDBFF]$/, '')}…` : line;
  } catch (error) {
    if (!hasSqlDetails(error)) throw error;
    return `${/^\s*(\w+)/.exec(statement)?.[1] ?? ''} …`;
  }
}
