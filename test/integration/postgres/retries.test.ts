import { expect, test } from 'vitest';
import type { Store, WakeUp } from '../../../src/ports/store.js';
import { createTestStore } from '../../support/planb-database.js';
import { appendOf, note, openRun } from './requests.js';

const board = { platform: 'slack', channel: 'C1', locale: 'en' } as const;
const message = (key: string, channel = 'C1') => ({ key, kind: 'notice', to: { platform: 'slack', channel }, notice: { locale: 'en', lines: [['hello']], mention: [] } }) as const;

async function relayAll(store: Store): Promise<readonly WakeUp[]> {
  const taken: WakeUp[] = [];
  await store.relayOutbox(1_000, (wakeUps) => { taken.push(...wakeUps); return Promise.resolve(); });
  return taken;
}

async function openBoard() {
  const { store, pool } = await createTestStore();
  const head = await openRun(store, 'A', { boards: [board] });
  await relayAll(store);
  const [{ id } = { id: '' }] = await store.boardsOf('A');
  const age = (): Promise<unknown> => pool.query(`UPDATE runs SET updated_at = updated_at - interval '10 minutes'; UPDATE messages SET created_at = created_at - interval '10 minutes'`);
  const due = (): Promise<unknown> => pool.query('UPDATE outbox SET due_at = clock_timestamp()');
  return { store, pool, head, id, age, due };
}

test('a board that waits for its time is woken then, once, and not by the sweep', async () => {
  const { store, id, age, due } = await openBoard();
  for (let tries = 0; tries < 50; tries += 1) {
    await store.claimBoard(id, 60_000);
    await store.boardShown(id, { retryAfterMs: 60_000 });
  }
  await age();
  expect(await store.overdue(1_000, 10)).toEqual([]);
  expect(await relayAll(store)).toEqual([]);
  await due();
  expect(await relayAll(store)).toEqual([{ queue: 'chat', do: 'board', id }]);
  // Redis lost that one.
  expect(await store.overdue(1_000, 10)).toEqual([{ queue: 'chat', do: 'board', id }]);
});

test('a board whose message was deleted forgets it', async () => {
  const { store, id } = await openBoard();
  await store.boardShown(id, { version: 1, hash: 'h', message: '1.1', channel: 'C1' });
  await store.boardShown(id, { retryAfterMs: 0, deleted: true });
  expect((await store.claimBoard(id, 60_000))?.message).toBeUndefined();
  expect(await relayAll(store)).toEqual([{ queue: 'chat', do: 'board', id }]);
});

test('what is urgent does not wait for the time that progress was told to wait', async () => {
  const { store, head, id } = await openBoard();
  await store.claimBoard(id, 60_000);
  await store.boardShown(id, { retryAfterMs: 60_000 });
  await store.append(appendOf('A', head, [note('x')], { boards: [board], urgent: true }));
  expect(await relayAll(store)).toEqual([{ queue: 'chat', do: 'board', id }]);
  expect(await store.claimBoard(id, 60_000)).toMatchObject({ id });
});

test('a board that the platform will not have is left alone until the run moves on', async () => {
  const { store, head, id, age } = await openBoard();
  await store.claimBoard(id, 60_000);
  expect(await store.boardShown(id, { givenUp: 1 })).toBe(false);
  await age();
  expect(await store.overdue(1_000, 10)).toEqual([]);
  await store.append(appendOf('A', head, [note('x')], { boards: [board] }));
  expect(await relayAll(store)).toEqual([{ queue: 'chat', do: 'board', id }]);
});

test('who wakes a board while another shows it finds it woken once more', async () => {
  const { store, id, due } = await openBoard();
  await store.claimBoard(id, 60_000);
  expect(await store.claimBoard(id, 60_000)).toBeUndefined();
  expect(await store.claimBoard(id, 60_000)).toBeUndefined();
  await due();
  expect(await relayAll(store)).toEqual([{ queue: 'chat', do: 'board', id }]);
});

test('a claim tells how long it has waited', async () => {
  const { store, id, age } = await openBoard();
  await store.enqueueMessages([message('n1')]);
  await age();
  expect((await store.claimBoard(id, 60_000))?.waitedMs).toBeGreaterThanOrEqual(600_000);
  expect((await store.claimMessage('n1', 60_000))?.waitedMs).toBeGreaterThanOrEqual(600_000);
});

test('a message that waits for its time is woken then, and the sweep wakes neither it nor what waits behind it', async () => {
  const { store, age, due, pool } = await openBoard();
  await pool.query('DELETE FROM boards');
  await store.enqueueMessages([message('n1'), message('n2'), message('n3'), message('elsewhere', 'C2')]);
  await relayAll(store);
  await store.claimMessage('n1', 60_000);
  await store.messageSent('n1', { failed: '503', again: true, retryAfterMs: 60_000 });
  await age();
  expect(await store.overdue(1_000, 10)).toEqual([{ queue: 'chat', do: 'message', id: 'elsewhere' }]);
  await due();
  expect(await relayAll(store)).toEqual([{ queue: 'chat', do: 'message', id: 'n1' }]);
  expect(await store.claimMessage('n2', 60_000)).toBeUndefined();
  expect(await store.claimMessage('n1', 60_000)).toMatchObject({ key: 'n1' });
  await store.messageSent('n1', { message: '1.1' });
  expect(await relayAll(store)).toEqual([{ queue: 'chat', do: 'message', id: 'n2' }]);
});

test('of a group that moved, only what still has something to say is posted again', async () => {
  const { store } = await createTestStore();
  const telegram = { platform: 'telegram', channel: '-100', locale: 'en' } as const;
  const over = await openRun(store, 'over', { boards: [telegram] });
  await store.append(appendOf('over', over, [note('the end')], { summary: { target: 'shop', kind: 'rollback', phase: 'ended', title: 'Shop' } }));
  await openRun(store, 'live', { boards: [telegram] });
  const [{ id: old } = { id: '' }] = await store.boardsOf('over');
  const [{ id: live } = { id: '' }] = await store.boardsOf('live');
  for (const id of [old, live]) await store.boardShown(id, { version: 2, hash: 'h', message: id, channel: '-100' });
  await relayAll(store);
  await store.moveChat('telegram', '-100', '-100999');
  expect(await relayAll(store)).toEqual([{ queue: 'chat', do: 'board', id: live }]);
  expect(await store.boardsOf('over')).toMatchObject([{ channel: '-100', message: old }]);
  expect(await store.formerChat('telegram', '-100999')).toBe('-100');
  expect(await store.formerChat('telegram', '-100')).toBeUndefined();
});
