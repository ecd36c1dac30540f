import type pg from 'pg';
import type { Store } from '../../src/ports/store.js';
import { asStoreCall } from './pool.js';

/** How far the records of runs go, for those who sign it. */
export function heads(pool: pg.Pool): Pick<Store, 'headsSince'> {
  return {
    headsSince: ({ since, endedOnly, after, limit }) => asStoreCall(async () => {
      const { rows } = await pool.query<{ run: string; version: number; hash: Buffer }>(
        `SELECT id AS run, version, head AS hash FROM runs WHERE (${endedOnly ? '' : `phase <> 'ended' OR`} at_rest_since >= to_timestamp($1::double precision / 1000)) AND id > $2 ORDER BY id LIMIT $3`, [since, after, limit],
      );
      return rows;
    }),
  };
}
