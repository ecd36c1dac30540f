import type pg from 'pg';
import type { OwnerIdentity } from '../../src/ports/program.js';
import type { Store } from '../../src/ports/store.js';
import { asStoreCall, inTransaction } from './pool.js';

type Leases = Pick<Store, 'acquireLease' | 'renewLeases' | 'releaseLease' | 'dropLease' | 'registerWorker' | 'touchWorker' | 'knownWorkers' | 'buryWorker'>;

/** Who may act on a run, decided by PostgreSQL alone. Tokens are checked inside every append. */
export function leases(pool: pg.Pool): Leases {
  return {
    acquireLease: (run, worker, ttlMs) => asStoreCall(async () => {
      const { rows } = await pool.query<{ token: string | null }>({ name: 'acquire-lease', text: 'SELECT acquire_lease($1, $2, $3) AS token', values: [run, worker, ttlMs] });
      const token = rows[0]?.token;
      return token === null || token === undefined ? undefined : Number(token);
    }),
    // A lease that ran out while PostgreSQL was away is still this worker's as long as nobody took it.
    renewLeases: (worker, runs, ttlMs) => asStoreCall(async () => {
      const { rows } = await pool.query<{ id: string; token: string; version: number }>({
        name: 'renew-leases',
        // In the order in which appends of many runs take them: neither waits for the other in a circle.
        text: `WITH mine AS MATERIALIZED (SELECT id FROM runs WHERE lease_owner = $1 AND id = ANY ($2) ORDER BY id FOR NO KEY UPDATE)
               UPDATE runs SET lease_expires_at = clock_timestamp() + $3 * interval '1 millisecond' FROM mine
               WHERE runs.id = mine.id AND lease_owner = $1 RETURNING runs.id, lease_token AS token, version`,
        values: [worker, runs, ttlMs],
      });
      return new Map(rows.map((row) => [row.id, { token: Number(row.token), version: row.version }]));
    }),
    releaseLease: (run, token, version) => asStoreCall(async () => {
      const { rowCount } = await pool.query({
        name: 'release-lease', text: 'UPDATE runs SET lease_owner = NULL, lease_expires_at = NULL WHERE id = $1 AND lease_token = $2 AND version = $3', values: [run, token, version],
      });
      return rowCount === 1;
    }),
    dropLease: (run, token) => asStoreCall(async () => {
      await pool.query('UPDATE runs SET lease_owner = NULL, lease_expires_at = NULL WHERE id = $1 AND lease_token = $2', [run, token]);
    }),
    registerWorker: (worker, identity) => asStoreCall(async () => {
      await pool.query('INSERT INTO workers (id, identity) VALUES ($1, $2)', [worker, identity]);
    }),
    touchWorker: (worker) => asStoreCall(async () => {
      await pool.query('UPDATE workers SET seen_at = clock_timestamp() WHERE id = $1', [worker]);
    }),
    knownWorkers: () => asStoreCall(async () => {
      const { rows } = await pool.query<{ worker: string; identity: OwnerIdentity; silentMs: number }>(
        `SELECT id AS worker, identity, (extract(epoch FROM clock_timestamp() - seen_at) * 1000)::double precision AS "silentMs" FROM workers`,
      );
      return rows;
    }),
    buryWorker: (worker) => asStoreCall(() => inTransaction(pool, async (client) => {
      await client.query('SELECT FROM runs WHERE lease_owner = $1 ORDER BY id FOR NO KEY UPDATE', [worker]);
      const { rows } = await client.query<{ id: string }>('UPDATE runs SET lease_owner = NULL, lease_expires_at = NULL WHERE lease_owner = $1 RETURNING id', [worker]);
      await client.query('DELETE FROM workers WHERE id = $1', [worker]);
      return rows.map((row) => row.id);
    })),
  };
}
