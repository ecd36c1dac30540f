import pg from 'pg';
import { StoreError } from '../../src/ports/store.js';

/** Connection failures, shutdowns, serialization trouble: the same call may succeed later. Everything else is a bug or a refusal. */
const retryableClasses = new Set(['08', '53', '57', '40']);
const retryableCodes = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ENOENT', 'ETIMEDOUT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH']);

/** A table, column or function that this version wants is not there. */
const goneCodes = new Set(['42P01', '42703', '42883']);

export interface PoolOptions {
  readonly url: string;
  /** Connections at most. Default 10. */
  readonly max?: number;
  /** Told once a connection that nobody used broke. */
  readonly onIdleError?: (error: Error) => void;
}

export function createPool(options: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.url, max: options.max ?? 10, application_name: 'planb', connectionTimeoutMillis: 5_000, idleTimeoutMillis: 60_000, keepAlive: true,
  });
  // Without a listener a server that restarts would end the whole process.
  pool.on('error', (error) => options.onIdleError?.(error));
  // The same for a connection that somebody holds and asks nothing of at this moment, as a transaction that waits for the queue does: its next query says so.
  pool.on('connect', (client) => { client.on('error', () => undefined); });
  return pool;
}

/** Runs a store operation and turns what `pg` throws into StoreError. */
export async function asStoreCall<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toStoreError(error);
  }
}

export function toStoreError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StoreError) return error;
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  const lost = code === '' && /connection|terminated|timeout/i.test(error.message);
  if (code === '' && !lost) return error;
  const retryable = lost || retryableCodes.has(code) || (code.length === 5 && retryableClasses.has(code.slice(0, 2)));
  const hint = goneCodes.has(code) ? '. If a newer planb has migrated this database meanwhile, replace this process with that version' : '';
  return new StoreError(code === '' ? 'connection-lost' : code, `planb's PostgreSQL: ${error.message}${hint}`, retryable, error);
}

/** For what may be forgotten by a server that dies right after: the commit does not wait for the disk. One round trip, like `BEGIN` alone. */
export const beginForgettable = 'BEGIN; SET LOCAL synchronous_commit = off';

/** Runs `work` in one transaction on one connection. */
export async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>, begin = 'BEGIN'): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query(begin);
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((failure: unknown) => { broken = failure instanceof Error ? failure : new Error(String(failure)); });
    throw error;
  } finally {
    client.release(broken);
  }
}
