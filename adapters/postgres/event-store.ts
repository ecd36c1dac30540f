import { createHash } from 'node:crypto';
import pg from 'pg';
import type { AppendRequest, AppendResult, LockHolder, RecordedRun, RunHead, RunListing, Store } from '../../src/ports/store.js';
import type { RunEvent } from '../../src/run/events.js';
import { insertBackups } from './backups.js';
import { deliveryRows, insertDeliveries } from './deliveries.js';
import { insertPreflights } from './preflights.js';
import { chainNext, chainStart } from '../../src/audit/hash-chain.js';
import { asStoreCall } from './pool.js';

type EventStore = Pick<Store, 'load' | 'append' | 'runs' | 'lockOf' | 'now'>;

const millis = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::double precision`;

/** The append-only record of runs and what they are found by. */
export function eventStore(pool: pg.Pool): EventStore {
  return {
    now: () => asStoreCall(async () => {
      const { rows } = await pool.query<{ now: number }>({ name: 'now', text: `SELECT ${millis('clock_timestamp()')} AS now` });
      return Math.floor(rows[0]?.now ?? 0);
    }),
    load: (run) => asStoreCall(() => load(pool, run)),
    append: (request) => asStoreCall(() => append(pool, request)),
    runs: (filter) => asStoreCall(() => listRuns(pool, filter)),
    lockOf: (target) => asStoreCall(() => lockOf(pool, target)),
  };
}

async function load(pool: pg.Pool, run: string): Promise<RecordedRun> {
  const { rows } = await pool.query<{ version: number; payload: string; hash: Buffer; now: number }>({
    name: 'load-run', text: `SELECT version, payload, hash, ${millis('clock_timestamp()')} AS now FROM events WHERE run_id = $1 ORDER BY version`, values: [run],
  });
  const last = rows.at(-1);
  const head: RunHead = last === undefined ? chainStart(run) : { version: last.version, hash: last.hash };
  const events = rows.map((row) => JSON.parse(row.payload) as RunEvent);
  return { head, events, now: Math.floor(last?.now ?? (await eventStore(pool).now())) };
}

const appendCall = 'append_events($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20)';
/** One statement, so one transaction: events, what their receipts tell of and what they ask for are kept together or not at all. */
const appendWithFinds = `WITH done AS MATERIALIZED (SELECT ${appendCall} AS status), kept AS (${insertBackups('$21::jsonb', `(SELECT status FROM done) = 'appended'`)}),
  noted AS (${insertPreflights('$22::jsonb', `(SELECT status FROM done) = 'appended'`)}), ${insertDeliveries('$23::jsonb', `(SELECT status FROM done) = 'appended'`)}
  SELECT status, CASE WHEN status = 'appended' AND $24::jsonb IS NOT NULL THEN start_watch($24::jsonb) END FROM done`;

async function append(pool: pg.Pool, request: AppendRequest): Promise<AppendResult> {
  const { run, expected, summary } = request;
  const payloads = request.events.map((event) => JSON.stringify(event));
  const hashes: Uint8Array[] = [];
  let head = expected;
  request.events.forEach((event, index) => {
    head = chainNext(head, { version: head.version + 1, type: event.type, payload: payloads[index] ?? '' });
    hashes.push(head.hash);
  });
  try {
    const { backups = [], preflights = [], asks = [], watch } = request;
    const found = backups.length + preflights.length + asks.length > 0 || watch !== undefined;
    const { rows } = await pool.query<{ status: 'appended' | 'conflict' | 'fenced' }>({
      ...(found ? { name: 'append-with-finds', text: appendWithFinds } : { name: 'append-events', text: `SELECT ${appendCall} AS status` }),
      values: [
        run, expected.version, expected.hash, request.token ?? null, request.events.map((event) => event.type), payloads, hashes,
        summary.target, summary.kind, summary.title, summary.phase, summary.outcome ?? null, summary.wakeAt ?? null,
        request.lock ?? null, request.delivery?.id ?? null, request.delivery?.outcome ?? null,
        JSON.stringify(request.wake), JSON.stringify((request.boards ?? []).map((board) => ({ ...board, id: boardId(run, board) }))),
        JSON.stringify(request.messages ?? []), request.urgent, ...(found ? [JSON.stringify(backups), JSON.stringify(preflights), deliveryRows(asks), watch === undefined ? null : JSON.stringify(watch)] : []),
      ],
    });
    const status = rows[0]?.status ?? 'conflict';
    return status === 'appended' ? { status, head } : { status };
  } catch (error) {
    const code = error instanceof pg.DatabaseError ? error.code : undefined;
    if (code === 'PLB02') return { status: 'processed' };
    if (code !== 'PLB01') throw error;
    const by = await lockOf(pool, summary.target);
    // Given back between the refusal and this look: the caller decides again.
    return by === undefined ? { status: 'conflict' } : { status: 'locked', by };
  }
}

/** The same board of the same run has one id whoever asks for it first. */
function boardId(run: string, board: { readonly platform: string; readonly channel: string; readonly thread?: string }): string {
  return createHash('sha256').update(JSON.stringify([run, board.platform, board.channel, board.thread ?? ''])).digest('base64url').slice(0, 22);
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
