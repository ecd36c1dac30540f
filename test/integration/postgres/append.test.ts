import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { createTestStore } from '../../support/planb-database.js';
import { appendOf, delivery, note, openRun, requested } from './requests.js';

test('an append needs the version and the hash that it was decided on', async () => {
  const { store } = await createTestStore();
  const first = await openRun(store, 'A');
  const second = await store.append(appendOf('A', first, [note('one'), note('two')]));
  expect(second).toMatchObject({ status: 'appended', head: { version: 3 } });

  expect(await store.append(appendOf('A', first, [note('late')]))).toEqual({ status: 'conflict' });
  expect(await store.append(appendOf('A', { version: 3, hash: first.hash }, [note('forged')]))).toEqual({ status: 'conflict' });
  expect(await store.append(appendOf('A', (await store.load('B')).head, [requested]))).toEqual({ status: 'conflict' });

  const loaded = await store.load('A');
  expect(loaded.events).toEqual([requested, note('one'), note('two')]);
  expect(second.status === 'appended' && Buffer.from(loaded.head.hash).equals(second.head.hash)).toBe(true);
  expect(Math.abs(loaded.now - Date.now())).toBeLessThan(60_000);
});

test('of twenty appends at once exactly one wins each version', async () => {
  const { store } = await createTestStore();
  await openRun(store, 'A');
  let conflicts = 0;
  await Promise.all(Array.from({ length: 20 }, async (_, index) => {
    for (;;) {
      const { head } = await store.load('A');
      const result = await store.append(appendOf('A', head, [note(`writer ${String(index)}`)]));
      if (result.status === 'appended') return;
      expect(result.status).toBe('conflict');
      conflicts += 1;
    }
  }));
  const { events, head } = await store.load('A');
  expect(head.version).toBe(21);
  expect(new Set(events.slice(1).map((event) => (event.type === 'NoteAdded' ? event.text : ''))).size).toBe(20);
  expect(conflicts).toBeGreaterThan(0);
});

test('each hash covers the stored bytes and the hash before, beginning with the id of the run', async () => {
  const { store, pool } = await createTestStore();
  const head = await openRun(store, 'A');
  await store.append(appendOf('A', head, [note('ключ "é" \\ \u2028'), note('')]));
  const { rows } = await pool.query<{ version: number; type: string; payload: Buffer; hash: Buffer }>(
    `SELECT version, type, convert_to(payload, 'UTF8') AS payload, hash FROM events WHERE run_id = 'A' ORDER BY version`);
  let before = createHash('sha256').update('planb run A').digest();
  for (const { version, type, payload, hash } of rows) {
    before = createHash('sha256').update(before).update(`${String(version)}\n${type}\n`).update(payload).digest();
    expect(hash.equals(before)).toBe(true);
  }
  expect(rows).toHaveLength(3);
  const stored = await pool.query<{ head: Buffer }>(`SELECT head FROM runs WHERE id = 'A'`);
  expect(stored.rows[0]?.head.equals(before)).toBe(true);
});

test.each([`UPDATE events SET payload = '{}'`, 'DELETE FROM events', 'TRUNCATE events', 'TRUNCATE runs CASCADE'])('the record refuses %s', async (sql) => {
  const { store, pool } = await createTestStore();
  await openRun(store, 'A');
  await expect(pool.query(sql)).rejects.toThrow('append-only');
  expect((await store.load('A')).events).toHaveLength(1);
});

test('a worker whose lease is gone is fenced, whatever version it knows', async () => {
  const { store } = await createTestStore();
  const head = await openRun(store, 'A');
  const old = await store.acquireLease('A', 'w1', 0);
  const token = await store.acquireLease('A', 'w2', 60_000);
  if (old === undefined || token === undefined) throw new Error('no lease');
  expect(await store.append(appendOf('A', head, [note('old')], { token: old }))).toEqual({ status: 'fenced' });
  expect(await store.append(appendOf('A', { ...head, version: 7 }, [note('old')], { token: old }))).toEqual({ status: 'fenced' });
  expect(await store.append(appendOf('A', head, [note('new')], { token }))).toMatchObject({ status: 'appended' });
  expect(await store.append(appendOf('A', head, [note('new')], { token }))).toEqual({ status: 'conflict' });
});

test('a target is locked by one run until that run gives it back, and a refused run leaves nothing', async () => {
  const { store, pool } = await createTestStore();
  const head = await openRun(store, 'A', { lock: 'take' });
  await store.acceptDelivery(delivery('d'));
  const second = appendOf('B', (await store.load('B')).head, [requested], { lock: 'take', delivery: { id: 'd', outcome: 'run B' }, wake: [{ queue: 'work', do: 'run', id: 'B' }] });
  const refused = await store.append(second);
  expect(refused).toMatchObject({ status: 'locked', by: { run: 'A' } });
  expect(refused.status === 'locked' && Math.abs(refused.by.since - Date.now())).toBeLessThan(60_000);
  expect((await store.load('B')).events).toEqual([]);
  expect(await store.pendingDelivery('d')).toBeDefined();
  expect((await pool.query(`SELECT 1 FROM outbox WHERE key = 'run:B'`)).rowCount).toBe(0);

  await openRun(store, 'C', { summary: { target: 'other', kind: 'rollback', phase: 'planning', title: 'Other' }, lock: 'take' });
  // Somebody else's release does not open the door.
  await openRun(store, 'D', { lock: 'release' });
  expect(await store.lockOf('shop')).toMatchObject({ run: 'A' });
  await store.append(appendOf('A', head, [note('end')], { lock: 'release' }));
  expect(await store.lockOf('shop')).toBeUndefined();
  expect(await store.append(second)).toMatchObject({ status: 'appended' });
});

test('of many runs that want one target at once exactly one gets it', async () => {
  const { store } = await createTestStore();
  const results = await Promise.all(Array.from({ length: 8 }, async (_, index) =>
    store.append(appendOf(`R${String(index)}`, (await store.load(`R${String(index)}`)).head, [requested], { lock: 'take' }))));
  expect(results.map(({ status }) => status).sort()).toEqual(['appended', ...Array.from({ length: 7 }, () => 'locked')]);
});

test('a delivery is answered by one append only', async () => {
  const { store } = await createTestStore();
  await store.acceptDelivery(delivery('d'));
  const head = await openRun(store, 'A', { delivery: { id: 'd', outcome: 'run A' } });
  expect(await store.append(appendOf('A', head, [note('again')], { delivery: { id: 'd', outcome: 'again' } }))).toEqual({ status: 'processed' });
  expect((await store.load('A')).events).toHaveLength(1);
  expect(await store.deliveryOutcome('d')).toEqual({ outcome: 'run A' });
});

test('runs are listed by target, newest first, with what they are found by', async () => {
  const { store } = await createTestStore();
  await openRun(store, 'A');
  await openRun(store, 'B', { summary: { target: 'shop', kind: 'repair', phase: 'ended', outcome: 'verified', title: 'Shop' } });
  await openRun(store, 'C', { summary: { target: 'other', kind: 'rollback', phase: 'voting', title: 'Other', wakeAt: 123_456 } });
  const ids = async (filter: Parameters<typeof store.runs>[0]): Promise<readonly string[]> => (await store.runs(filter)).map(({ id }) => id);
  expect(await ids({ limit: 10 })).toEqual(['C', 'B', 'A']);
  expect(await ids({ limit: 10, live: true })).toEqual(['C', 'A']);
  expect(await ids({ limit: 10, live: false })).toEqual(['B']);
  expect(await ids({ limit: 1, target: 'shop' })).toEqual(['B']);
  expect((await store.runs({ limit: 1 }))[0]).toMatchObject({ phase: 'voting', title: 'Other', wakeAt: 123_456 });
  expect((await store.runs({ limit: 1, live: false }))[0]).toMatchObject({ outcome: 'verified', kind: 'repair' });
});

test('what an append asks for is stored with it once, and not at all when it is refused', async () => {
  const { store } = await createTestStore();
  const head = await openRun(store, 'A');
  const asked = delivery('planb:asked:A');
  expect(await store.append(appendOf('A', { ...head, version: 7 }, [note('late')], { asks: [asked] }))).toEqual({ status: 'conflict' });
  expect(await store.pendingDelivery(asked.id)).toBeUndefined();
  expect(await store.append(appendOf('A', head, [note('one')], { asks: [asked] }))).toMatchObject({ status: 'appended' });
  expect(await store.pendingDelivery(asked.id)).toEqual(asked);
  const woken: unknown[] = [];
  await store.relayOutbox(100, (wakeUps) => { woken.push(...wakeUps); return Promise.resolve(); });
  expect(woken).toContainEqual({ queue: 'work', do: 'delivery', id: asked.id });
  expect(await store.acceptDelivery(asked)).toBe('copy');
});
