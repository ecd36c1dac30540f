import { readdir, readFile } from 'node:fs/promises';
import pg from 'pg';
import { StoreError } from '../../src/ports/store.js';
import { toStoreError } from './pool.js';

const folder = new URL('./migrations/', import.meta.url);
/** Taken while migrating, so that several planb processes that start together migrate one after another. */
const migrationLock = 7_266_726;

/**
 * Brings planb's own schema up to date: forward only, a transaction a file. A schema newer than this planb is left alone and refused, since an older
 * planb must not write into what it does not know. Throws StoreError.
 */
export async function migrate(url: string): Promise<readonly string[]> {
  const files = await migrationFiles();
  const client = new pg.Client({ connectionString: url, application_name: 'planb migrate', connectionTimeoutMillis: 5_000 });
  // A connection that dies between two queries: the next one says so.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT pg_advisory_lock($1)', [migrationLock]);
    await client.query('CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT clock_timestamp())');
    const { rows } = await client.query<{ name: string }>('SELECT name FROM migrations');
    const applied = new Set(rows.map((row) => row.name));
    const unknown = [...applied].filter((name) => !files.includes(name));
    if (unknown.length > 0) {
      throw new StoreError('schema-newer', `This database belongs to a newer planb (it has ${unknown.join(', ')}). Start that version, or give this one another database.`, false, undefined);
    }
    const missing = files.filter((name) => !applied.has(name));
    for (const name of missing) await applyOne(client, name);
    return missing;
  } catch (error) {
    throw toStoreError(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** What a newer planb has applied meanwhile to the database of this process. */
export async function newerMigrations(pool: pg.Pool): Promise<readonly string[]> {
  const files = await migrationFiles();
  const { rows } = await pool.query<{ name: string }>('SELECT name FROM migrations WHERE name <> ALL ($1) ORDER BY name', [files]);
  return rows.map(({ name }) => name);
}

async function migrationFiles(): Promise<readonly string[]> {
  return (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
}

async function applyOne(client: pg.Client, name: string): Promise<void> {
  const sql = await readFile(new URL(name, folder), 'utf8');
  await client.query('BEGIN');
  try {
    await client.query(sql);
    await client.query('INSERT INTO migrations (name) VALUES ($1)', [name]);
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  }
}
