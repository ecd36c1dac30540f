import type pg from 'pg';
import { StoreError, type LockHolder, type RecordedRun, type RunHead, type RunListing, type Store } from '../../src/ports/store.js';
import type { RunEvent } from '../../src/run/events.js';
import { chainStart } from '../../src/audit/hash-chain.js';
import { appending } from './append.js';
import { gather } from './gather.js';
import { asStoreCall } from './pool.js';

type EventStore = Pick<Store, 'load' | 'append' | 'runs' | 'lockOf' | 'now'>;

const millis = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::double precision`;

/** A list or a sweep asks for many runs at once: as many connections would be taken from those who record. */
const readsAtOnce = 2;
const mostInRead = 32;

/** The append-only record of runs and what they are found by. */
export function eventStore(pool: pg.Pool): EventStore {
  const load = gather<string, RecordedRun>({
    send: (runs) => asStoreCall(() => loadRuns(pool, runs)), key: (run) => run, atOnce: readsAtOnce, most: mostInRead,
    // One run's record may not be readable.
    isOfOne: (error) => !(error instanceof StoreError && error.retryable),
  });
  return {
    now: () => asStoreCall(() => readClock(pool)),
    load,
    append: appending(pool, (target) => lockOf(pool, target)),
    runs: (filter) => asStoreCall(() => listRuns(pool, filter)),
    lockOf: (target) => asStoreCall(() => lockOf(pool, target)),
  };
}

async function readClock(pool: pg.Pool): Promise<number> {
  const { rows } = await pool.query<{ now: number }>({ name: 'now', text: `SELECT ${millis('clock_timestamp()')} AS now` });
  return Math.floor(rows[0]?.now ?? 0);
}

async function loadRuns(pool: pg.Pool, runs: readonly string[]): Promise<readonly RecordedRun[]> {
  const { rows } = await pool.query<{ run: string; version: number; payload: string; hash: Buffer; now: number }>({
    name: 'load-runs', text: `SELECT run_id AS run, version, payload, hash, ${millis('clock_timestamp()')} AS now FROM events WHERE run_id = ANY ($1) ORDER BY run_id, version`, values: [runs],
  });
  const found = new Map(runs.map((run): [string, typeof rows] => [run, []]));
  for (const row of rows) found.get(row.run)?.push(row);
  const clock = rows.at(-1)?.now ?? (await readClock(pool));
  return runs.map((run) => {
    const its = found.get(run) ?? [];
    const last = its.at(-1);
    const head: RunHead = last === undefined ? chainStart(run) : { version: last.version, hash: last.hash };
    return { head, events: its.map(({ payload }) => JSON.parse(payload) as RunEvent), now: Math.floor(clock) };
  });
}

async function lockOf(pool: pg.Pool, target: string): Promise<LockHolder | undefined> {
  const { rows } = await pool.query<{ run: string; since: number }>(`SELECT run_id AS run, ${millis('taken_at')} AS since FROM locks WHERE target = $1`, [target]);
  return rows[0];
}

async function listRuns(pool: pg.Pool, filter: { readonly live?: boolean; readonly target?: string; readonly limit: number }): Promise<readonly RunListing[]> {
  // Word for word what an index is there for, and by the columns' own values: the result's have the same names.
  const phase = filter.live === undefined ? 'true' : filter.live ? `r.phase <> 'ended'` : `r.phase = 'ended'`;
  const target = filter.target === undefined ? 'true' : 'r.target = $2';
  const { rows } = await pool.query<{
    id: string; target: string; kind: RunListing['kind']; title: string; phase: RunListing['phase']; outcome: RunListing['outcome'] | null;
    wake_at: number | null; requested_at: number; updated_at: number;
  }>(
    `SELECT id, target, kind, title, phase, outcome, ${millis('wake_at')} AS wake_at, ${millis('requested_at')} AS requested_at, ${millis('updated_at')} AS updated_at
     FROM runs AS r WHERE ${phase} AND ${target} ORDER BY r.requested_at DESC LIMIT $1`,
    [filter.limit, ...(filter.target === undefined ? [] : [filter.target])],
  );
  return rows.map((row) => ({
    id: row.id, target: row.target, kind: row.kind, title: row.title, phase: row.phase, requestedAt: row.requested_at, updatedAt: row.updated_at,
    ...(row.outcome === null || row.outcome === undefined ? {} : { outcome: row.outcome }), ...(row.wake_at === null ? {} : { wakeAt: row.wake_at }),
  }));
}
