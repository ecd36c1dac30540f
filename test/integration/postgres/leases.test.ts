import { expect, test } from 'vitest';
import { createTestStore } from '../../support/planb-database.js';
import { appendOf, identity, note, openRun } from './requests.js';

const long = 60_000;

test('a run has one owner at a time, and the token counts up for its target', async () => {
  const { store } = await createTestStore();
  await openRun(store, 'A');
  await openRun(store, 'B');
  const results = await Promise.all(['w1', 'w2', 'w3', 'w4'].map((worker) => store.acquireLease('A', worker, long)));
  expect(results.filter((token) => token !== undefined)).toEqual([1]);
  expect(await store.acquireLease('B', 'w1', long)).toBe(2);
  await store.dropLease('A', 1);
  expect(await store.acquireLease('A', 'w2', long)).toBe(3);
  expect(await store.acquireLease('nothing', 'w1', long)).toBeUndefined();
});

test('an ended run has no owner any more', async () => {
  const { store } = await createTestStore();
  await openRun(store, 'A', { summary: { target: 'shop', kind: 'rollback', phase: 'ended', title: 'Shop' } });
  expect(await store.acquireLease('A', 'w1', long)).toBeUndefined();
});

test('an expired lease is anybody\'s, and until somebody takes it still its owner\'s', async () => {
  const { store } = await createTestStore();
  await openRun(store, 'A');
  const token = await store.acquireLease('A', 'w1', 0);
  expect(await store.renewLeases('w1', ['A'], 0)).toEqual(new Map([['A', { token, version: 1 }]]));
  const next = await store.acquireLease('A', 'w2', long);
  expect(next).toBe(2);
  expect(await store.renewLeases('w1', ['A'], long)).toEqual(new Map());
  expect(await store.renewLeases('w2', ['A', 'B'], long)).toEqual(new Map([['A', { token: 2, version: 1 }]]));
});

test('a lease is given back only by its token and only when nobody appended since', async () => {
  const { store } = await createTestStore();
  const head = await openRun(store, 'A');
  const token = await store.acquireLease('A', 'w1', long);
  if (token === undefined) throw new Error('no lease');
  await store.append(appendOf('A', head, [note('a vote')]));
  expect(await store.releaseLease('A', token, 1)).toBe(false);
  expect(await store.releaseLease('A', token + 1, 2)).toBe(false);
  expect(await store.acquireLease('A', 'w2', long)).toBeUndefined();
  expect((await store.renewLeases('w1', ['A'], long)).get('A')).toEqual({ token, version: 2 });
  expect(await store.releaseLease('A', token, 2)).toBe(true);
  expect(await store.acquireLease('A', 'w2', long)).toBe(2);
  // Too late to drop what is another's by now.
  await store.dropLease('A', token);
  expect(await store.acquireLease('A', 'w3', long)).toBeUndefined();
});

test('burying a worker frees all that it owned and forgets it', async () => {
  const { store } = await createTestStore();
  await store.registerWorker('w1', identity);
  await store.registerWorker('w2', { ...identity, pid: 2 });
  for (const run of ['A', 'B', 'C']) await openRun(store, run);
  await store.acquireLease('A', 'w1', long);
  await store.acquireLease('B', 'w1', long);
  await store.acquireLease('C', 'w2', long);
  expect([...await store.buryWorker('w1')].sort()).toEqual(['A', 'B']);
  expect(await store.knownWorkers()).toEqual([{ worker: 'w2', identity: { ...identity, pid: 2 }, silentMs: expect.any(Number) as number }]);
  expect(await store.acquireLease('A', 'w3', long)).toBeDefined();
  expect(await store.acquireLease('C', 'w3', long)).toBeUndefined();
  expect(await store.buryWorker('w1')).toEqual([]);
});
