import { expect, test } from 'vitest';
import type { Store, WakeUp } from '../../../src/ports/store.js';
import { eventually } from '../../support/eventually.js';
import { createTestStore } from '../../support/planb-database.js';
import { appendOf, delivery, note, openRun } from './requests.js';

const board = { platform: 'slack', channel: 'C1', locale: 'en' } as const;
const message = (key: string) => ({ key, kind: 'notice', to: { platform: 'slack', channel: 'C1' }, notice: { locale: 'en', lines: [['hello']], mention: [] } }) as const;

async function relayAll(store: Store): Promise<readonly WakeUp[]> {
  const taken: WakeUp[] = [];
  await store.relayOutbox(100, (wakeUps) => { taken.push(...wakeUps); return Promise.resolve(); });
  return taken;
}

test('a delivery is stored once, with what wakes a worker for it, however many copies come at once', async () => {
  const { store } = await createTestStore();
  expect((await Promise.all([1, 2, 3].map(() => store.acceptDelivery(delivery('slack:1'))))).sort()).toEqual(['copy', 'copy', 'stored']);
  expect(await store.pendingDelivery('slack:1')).toEqual(delivery('slack:1'));
  expect(await relayAll(store)).toEqual([{ queue: 'work', do: 'delivery', id: 'slack:1' }]);
  expect(await store.acceptDelivery(delivery('slack:1'))).toBe('copy');
  expect(await relayAll(store)).toEqual([]);
});

test('a delivery is finished once, with its answer', async () => {
  const { store } = await createTestStore();
  await store.acceptDelivery(delivery('slack:1'));
  const reply = { key: 'reply:slack:1', kind: 'reply', actor: delivery('').actor, place: delivery('').place, reply: { lines: [['hi']] } } as const;
  const finished = await Promise.all([1, 2, 3].map(() => store.finishDelivery('slack:1', 'help', [reply])));
  expect([...finished].sort()).toEqual(['finished', 'processed', 'processed']);
  expect(await store.pendingDelivery('slack:1')).toBeUndefined();
  expect(await store.deliveryOutcome('slack:1')).toEqual({ outcome: 'help', reply: { lines: [['hi']] } });
  expect((await relayAll(store)).filter(({ do: what }) => what === 'message')).toEqual([{ queue: 'chat', do: 'message', id: 'reply:slack:1' }]);
});

test('rows stay when they cannot be published', async () => {
  const { store } = await createTestStore();
  await store.acceptDelivery(delivery('slack:1'));
  await expect(store.relayOutbox(10, () => Promise.reject(new Error('Redis is away')))).rejects.toThrow('Redis is away');
  expect(await relayAll(store)).toHaveLength(1);
});

test('relays side by side carry every row once', async () => {
  const { store } = await createTestStore();
  const ids = Array.from({ length: 60 }, (_, index) => `slack:${String(index)}`);
  await Promise.all(ids.map((id) => store.acceptDelivery(delivery(id))));
  const taken: string[] = [];
  await Promise.all(Array.from({ length: 5 }, async () => {
    while ((await store.relayOutbox(7, (wakeUps) => { taken.push(...wakeUps.map((one) => ('id' in one ? one.id : ''))); return Promise.resolve(); })) > 0);
  }));
  expect(taken.sort()).toEqual([...ids].sort());
});

test('a wake-up that comes while the same one is being published is not lost', async () => {
  const { store } = await createTestStore();
  const wake = [{ queue: 'work', do: 'run', id: 'A' }] as const;
  const head = await openRun(store, 'A', { wake });
  let appended: Promise<unknown> = Promise.resolve();
  await store.relayOutbox(10, () => {
    // It has to wait for this transaction, so it must not be awaited here.
    appended = store.append(appendOf('A', head, [note('a vote')], { wake }));
    return Promise.resolve();
  });
  expect(await appended).toMatchObject({ status: 'appended' });
  expect(await relayAll(store)).toEqual(wake);
});

test('board edits are coalesced: progress waits a little, what is urgent pulls it forward', async () => {
  const { store, pool } = await createTestStore();
  let head = await openRun(store, 'A', { boards: [board], urgent: true });
  await relayAll(store);
  const append = async (urgent: boolean): Promise<void> => {
    const result = await store.append(appendOf('A', head, [note('x')], { boards: [board], urgent }));
    if (result.status !== 'appended') throw new Error(result.status);
    head = result.head;
  };
  await append(false);
  await append(false);
  expect((await pool.query(`SELECT 1 FROM outbox WHERE key LIKE 'board:%'`)).rowCount).toBe(1);
  await append(true);
  expect(await relayAll(store)).toMatchObject([{ do: 'board' }]);
  await append(false);
  // As if no time had passed since, however long the machine took.
  const { rows } = await pool.query<{ early: boolean }>(`UPDATE outbox AS o SET due_at = o.due_at + interval '1 hour' FROM runs WHERE runs.id = 'A' AND o.key LIKE 'board:%' RETURNING o.due_at - interval '1 hour' > runs.updated_at AS early`);
  expect(rows).toEqual([{ early: true }]);
  expect(await relayAll(store)).toEqual([]);
  await pool.query(`UPDATE outbox SET due_at = due_at - interval '1 hour'`);
  await eventually(async () => (await relayAll(store)).length === 1);
});

test('the sweep finds everything that was lost, and nothing that is young or in good hands', async () => {
  const { store, pool } = await createTestStore();
  const due = { target: 'shop', kind: 'rollback', phase: 'planning', title: 'Shop', wakeAt: Date.now() - 1_000 } as const;
  await openRun(store, 'due', { summary: due, boards: [board] });
  await openRun(store, 'owned', { summary: due });
  await openRun(store, 'expired', { summary: due });
  await openRun(store, 'later', { summary: { ...due, wakeAt: Date.now() + 600_000 } });
  await openRun(store, 'never', { summary: { target: 'shop', kind: 'rollback', phase: 'voting', title: 'Shop' } });
  await openRun(store, 'ended', { summary: { ...due, phase: 'ended' } });
  await store.acquireLease('owned', 'w1', 60_000);
  await store.acquireLease('expired', 'w2', 0);
  await store.acceptDelivery(delivery('pending'));
  await store.acceptDelivery(delivery('done'));
  await store.finishDelivery('done', 'help', []);
  await store.enqueueMessages([message('unsent'), message('sent'), message('claimed'), message('refused'), message('again')]);
  for (const id of ['sent', 'claimed', 'refused', 'again']) await store.claimMessage(id, 60_000);
  await store.messageSent('sent', { message: '1.1' });
  await store.messageSent('refused', { failed: 'channel_not_found', again: false });
  await store.messageSent('again', { failed: '503', again: true });
  // Redis lost all of it.
  await relayAll(store);

  expect(await store.overdue(60_000, 100)).toEqual([]);
  // Half an hour later, as far as the rows know.
  await pool.query(`UPDATE runs SET updated_at = updated_at - interval '30 minutes'; UPDATE deliveries SET received_at = received_at - interval '30 minutes'; UPDATE messages SET created_at = created_at - interval '30 minutes'`);
  const [{ id: boardId } = { id: '' }] = await store.boardsOf('due');
  // Of one channel's messages only the oldest: the others are woken when it is sent.
  expect((await store.overdue(60_000, 100)).map((wakeUp) => `${wakeUp.queue} ${wakeUp.do} ${'id' in wakeUp ? wakeUp.id : ''}`).sort()).toEqual(
    [`chat board ${boardId}`, 'chat message unsent', 'work delivery pending', 'work run due', 'work run expired'].sort());

  const claimed = await store.claimBoard(boardId, 60_000);
  expect((await store.overdue(60_000, 100)).some(({ do: what }) => what === 'board')).toBe(false);
  await store.boardShown(boardId, { version: 1, hash: 'h', message: '1.1', channel: claimed?.channel ?? '' });
  expect((await store.overdue(60_000, 100)).some(({ do: what }) => what === 'board')).toBe(false);
});

test('an instant that comes is found at once, not only when the run is old', async () => {
  const { store, pool } = await createTestStore();
  await openRun(store, 'A', { summary: { target: 'shop', kind: 'rollback', phase: 'voting', title: 'Shop', wakeAt: Date.now() + 60_000 } });
  await relayAll(store);
  expect(await store.overdue(60_000, 10)).toEqual([]);
  await pool.query(`UPDATE runs SET wake_at = clock_timestamp()`);
  expect(await store.overdue(60_000, 10)).toEqual([{ queue: 'work', do: 'run', id: 'A' }]);
});

test('rows stay when PostgreSQL restarts while they are published, and the process lives on', async () => {
  const { store, pool } = await createTestStore();
  await store.acceptDelivery(delivery('slack:1'));
  // Nothing is asked of that connection at this moment: its end is nobody's answer, and would end the whole process if nobody listened.
  const cut = store.relayOutbox(10, async () => {
    const { rowCount } = await pool.query(`SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity WHERE application_name = 'planb' AND datname = current_database()`);
    expect(rowCount).toBeGreaterThan(0);
    await new Promise((resolve) => { setImmediate(resolve); });
  });
  await expect(cut).rejects.toMatchObject({ name: 'StoreError', retryable: true });
  expect(await relayAll(store)).toHaveLength(1);
});
