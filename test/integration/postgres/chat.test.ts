import { expect, test } from 'vitest';
import type { Store } from '../../../src/ports/store.js';
import { createTestStore } from '../../support/planb-database.js';
import { appendOf, note, openRun } from './requests.js';

const slack = { platform: 'slack', channel: 'C1', locale: 'en' } as const;
const telegram = { platform: 'telegram', channel: '-100', thread: '7', locale: 'ru' } as const;
const message = (key: string, run?: string) =>
  ({ key, kind: 'notice', to: { platform: 'telegram', channel: '-100' }, notice: { locale: 'en', lines: [['hello']], mention: [] }, ...(run === undefined ? {} : { run }) }) as const;

async function boardsOf(store: Store, run: string): Promise<Readonly<Record<string, string>>> {
  return Object.fromEntries((await store.boardsOf(run)).map(({ platform, id }) => [platform, id]));
}

test('a board is one for each place of a run, whoever asks for it first', async () => {
  const { store } = await createTestStore();
  const head = await openRun(store, 'A', { boards: [slack, telegram] });
  await store.append(appendOf('A', head, [note('x')], { boards: [telegram, slack] }));
  expect((await store.boardsOf('A')).map(({ platform, channel, thread, locale, shownVersion }) => [platform, channel, thread, locale, shownVersion]).sort()).toEqual([
    ['slack', 'C1', undefined, 'en', 0], ['telegram', '-100', '7', 'ru', 0],
  ]);
});

test('a board is shown by one at a time, and who shows it learns that the run moved on', async () => {
  const { store } = await createTestStore();
  const head = await openRun(store, 'A', { boards: [slack] });
  const { slack: id = '' } = await boardsOf(store, 'A');
  const claims = await Promise.all([1, 2, 3].map(() => store.claimBoard(id, 60_000)));
  expect(claims.filter((claim) => claim !== undefined)).toHaveLength(1);
  await store.append(appendOf('A', head, [note('x')]));
  expect(await store.boardShown(id, { version: 1, hash: 'h1', message: '1.1', channel: 'C1' })).toBe(true);
  expect(await store.claimBoard(id, 60_000)).toMatchObject({ message: '1.1', shownVersion: 1, shownHash: 'h1' });
  expect(await store.boardShown(id, { version: 2, hash: 'h2', message: '1.1', channel: 'C1' })).toBe(false);
  // A claim that came to nothing changes nothing but the claim.
  await store.claimBoard(id, 60_000);
  expect(await store.boardShown(id, undefined)).toBe(false);
  expect(await store.claimBoard(id, 0)).toMatchObject({ shownVersion: 2, shownHash: 'h2' });
  // And a claim runs out: its holder may be dead.
  expect(await store.claimBoard(id, 60_000)).toBeDefined();
  await store.extendBoardClaim(id, 0);
  expect(await store.claimBoard(id, 60_000)).toBeDefined();
  // Who is late with it does not take what is free.
  await store.boardShown(id, undefined);
  await store.extendBoardClaim(id, 60_000);
  expect(await store.claimBoard(id, 60_000)).toBeDefined();
});

test('a run is found by the message of its board and of its notices', async () => {
  const { store } = await createTestStore();
  await openRun(store, 'A', { boards: [slack] });
  const { slack: id = '' } = await boardsOf(store, 'A');
  await store.boardShown(id, { version: 1, hash: 'h', message: '1.1', channel: 'C1' });
  await store.enqueueMessages([message('n1', 'A'), message('n2')]);
  await store.messageSent('n1', { message: '55' });
  await store.messageSent('n2', { message: '56' });
  expect(await store.runAt({ platform: 'slack', channel: 'C1', message: '1.1' })).toBe('A');
  expect(await store.runAt({ platform: 'telegram', channel: '-100', message: '55' })).toBe('A');
  expect(await store.runAt({ platform: 'telegram', channel: '-100', message: '56' })).toBeUndefined();
  expect(await store.runAt({ platform: 'slack', channel: 'C2', message: '1.1' })).toBeUndefined();
});

test('a message is claimed by one, kept under its key, and sent once', async () => {
  const { store } = await createTestStore();
  await Promise.all([store.enqueueMessages([message('n1')]), store.enqueueMessages([message('n1')])]);
  const claims = await Promise.all([1, 2, 3].map(() => store.claimMessage('n1', 60_000)));
  expect(claims.filter((claim) => claim !== undefined)).toEqual([{ ...message('n1'), waitedMs: expect.any(Number) as number }]);
  await store.messageSent('n1', { failed: '503', again: true });
  expect(await store.claimMessage('n1', 60_000)).toBeDefined();
  await store.extendMessageClaim('n1', 0);
  expect(await store.claimMessage('n1', 0)).toBeDefined();
  expect(await store.claimMessage('n1', 0)).toBeDefined();
  await store.messageSent('n1', { message: '55' });
  expect(await store.claimMessage('n1', 0)).toBeUndefined();
});

test('a group that moved takes its boards along, to be posted afresh', async () => {
  const { store } = await createTestStore();
  await openRun(store, 'A', { boards: [slack, telegram] });
  const { telegram: id = '', slack: other = '' } = await boardsOf(store, 'A');
  await store.boardShown(id, { version: 1, hash: 'h', message: '55', channel: '-100' });
  await store.boardShown(other, { version: 1, hash: 'h', message: '1.1', channel: 'C1' });
  await store.relayOutbox(100, () => Promise.resolve());
  await store.moveChat('telegram', '-100', '-100999');
  expect(await store.movedChat('telegram', '-100')).toBe('-100999');
  expect(await store.movedChat('telegram', '-5')).toBeUndefined();
  const boards = await store.boardsOf('A');
  expect(boards.find((board) => board.id === id)).toMatchObject({ channel: '-100999', shownVersion: 0 });
  expect(boards.find((board) => board.id === id)?.message).toBeUndefined();
  expect(boards.find((board) => board.id === other)).toMatchObject({ channel: 'C1', message: '1.1' });
  const woken: unknown[] = [];
  await store.relayOutbox(100, (wakeUps) => { woken.push(...wakeUps); return Promise.resolve(); });
  expect(woken).toEqual([{ queue: 'chat', do: 'board', id }]);
});

test('a button keeps its first meaning', async () => {
  const { store } = await createTestStore();
  await openRun(store, 'A');
  await store.saveButtons('A', []);
  await store.saveButtons('A', [{ id: 'b1', meaning: { action: 'approve', digest: 'd' } }, { id: 'b2', meaning: { action: 'retry', step: 's', attempt: 2 } }]);
  await store.saveButtons('A', [{ id: 'b1', meaning: { action: 'reject', digest: 'other' } }]);
  expect(await store.buttonMeaning('b1')).toEqual({ run: 'A', action: 'approve', digest: 'd' });
  expect(await store.buttonMeaning('b2')).toEqual({ run: 'A', action: 'retry', step: 's', attempt: 2 });
  expect(await store.buttonMeaning('b3')).toBeUndefined();
});

test('progress is the last line, the log is every line in order', async () => {
  const { store } = await createTestStore();
  await openRun(store, 'A', { boards: [slack] });
  await store.saveProgress('A', 's', '10 %');
  await store.saveProgress('A', 's', '20 %');
  await store.saveProgress('A', '', 'reading');
  expect(await store.progressOf('A')).toEqual({ '': 'reading', s: '20 %' });
  await store.saveLog('A', 's', 1, ['one', 'two']);
  await store.saveLog('A', 's', 1, []);
  await store.saveLog('A', 's', 1, ['three']);
  await store.saveLog('A', 's', 2, ['again']);
  expect(await store.logOf('A', 's', 1, 10)).toEqual(['one', 'two', 'three']);
  expect(await store.logOf('A', 's', 1, 2)).toEqual(['two', 'three']);
});
