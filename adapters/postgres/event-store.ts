import type pg from 'pg';
import type { LockHolder, RecordedRun, RunHead, RunListing, Store } from '../../src/ports/store.js';
import type { RunEvent } from '../../src/run/events.js';
import { chainStart } from '../../src/audit/hash-chain.js';
import { appending } from './append.js';
import { asStoreCall } from './pool.js';

type EventStore = Pick<Store, 'load' | 'append' | 'runs' | 'lockOf' | 'now'>;

const millis = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::double precision`;

/** The append-only record of runs and what they are found by. */
export function eventStore(pool: pg.Pool): EventStore {
  return {
    now: () => asStoreCall(() => readClock(pool)),
    load: (run) => asStoreCall(() => load(pool, run)),
    append: appending(pool, (target) => lockOf(pool, target)),
    runs: (filter) => asStoreCall(() => listRuns(pool, filter)),
    lockOf: (target) => asStoreCall(() => lockOf(pool, target)),
  };
}

async function readClock(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ now: number }>({ name: 'now', text: `SELECT ${millis('clock_timestamp()')} AS now` });
  return Math.floor(rows[0]?.now ?? 0);
}

async function load(pool: pg.Pool, run: string): Promise<RecordedRun> {
  const { rows } = await pool.query<{ version: number; payload: string; hash: Buffer; now: number }>({
    name: 'load-run', text: `SELECT version, payload, hash, ${millis('clock_timestamp()')} AS now FROM events WHERE run_id = $1 ORDER BY version`, values: [run],
  });
  const last = rows.at(-1);
  const head: RunHead = last === undefined ? chainStart(run) : { version: last.version, hash: last.hash };
  const events = rows.map((row) => JSON.parse(row.payload) as RunEvent);
  return { head, events, now: Math.floor(last?.now ?? (await readClock(pool))) };
}

async function lockOf(pool: pg.Pool, target: string): Promise<LockHolder | undefined> {
  const { rows } = await pool.query<{ run: string; since: number }>(`SELECT run_id AS run, ${millis('taken_at')} AS since FROM locks WHERE target = $1`, [target]);
  return rows[0];
}

async function listRuns(pool: pg.Pool, filter: { readonly live?: boolean; readonly target?: string; readonly limit: number }): Promise<readonly RunListing[]> {
  const { rows } = await pool.query<{
    id: string; target: string; kind: RunListing['kind']; title: string; phase: RunListing['phase']; outcome: RunListing['outcome'] | null;
    wake_at: number | null; requested_at: number; updated_at: number;
  }>(
    `SELECT id, target, kind, title, phase, outcome, ${millis('wake_at')} AS wake_at, ${millis('requested_at')} AS requested_at, ${millis('updated_at')} AS updated_at
     FROM runs WHERE ($1::boolean IS NULL OR (phase <> 'ended') = $1) AND ($2::text IS NULL OR target = $2) ORDER BY requested_at DESC LIMIT $3`,
    [filter.live ?? null, filter.target ?? null, filter.limit],
  );
  return rows.map((row) => ({
    id: row.id, target: row.target, kind: row.kind, title: row.title, phase: row.phase, requestedAt: row.requested_at, updatedAt: row.updated_at,
    ...(row.outcome === null || row.outcome === undefined ? {} : { outcome: row.outcome }), ...(row.wake_at === null ? {} : { wakeAt: row.wake_at }),
  }));
}
