import { createHash } from 'node:crypto';
import pg from 'pg';
import { chainNext } from '../../src/audit/hash-chain.js';
import { StoreError, type AppendRequest, type AppendResult, type LockHolder, type RunHead, type Store } from '../../src/ports/store.js';
import { insertBackups } from './backups.js';
import { deliveryRows, insertDeliveries } from './deliveries.js';
import { gather } from './gather.js';
import { asStoreCall } from './pool.js';
import { insertPreflights } from './preflights.js';

/** More would make steps that are recorded together wait for the longest list of them; with fewer PostgreSQL idles while this process decides. */
const batchesAtOnce = 2;
const mostInBatch = 64;

type FindLock = (target: string) => Promise<LockHolder | undefined>;

/** Appends to the record: each by itself, or with what other owners append at the same moment. */
export function appending(pool: pg.Pool, lockOf: FindLock): Store['append'] {
  const together = gather<AppendRequest, AppendResult>({
    send: (requests) => asStoreCall(async () => {
      const [only] = requests;
      return requests.length === 1 && only !== undefined ? [await appendOne(pool, only, lockOf)] : appendMany(pool, requests);
    }),
    key: ({ run }) => run, atOnce: batchesAtOnce, most: mostInBatch, isOfOne: (error) => !(error instanceof StoreError && error.retryable),
  });
  return (request) => (isProgress(request) ? together(request) : asStoreCall(() => appendOne(pool, request, lockOf)));
}

/** An owner's events that ask for nothing but that boards show them. */
function isProgress({ token, lock, delivery, wake, messages, backups, preflights, asks, watch }: AppendRequest): boolean {
  const alone = [lock, delivery, watch].every((part) => part === undefined);
  return token !== undefined && alone && [wake, messages, backups, preflights, asks].every((list) => list === undefined || list.length === 0);
}

interface Chained {
  readonly head: RunHead;
  readonly payloads: readonly string[];
  readonly hashes: readonly Uint8Array[];
}

function chain({ expected, events }: AppendRequest): Chained {
  const payloads = events.map((event) => JSON.stringify(event));
  const hashes: Uint8Array[] = [];
  let head = expected;
  events.forEach((event, index) => {
    head = chainNext(head, { version: head.version + 1, type: event.type, payload: payloads[index] ?? '' });
    hashes.push(head.hash);
  });
  return { head, payloads, hashes };
}

const appendCall = 'append_events($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17,$18,$19,$20)';
/** One statement, so one transaction: events, what their receipts tell of and what they ask for are kept together or not at all. */
const appendWithFinds = `WITH done AS MATERIALIZED (SELECT ${appendCall} AS status), kept AS (${insertBackups('$21::jsonb', `(SELECT status FROM done) = 'appended'`)}),
  noted AS (${insertPreflights('$22::jsonb', `(SELECT status FROM done) = 'appended'`)}), ${insertDeliveries('$23::jsonb', `(SELECT status FROM done) = 'appended'`)}
  SELECT status, CASE WHEN status = 'appended' AND $24::jsonb IS NOT NULL THEN start_watch($24::jsonb) END FROM done`;

async function appendOne(pool: pg.Pool, request: AppendRequest, lockOf: FindLock): Promise<AppendResult> {
  const { run, expected, summary } = request;
  const { head, payloads, hashes } = chain(request);
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
    const by = await lockOf(summary.target);
    // Given back between the refusal and this look: the caller decides again.
    return by === undefined ? { status: 'conflict' } : { status: 'locked', by };
  }
}

/** Only what `isProgress` lets through: the function knows nothing else. */
async function appendMany(pool: pg.Pool, requests: readonly AppendRequest[]): Promise<readonly AppendResult[]> {
  const chains = requests.map(chain);
  const events = requests.flatMap(({ run, expected, events: its }, index) => its.map((event, nth) => ({
    run, version: expected.version + nth + 1, type: event.type, payload: chains[index]?.payloads[nth] ?? '', hash: chains[index]?.hashes[nth],
  })));
  const boards = requests.flatMap(({ run, boards: its = [] }) => its.map((board) => ({ ...board, run, id: boardId(run, board) })));
  const { rows } = await pool.query<{ run: string; status: 'appended' | 'conflict' | 'fenced' }>({
    name: 'append-many', text: 'SELECT run, status FROM append_many($1,$2,$3,$4,$5,$6,$7,$8,$9,$10,$11,$12,$13,$14,$15,$16,$17)',
    values: [
      requests.map(({ run }) => run), requests.map(({ expected }) => expected.version), requests.map(({ expected }) => expected.hash), requests.map(({ token }) => token),
      chains.map(({ head }) => head.version), chains.map(({ head }) => head.hash),
      requests.map(({ summary }) => summary.phase), requests.map(({ summary }) => summary.outcome ?? null), requests.map(({ summary }) => summary.wakeAt ?? null), requests.map(({ summary }) => summary.title),
      requests.map(({ urgent }) => urgent),
      events.map(({ run }) => run), events.map(({ version }) => version), events.map(({ type }) => type), events.map(({ payload }) => payload), events.map(({ hash }) => hash), JSON.stringify(boards),
    ],
  });
  const statuses = new Map(rows.map(({ run, status }) => [run, status]));
  return requests.map(({ run }, index): AppendResult => {
    const status = statuses.get(run) ?? 'conflict';
    const head = chains[index]?.head;
    return status === 'appended' && head !== undefined ? { status, head } : { status: status === 'fenced' ? 'fenced' : 'conflict' };
  });
}

/** The same board of the same run has one id whoever asks for it first. */
function boardId(run: string, board: { readonly platform: string; readonly channel: string; readonly thread?: string }): string {
  return createHash('sha256').update(JSON.stringify([run, board.platform, board.channel, board.thread ?? ''])).digest('base64url').slice(0, 22);
}
