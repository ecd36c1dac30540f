import type pg from 'pg';
import { chainNext, chainStart } from '../../../src/audit/hash-chain.js';

/**
 * As if so many milliseconds had gone by since a run moved DNS: the instant in planb's record is moved back, and nothing else. The record refuses changes, so its triggers are off meanwhile, and the
 * run's chain is made anew.
 */
export async function passTime(database: pg.Pool, run: string, ms: number): Promise<void> {
  const client = await database.connect();
  try {
    await client.query('BEGIN');
    await client.query('SET LOCAL session_replication_role = replica');
    await client.query('SELECT FROM runs WHERE id = $1 FOR UPDATE', [run]);
    const { rows } = await client.query<{ version: number; type: string; payload: string }>('SELECT version, type, payload FROM events WHERE run_id = $1 ORDER BY version', [run]);
    let head = chainStart(run);
    let moved = 0;
    for (const { version, type, payload } of rows) {
      const older = payload.replaceAll(/(?<="switchedAt":")[^"]+/g, (at) => {
        moved += 1;
        return new Date(Date.parse(at) - ms).toISOString();
      });
      head = chainNext(head, { version, type, payload: older });
      await client.query('UPDATE events SET payload = $3, hash = $4 WHERE run_id = $1 AND version = $2', [run, version, older, head.hash]);
    }
    if (moved === 0) throw new Error(`run ${run} moved no DNS`);
    await client.query('UPDATE runs SET head = $2 WHERE id = $1', [run, head.hash]);
    await client.query('COMMIT');
  } finally {
    client.release(true);
  }
}
