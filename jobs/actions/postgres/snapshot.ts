import { z } from 'zod';
import type { ActionContext } from '../../../src/ports/action.js';
import type { TargetDatabase } from '../../../src/ports/target-database.js';
import { type TableRows, countRows, listTables } from './count-rows.js';

/** Counting a large table takes its time; what must not hang has a limit of its own. */
const statementMs = 24 * 3_600_000;

/** What a snapshot says of itself: enough to make a server that its dump can be restored into. */
export interface SnapshotAbout {
  /** The server's own clock, ISO 8601 UTC; every row that was committed before is in the snapshot. */
  readonly takenAt: string;
  /** A transaction number of the server's: what older ones did is in the snapshot, whatever their rows say of the time. Absent in older dumps. */
  readonly horizon?: string | undefined;
  readonly encoding: string;
  readonly collate: string;
  readonly ctype: string;
  readonly roles: readonly string[];
  readonly extensions: readonly string[];
  /** Collations of the operating system or ICU that columns name. */
  readonly collations: readonly string[];
  readonly foreignTables: readonly string[];
}

/** One moment of a database, kept open for others to look at. */
export interface Snapshot {
  /** For `pg_dump --snapshot`. */
  readonly id: string;
  readonly about: SnapshotAbout;
  /** The rows of every table at that moment. */
  countRows(): Promise<readonly TableRows[]>;
}

const aboutRow = z.object({
  id: z.string(),
  takenAt: z.string(),
  horizon: z.string(),
  encoding: z.string(),
  collate: z.string(),
  ctype: z.string(),
  roles: z.array(z.string()),
  extensions: z.array(z.string()),
  collations: z.array(z.string()),
});

/**
 * Works within one exported snapshot. Its tables are locked as pg_dump locks them, before anything reads them: TRUNCATE and rewrites do not respect snapshots, and
 * between a count and a dump they would make the two differ. When the signal aborts, the connection is closed, whatever it waits for. Throws TargetDatabaseError.
 */
export async function withSnapshot<T>(context: ActionContext, url: string, work: (snapshot: Snapshot) => Promise<T>): Promise<T> {
  const database = await context.connectDatabase(url, { statementMs });
  const close = (): void => void database.close();
  context.signal.addEventListener('abort', close, { once: true });
  try {
    context.signal.throwIfAborted();
    const elsewhere = await transactionsElsewhere(database);
    return await database.transaction(async () => {
      await database.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
      await setLimits(database);
      const tables = await listTables(database);
      const snapshot = { ...(await readSnapshot(database, tables.foreign, elsewhere)), countRows: () => countRows(database, tables.counted) };
      await lockTables(database, tables.counted.filter((name) => !name.startsWith('pg_catalog.')));
      return work(snapshot);
    });
  } catch (error) {
    context.signal.throwIfAborted();
    throw error;
  } finally {
    context.signal.removeEventListener('abort', close);
    await database.close();
  }
}

/**
 * The transaction waits idle while pg_dump works, so no limit of the server's may end it. Where row security would hide rows, counting fails as pg_dump does. A
 * backend that counts notices within a second that planb has gone (PostgreSQL 14 and newer).
 */
async function setLimits(database: TargetDatabase): Promise<void> {
  await database.query(
    `SELECT set_config(name, value, true) FROM (VALUES ('lock_timeout', '60s'), ('statement_timeout', '0'), ('idle_in_transaction_session_timeout', '0'),
       ('row_security', 'off'), ('client_connection_check_interval', '1s'), ('transaction_timeout', '0')) AS wanted(name, value)
      WHERE name IN (SELECT s.name FROM pg_settings s)`,
  );
}

/** Numbers of transactions that write to other databases of the server. Read before the snapshot: one that ends meanwhile, or begins, is not taken for another database's. */
export async function transactionsElsewhere(database: TargetDatabase): Promise<readonly string[]> {
  const rows = await database.query(`SELECT a.backend_xid::text AS xid FROM pg_stat_activity a, pg_database d WHERE d.datname = current_database() AND a.datid <> d.oid AND a.backend_xid IS NOT NULL`);
  return rows.map((row) => z.object({ xid: z.string() }).parse(row).xid);
}

/** The number of the first transaction whose work the statement's snapshot may lack, as a text. `elsewhere`: the parameter that holds `transactionsElsewhere`. */
export function horizonSql(elsewhere: string): string {
  return `coalesce((SELECT min(xid) FROM txid_snapshot_xip(txid_current_snapshot()) AS xid WHERE xid::text <> ALL(${elsewhere})), txid_snapshot_xmax(txid_current_snapshot()))::text`;
}

async function readSnapshot(database: TargetDatabase, foreignTables: readonly string[], elsewhere: readonly string[]): Promise<Pick<Snapshot, 'id' | 'about'>> {
  const [row] = await database.query(
    `SELECT pg_export_snapshot() AS id, transaction_timestamp() AS "takenAt", ${horizonSql('$1')} AS horizon, pg_encoding_to_char(d.encoding) AS encoding, d.datcollate AS collate, d.datctype AS ctype,
            ARRAY(SELECT rolname::text FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1) AS roles,
            ARRAY(SELECT extname::text FROM pg_extension ORDER BY 1) AS extensions,
            ARRAY(SELECT DISTINCT c.collname::text FROM pg_attribute a JOIN pg_collation c ON c.oid = a.attcollation
                   WHERE a.attrelid >= 16384 AND c.collnamespace = 'pg_catalog'::regnamespace ORDER BY 1) AS collations
       FROM pg_database d WHERE d.datname = current_database()`, [elsewhere],
  );
  const { id, ...about } = aboutRow.parse(row);
  return { id, about: { ...about, foreignTables } };
}

async function lockTables(database: TargetDatabase, names: readonly string[]): Promise<void> {
  for (let from = 0; from < names.length; from += 100) {
    await database.query(`LOCK TABLE ${names.slice(from, from + 100).map((name) => `ONLY ${name}`).join(', ')} IN ACCESS SHARE MODE`);
  }
}
