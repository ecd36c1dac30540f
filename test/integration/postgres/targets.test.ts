import { expect, test } from 'vitest';
import { createTestStore } from '../../support/planb-database.js';

test('what a target runs is remembered, last seen first, and a change is noticed once', async () => {
  const { store } = await createTestStore();
  expect(await store.observe('shop', { name: '1.0.0', digest: 'sha256:10' })).toEqual({ changed: true });
  expect(await store.observe('shop', { name: '1.0.0', digest: 'sha256:10' })).toMatchObject({ changed: false, before: { name: '1.0.0' } });
  expect(await store.observe('shop', { name: '1.1.0' })).toMatchObject({ changed: true, before: { name: '1.0.0', digest: 'sha256:10' } });
  // The tag was moved to another image: another release.
  expect(await store.observe('shop', { name: '1.1.0', digest: 'sha256:11', moving: true })).toMatchObject({ changed: true });
  await store.observe('shop', { name: '1.0.0', digest: 'sha256:10' });
  expect((await store.observedReleases('shop')).map(({ name, digest, moving, bad }) => [name, digest, moving, bad])).toEqual([
    ['1.0.0', 'sha256:10', false, false], ['1.1.0', 'sha256:11', true, false], ['1.1.0', undefined, false, false],
  ]);
  const [newest] = await store.observedReleases('shop');
  expect(newest?.firstSeen).toBeLessThanOrEqual(newest?.lastSeen ?? 0);
  expect(await store.observedReleases('other')).toEqual([]);
});

test('a release that was taken back is bad under every digest, for its target only', async () => {
  const { store } = await createTestStore();
  await store.observe('shop', { name: '1.1.0', digest: 'sha256:11' });
  await store.observe('shop', { name: '1.1.0' });
  await store.observe('other', { name: '1.1.0' });
  await store.markBad('shop', '1.1.0');
  await store.observe('shop', { name: '1.1.0' });
  expect((await store.observedReleases('shop')).map(({ bad }) => bad)).toEqual([true, true]);
  expect((await store.observedReleases('other')).map(({ bad }) => bad)).toEqual([false]);
});

test('an outage lasts from the first bad reading to the first good one', async () => {
  const { store } = await createTestStore();
  const look = (up: boolean, at: number, saw = up ? '200' : '503'): Promise<boolean> => store.saveHealth('shop', { up, saw, since: at, readAt: at });
  expect(await store.healthOf('shop')).toBeUndefined();
  await look(true, 1_000);
  expect(await look(true, 2_000)).toBe(false);
  expect(await store.healthOf('shop')).toEqual({ up: true, saw: '200', since: 1_000, readAt: 2_000 });
  expect(await look(false, 3_000)).toBe(true);
  expect(await look(false, 4_000, 'connection refused')).toBe(false);
  expect(await store.healthOf('shop')).toEqual({ up: false, saw: 'connection refused', since: 3_000, readAt: 4_000, outage: { from: 3_000 } });
  expect(await look(true, 5_000)).toBe(true);
  expect(await store.healthOf('shop')).toEqual({ up: true, saw: '200', since: 5_000, readAt: 5_000, outage: { from: 3_000, until: 5_000 } });
  await look(false, 6_000);
  expect(await store.healthOf('shop')).toMatchObject({ outage: { from: 6_000 } });
  expect((await store.healthOf('shop'))?.outage?.until).toBeUndefined();
});

test('a service that is down at the first look has an outage from then on', async () => {
  const { store } = await createTestStore();
  expect(await store.saveHealth('shop', { up: false, saw: '503', since: 1_500.5, readAt: 1_500.5 })).toBe(true);
  expect((await store.healthOf('shop'))?.outage?.from).toBeCloseTo(1_500.5, 0);
});

test('every outage is kept for reports, not only the last', async () => {
  const { store } = await createTestStore();
  const look = (up: boolean, at: number): Promise<boolean> => store.saveHealth('shop', { up, saw: up ? '200' : `503 at ${at}`, since: at, readAt: at });
  for (const [up, at] of [[true, 1_000], [false, 2_000], [false, 2_500], [true, 3_000], [false, 5_000]] as const) await look(up, at);
  expect(await store.outagesOf('shop', 0, 10_000)).toEqual([{ from: 2_000, until: 3_000, saw: '503 at 2000' }, { from: 5_000, saw: '503 at 5000' }]);
  await look(true, 6_000);
  expect(await store.outagesOf('shop', 3_500, 10_000)).toEqual([{ from: 5_000, until: 6_000, saw: '503 at 5000' }]);
  expect(await store.outagesOf('shop', 0, 1_500)).toEqual([]);
  expect(await store.outagesOf('other', 0, 10_000)).toEqual([]);
});
