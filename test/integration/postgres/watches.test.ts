import { expect, test } from 'vitest';
import { createStore } from '../../../adapters/postgres/store.js';
import type { Delivery } from '../../../src/command/command.js';
import type { ClaimedRule, WatchStart } from '../../../src/ports/watches.js';
import { newRule } from '../../../src/watch/judge-rule.js';
import { createTestStore } from '../../support/planb-database.js';

const start: WatchStart = { run: 'AAAAA', target: 'shop', kind: 'migration', returned: false, start: { forMs: 3_600_000, keepMs: 7_200_000, rules: ['a', 'b', 'c', 'd'] } };
const asked = (id: string): Delivery => ({ id, actor: { platform: 'cli', userId: 'planb', displayName: 'planb', barred: 'bot' }, place: { platform: 'cli', channel: '' }, command: { kind: 'help' } });
const look = { state: { ...newRule, held: 1 }, nextMs: 60_000, deliveries: [asked('planb:concern:1')], messages: [] };

async function started(...starts: readonly WatchStart[]): ReturnType<typeof createTestStore> {
  const made = await createTestStore();
  for (const one of starts.length === 0 ? [start] : starts) await made.pool.query('SELECT start_watch($1::jsonb)', [JSON.stringify(one)]);
  return made;
}

test('several workers share the rules, and none looks at the same one', async () => {
  const { store, url } = await started();
  const other = createStore({ url });
  try {
    const claims = (await Promise.all([store.claimRules(2, 60_000), other.claimRules(2, 60_000), store.claimRules(4, 60_000)])).flat();
    const rest = await other.claimRules(9, 60_000);
    expect([...claims, ...rest].map(({ name }) => name).sort()).toEqual(['a', 'b', 'c', 'd']);
    expect(await store.claimRules(9, 60_000)).toEqual([]);
  } finally {
    await other.close();
  }
});

test('what a worker that was too slow found out is not stored: another one has the rule, and tells of it once', async () => {
  const { store, pool } = await started({ ...start, start: { forMs: 3_600_000, rules: ['a'] } });
  const [dead] = await store.claimRules(1, 0);
  const [next] = await store.claimRules(1, 60_000);
  if (dead === undefined || next === undefined) throw new Error('nothing to claim');
  expect(next.token).toBeGreaterThan(dead.token);
  expect(await store.settleRule(dead, look)).toBe(false);
  expect(await store.pendingDelivery('planb:concern:1')).toBeUndefined();
  expect(await store.settleRule(next, look)).toBe(true);
  expect(await store.settleRule(next, { ...look, deliveries: [asked('planb:concern:1')] })).toBe(true);
  expect(await store.pendingDelivery('planb:concern:1')).toBeDefined();
  expect((await pool.query('SELECT FROM outbox')).rowCount).toBe(1);
  expect((await store.watchOf('AAAAA'))?.rules).toEqual([{ name: 'a', state: { ...newRule, held: 1 } }]);
});

test('a clock that went back puts no rule off, and frees no claim of this moment', async () => {
  const { store, pool } = await started({ ...start, start: { forMs: 3_600_000, rules: ['a', 'b'] } });
  // An hour ago it was an hour later.
  await pool.query(`UPDATE watch_rules SET next_at = clock_timestamp() + interval '1 hour', state = state || jsonb_build_object('readAt', extract(epoch FROM clock_timestamp()) * 1000 + 3600000)`);
  await pool.query(`UPDATE watch_rules SET claimed_until = clock_timestamp() + interval '1 hour' WHERE name = 'b'`);
  expect((await store.claimRules(9, 60_000)).map(({ name }) => name).sort()).toEqual(['a', 'b']);
  expect(await store.claimRules(9, 60_000)).toEqual([]);
});

test('rules can be added to a watch that is on, and those that it has stay as they are', async () => {
  const { store } = await started({ ...start, start: { forMs: 3_600_000, rules: ['a'] } });
  const [claim] = await store.claimRules(1, 60_000);
  expect(claim !== undefined && await store.settleRule(claim, { ...look, deliveries: [], added: ['a', 'e'] })).toBe(true);
  expect((await store.watchOf('AAAAA'))?.rules).toEqual([{ name: 'a', state: { ...newRule, held: 1 } }, { name: 'e', state: newRule }]);
  expect((await store.claimRules(9, 60_000)).map(({ name }) => name)).toEqual(['e']);
});

test('whatever a look saw can be stored: a rule must not be looked at for ever without a result', async () => {
  const { store } = await started({ ...start, start: { forMs: 3_600_000, rules: ['a'] } });
  const [claim] = await store.claimRules(1, 60_000);
  expect(claim !== undefined && await store.settleRule(claim, { ...look, state: { ...newRule, saw: 'half a \ud83d and a \0' }, deliveries: [] })).toBe(true);
  expect((await store.watchOf('AAAAA'))?.rules[0]?.state.saw).toBe('half a \ufffd and a \ufffd');
});

test('a run has one watch, however often its end is stored', async () => {
  const { store } = await started(start, start);
  expect(await store.liveWatches()).toHaveLength(1);
  expect((await store.watchOf('AAAAA'))?.rules).toHaveLength(4);
});

test('a later run replaces the watch and leaves what is kept, but for the return to it', async () => {
  const release: WatchStart = { run: 'BBBBB', target: 'shop', kind: 'rollback', returned: false, start: { forMs: 3_600_000, rules: ['a'] } };
  const { store, pool } = await started(start, release);
  expect(await store.watchOf('AAAAA')).toMatchObject({ phase: 'keeping', ended: 'replaced' });
  const claims: readonly ClaimedRule[] = await store.claimRules(9, 60_000);
  expect(claims.map(({ run }) => run)).toEqual(['BBBBB']);
  await pool.query('SELECT start_watch($1::jsonb)', [JSON.stringify({ run: 'CCCCC', target: 'shop', kind: 'rollback', returned: true })]);
  expect(await store.watchOf('AAAAA')).toMatchObject({ phase: 'over', ended: 'replaced' });
  expect(await store.watchOf('BBBBB')).toMatchObject({ phase: 'over', ended: 'replaced' });
  expect(await store.liveWatches()).toEqual([]);
  const [late] = claims;
  expect(late !== undefined && await store.settleRule(late, look)).toBe(false);
});

test('the end of a watch is stored once, by whoever is first', async () => {
  const { store, pool } = await started();
  await pool.query('UPDATE watches SET next_at = clock_timestamp()');
  const [due] = await store.dueWatches(9);
  if (due === undefined) throw new Error('nothing is due');
  const ends = await Promise.all([1, 2, 3].map(() => store.changeWatch(due.run, due.version, { phase: 'over', ended: 'time' }, [])));
  expect(ends.filter(Boolean)).toHaveLength(1);
  expect(await store.dueWatches(9)).toEqual([]);
});
