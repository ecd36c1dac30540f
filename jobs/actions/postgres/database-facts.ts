import { z } from 'zod';
import { type TargetDatabase, TargetDatabaseError } from '../../../src/ports/target-database.js';

/** Which database this is, and how large. */
export interface DatabaseFacts {
  readonly name: string;
  /** Object id: a dropped and recreated database of the same name has another. */
  readonly oid: number;
  /** Of the cluster; null where the server lets planb not read it. */
  readonly system: string | null;
  readonly serverMajor: number;
  readonly serverVersion: string;
  readonly databaseBytes: number;
  /**
   * What a dump holds: the database without its indexes, as of the last vacuum or analyze; never less than that. Not pg_table_size: it waits for locks, and a migration that
   * hangs on one must not stop a rollback's plan.
   */
  readonly tableBytes: number;
}

const row = z.object({
  name: z.string(),
  oid: z.coerce.number(),
  major: z.number(),
  version: z.string(),
  bytes: z.coerce.number(),
  tables: z.coerce.number(),
});

export async function readDatabaseFacts(database: TargetDatabase): Promise<DatabaseFacts> {
  const [first] = await database.query(
    `SELECT current_database() AS name, d.oid::bigint AS oid, current_setting('server_version_num')::int / 10000 AS major,
            current_setting('server_version') AS version, pg_database_size(d.oid) AS bytes,
            greatest(0, pg_database_size(d.oid) - (SELECT coalesce(sum(relpages::bigint), 0) FROM pg_class WHERE relkind = 'i') * current_setting('block_size')::bigint) AS tables
       FROM pg_database d WHERE d.datname = current_database()`,
  );
  const facts = row.parse(first);
  return {
    name: facts.name,
    oid: facts.oid,
    system: await readSystem(database),
    serverMajor: facts.major,
    serverVersion: facts.version,
    databaseBytes: facts.bytes,
    tableBytes: facts.tables,
  };
}

/** Managed services may keep the control data to themselves. */
async function readSystem(database: TargetDatabase): Promise<string | null> {
  try {
    const [first] = await database.query('SELECT system_identifier::text AS system FROM pg_control_system()');
    return z.object({ system: z.string() }).parse(first).system;
  } catch (error) {
    // 42501: insufficient privilege; 42883: no such function.
    if (error instanceof TargetDatabaseError && (error.sqlState === '42501' || error.sqlState === '42883')) return null;
    throw error;
  }
}
