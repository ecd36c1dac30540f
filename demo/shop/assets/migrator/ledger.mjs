/**
 * The table that the releases share with PostgreSQL: Prisma's `_prisma_migrations`, column for column. This is a stand-in for
 * `prisma migrate`, kept to the semantics that decide whether a rollback works:
 * - names alone say what is applied; checksums (SHA-256 hex of migration.sql) are stored and never compared;
 * - a row with `rolled_back_at` counts as not applied;
 * - a row with neither `finished_at` nor `rolled_back_at` blocks every deploy, also one that does not ship that migration.
 */
import { createHash, randomUUID } from 'node:crypto';

const TABLE = `CREATE TABLE _prisma_migrations (
  id                  VARCHAR(36) PRIMARY KEY NOT NULL,
  checksum            VARCHAR(64) NOT NULL,
  finished_at         TIMESTAMPTZ,
  migration_name      VARCHAR(255) NOT NULL,
  logs                TEXT,
  rolled_back_at      TIMESTAMPTZ,
  started_at          TIMESTAMPTZ NOT NULL DEFAULT now(),
  applied_steps_count INTEGER NOT NULL DEFAULT 0
)`;

/** Prisma's own key, so that its tools and this one exclude each other. */
const ADVISORY_LOCK = 72707369;

/** A refusal or failure of the migrator, with Prisma's code. */
export class MigrateError extends Error {
  constructor(code, message, options) {
    super(message, options);
    this.name = 'MigrateError';
    this.code = code;
  }
}

/** Takes the migrator's session lock; released by {@link unlockLedger} or the end of the connection. Waits 10 s as Prisma does. */
export async function lockLedger(client) {
  await client.query("SET lock_timeout = '10s'");
  try {
    await client.query('SELECT pg_advisory_lock($1)', [ADVISORY_LOCK]);
  } catch (error) {
    if (error.code !== '55P03') throw error;
    throw new MigrateError('P1002', 'The database server was reached but timed out. Timed out trying to acquire a postgres advisory lock (SELECT pg_advisory_lock(72707369)).', { cause: error });
  } finally {
    await client.query('SET lock_timeout = DEFAULT');
  }
}

export async function unlockLedger(client) {
  await client.query('SELECT pg_advisory_unlock($1)', [ADVISORY_LOCK]);
}

/** All rows, oldest first; undefined when the table does not exist. */
export async function readLedger(client) {
  const { rows: [found] } = await client.query("SELECT to_regclass('_prisma_migrations') AS name");
  if (found.name === null) return undefined;
  const { rows } = await client.query('SELECT * FROM _prisma_migrations ORDER BY started_at, migration_name');
  return rows;
}

/** Creates the table in an empty schema; a schema that already holds tables is P3005. */
export async function createLedger(client) {
  const { rows } = await client.query("SELECT 1 FROM pg_class c WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') LIMIT 1");
  if (rows.length > 0) throw new MigrateError('P3005', 'The database schema is not empty.');
  await client.query(TABLE);
}

export const isFailed = (row) => row.finished_at === null && row.rolled_back_at === null;
export const isApplied = (row) => row.finished_at !== null && row.rolled_back_at === null;

/** Records the intent before the script runs, so that a crash leaves a failed row and not silence. Returns the row's id. */
export async function recordStart(client, name, sql) {
  const id = randomUUID();
  const checksum = createHash('sha256').update(sql).digest('hex');
  await client.query('INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ($1, $2, $3)', [id, checksum, name]);
  return id;
}

export async function recordFinish(client, id) {
  await client.query('UPDATE _prisma_migrations SET finished_at = now(), applied_steps_count = 1 WHERE id = $1', [id]);
}

export async function recordFailure(client, id, logs) {
  await client.query('UPDATE _prisma_migrations SET logs = $2 WHERE id = $1', [id, logs]);
}

/** Stamps the failed rows of one migration; returns how many there were. */
export async function markRolledBack(client, name) {
  const { rowCount } = await client.query(
    'UPDATE _prisma_migrations SET rolled_back_at = now() WHERE migration_name = $1 AND finished_at IS NULL AND rolled_back_at IS NULL',
    [name],
  );
  return rowCount;
}

/** Inserts a finished row without running anything. */
export async function markApplied(client, name, sql) {
  await client.query(
    'INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at) VALUES ($1, $2, $3, now(), now())',
    [randomUUID(), createHash('sha256').update(sql).digest('hex'), name],
  );
}
