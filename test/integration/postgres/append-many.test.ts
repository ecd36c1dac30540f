import { expect, test } from 'vitest';
import { auditChains } from '../../../adapters/postgres/audit.js';
import type { AppendRequest, RunHead, Store } from '../../../src/ports/store.js';
import { eventually } from '../../support/eventually.js';
import { createTestStore } from '../../support/planb-database.js';
import { appendOf, note, openRun } from './requests.js';

interface Owned {
  readonly head: RunHead;
  readonly token: number;
}

async function own(store: Store, run: string): Promise<Owned> {
  const head = await openRun(store, run);
  const token = await store.acquireLease(run, 'w1', 60_000);
  if (token === undefined) throw new Error('no lease');
  return { head, token };
}

const owned = (run: string, { head, token }: Owned, text: string, rest: Partial<AppendRequest> = {}): AppendRequest => appendOf(run, head, [note(text), note(`${text} too`)], { token, ...rest });

/** Starts the appends while the lists that may be under way wait for the rows of two other runs, and then lets go. */
async function together(requests: readonly AppendRequest[], { store, pool }: Awaited<ReturnType<typeof createTestStore>>): Promise<PromiseSettledResult<unknown>[]> {
  const busy = [await own(store, 'BUSY1'), await own(store, 'BUSY2')];
  const holder = await pool.connect();
  await holder.query('BEGIN');
  await holder.query(`SELECT FROM runs WHERE id LIKE 'BUSY%' FOR UPDATE`);
  const first = busy.map((one, index) => store.append(owned(`BUSY${String(index + 1)}`, one, 'first')));
  await eventually(async () => (await pool.query(`SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`)).rowCount === 2);
  const rest = Promise.allSettled(requests.map((request) => store.append(request)));
  await holder.query('COMMIT');
  holder.release();
  await Promise.all(first);
  return rest;
}

test('what waits for others is appended in one transaction, and each is answered for itself', async () => {
  const database = await createTestStore();
  const { store, pool } = database;
  const [a, b, c, d] = [await own(store, 'A'), await own(store, 'B'), await own(store, 'C'), await own(store, 'D')];
  const board = { platform: 'slack', channel: 'C1', locale: 'en' } as const;
  const results = await together([
    owned('A', a, 'one'),
    // Decided on what is no longer the head: it travels after the one before it.
    owned('A', a, 'late'),
    owned('B', b, 'two', { boards: [board], urgent: false }),
    owned('C', { ...c, head: { ...c.head, hash: a.head.hash } }, 'forged'),
    owned('D', { ...d, token: d.token - 1 }, 'fenced'),
  ], database);
  expect(results).toMatchObject([
    { value: { status: 'appended', head: { version: 3 } } }, { value: { status: 'conflict' } }, { value: { status: 'appended', head: { version: 3 } } }, { value: { status: 'conflict' } }, { value: { status: 'fenced' } },
  ]);
  expect((await store.load('B')).events.slice(1)).toEqual([note('two'), note('two too')]);
  const { rows } = await pool.query<{ run: string; at: string }>(`SELECT DISTINCT run_id AS run, xmin::text AS at FROM events WHERE version > 1 AND run_id IN ('A', 'B')`);
  expect(new Set(rows.map(({ at }) => at)).size).toBe(1);
  for (const run of ['C', 'D']) expect((await store.load(run)).head.version).toBe(1);
  expect((await store.boardsOf('B')).map(({ channel }) => channel)).toEqual(['C1']);
  expect((await pool.query(`SELECT FROM outbox WHERE wakeup->>'do' = 'board' AND due_at > clock_timestamp() - interval '1 minute'`)).rowCount).toBe(1);
  expect((await auditChains(database.url, undefined)).broken).toEqual([]);
});

test('one that PostgreSQL does not take fails alone', async () => {
  const database = await createTestStore();
  const [a, b] = [await own(database.store, 'A'), await own(database.store, 'B')];
  const bad = owned('A', a, 'bad');
  const results = await together([{ ...bad, summary: { ...bad.summary, title: 'NUL \0' } }, owned('B', b, 'good')], database);
  expect(results).toMatchObject([{ status: 'rejected' }, { value: { status: 'appended' } }]);
  expect((await database.store.load('A')).head.version).toBe(1);
});

test('leases are renewed while their runs are appended to, and neither waits for the other in a circle', async () => {
  const { store } = await createTestStore();
  const runs = Array.from({ length: 12 }, (_, index) => `R${String(index)}`);
  const heads = new Map<string, Owned>();
  for (const run of runs) heads.set(run, await own(store, run));
  await Promise.all([
    ...runs.map(async (run) => {
      let one = heads.get(run);
      for (let nth = 0; nth < 10 && one !== undefined; nth += 1) {
        const result = await store.append(owned(run, one, String(nth)));
        if (result.status !== 'appended') throw new Error(result.status);
        one = { ...one, head: result.head };
      }
    }),
    ...[runs, [...runs].reverse()].map(async (ids) => {
      for (let nth = 0; nth < 10; nth += 1) expect((await store.renewLeases('w1', ids, 60_000)).size).toBe(12);
    }),
  ]);
  for (const run of runs) expect((await store.load(run)).head.version).toBe(21);
});
