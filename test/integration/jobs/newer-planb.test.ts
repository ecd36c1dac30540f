import { expect, test } from 'vitest';
import { chainNext } from '../../../src/audit/hash-chain.js';
import { eventually } from '../../support/eventually.js';
import { query } from '../../support/one-command.js';
import { startPlanb, type Planb } from './planb.js';

// What a newer planb wrote, seen by this one, which is the older of two that run side by side.

const steps = `
  - { id: revert, uses: test.once }
`;

/** Appends an event as a newer planb would: a right chain, a type of its own. */
async function appendUnknown(planb: Planb, run: string): Promise<void> {
  // Reminders are appended meanwhile: whoever comes second reads again.
  await eventually(() => tryAppending(planb, run));
}

async function tryAppending(planb: Planb, run: string): Promise<boolean> {
  const { head } = await planb.store.load(run);
  const event = { version: head.version + 1, type: 'TargetFrozen', payload: JSON.stringify({ type: 'TargetFrozen', at: 1, why: 'of tomorrow' }) };
  const hash = Buffer.from(chainNext(head, event).hash).toString('hex');
  const appended = await query(planb.postgresUrl, `WITH added AS (INSERT INTO events (run_id, version, type, payload, hash) VALUES ('${run}', ${event.version}, '${event.type}', '${event.payload}', '\\x${hash}') RETURNING version)
    UPDATE runs SET version = ${event.version}, head = '\\x${hash}', wake_at = clock_timestamp(), updated_at = clock_timestamp() - interval '1 minute' WHERE id = '${run}' AND version = ${event.version - 1} AND EXISTS (SELECT FROM added) RETURNING 'appended'`);
  return appended.length === 1;
}

async function eventTypes(planb: Planb, run: string): Promise<readonly unknown[]> {
  return query(planb.postgresUrl, `SELECT type FROM events WHERE run_id = '${run}' ORDER BY version`);
}

const leftAlone = (planb: Planb, what: { readonly run: string } | { readonly delivery: string }): boolean =>
  planb.lines.some((line) => Object.entries(what).every(([key, value]) => line[key] === value) && String(line['why']).includes('TargetFrozen'));

test('a run with an event that this planb does not know is left alone, with its lease free, and others go on', async () => {
  const { planb } = await startPlanb(steps);
  const run = await planb.request();
  await appendUnknown(planb, run);
  await eventually(() => leftAlone(planb, { run }));

  // Voting on it is not judged without what the event means, and not refused either: it waits for a worker of the newer planb.
  const vote = await planb.deliver('alice', { kind: 'vote', run, choice: 'approve' });
  await eventually(() => leftAlone(planb, { delivery: vote }));
  expect(await planb.store.deliveryOutcome(vote)).toBeUndefined();
  expect((await eventTypes(planb, run)).at(-1)).toBe('TargetFrozen');
  await eventually(async () => (await query(planb.postgresUrl, `SELECT lease_owner FROM runs WHERE id = '${run}'`))[0] === null);

  const other = await planb.request('alice', 'other');
  for (const person of ['alice', 'bob']) await planb.vote(person, other);
  expect(await planb.until(other, ({ phase }) => phase === 'ended')).toMatchObject({ outcome: expect.stringMatching(/verified/) });
});

test('who waits a minute for a newer planb that is not there gets an answer', async () => {
  const { planb } = await startPlanb(steps);
  const run = await planb.request();
  await appendUnknown(planb, run);
  const vote = await planb.deliver('alice', { kind: 'vote', run, choice: 'approve' });
  await eventually(() => leftAlone(planb, { delivery: vote }));
  await query(planb.postgresUrl, `UPDATE deliveries SET received_at = received_at - interval '2 minutes' WHERE id = '${vote}'`);
  expect((await eventually(() => planb.store.deliveryOutcome(vote))).outcome).toBe('failed');
});

test('a command that this planb does not know waits, unanswered', async () => {
  const { planb } = await startPlanb(steps);
  await query(planb.postgresUrl, `WITH d AS (INSERT INTO deliveries (id, platform, payload) VALUES ('slack:new', 'slack', '${JSON.stringify({
    id: 'slack:new', actor: { platform: 'slack', userId: 'U1', displayName: 'alice' }, place: { platform: 'slack', channel: 'C1' }, command: { kind: 'freeze', target: 'shop' },
  })}')) INSERT INTO outbox (key, wakeup) VALUES ('delivery:slack:new', '{"queue": "work", "do": "delivery", "id": "slack:new"}')`);
  await eventually(() => planb.lines.some((line) => line['delivery'] === 'slack:new' && String(line['why']).includes('freeze')));
  expect(await planb.store.deliveryOutcome('slack:new')).toBeUndefined();
});

test('a plan with an action that this planb does not have is not begun', async () => {
  const { planb, workers: [worker] } = await startPlanb(steps);
  const run = await planb.request();
  if (worker === undefined) throw new Error('no worker');
  Object.assign(worker.parts, { actions: new Map() });
  for (const person of ['alice', 'bob']) await planb.deliver(person, { kind: 'vote', run, choice: 'approve' });
  await eventually(() => planb.lines.some((line) => line['run'] === run && String(line['why']).includes('test.once')));
  expect(await eventTypes(planb, run)).not.toContain('StepStarted');
  expect(await eventTypes(planb, run)).not.toContain('StepFailed');
});

test('wake-ups of a kind or a queue that this planb does not know stay in the outbox, and come back to it from the queue', async () => {
  const { planb, workers: [worker] } = await startPlanb(steps);
  await query(planb.postgresUrl, `INSERT INTO outbox (key, wakeup) VALUES ('a', '{"queue": "work", "do": "freeze", "id": "1"}'), ('b', '{"queue": "night", "do": "run", "id": "2"}')`);
  // Published by a relay of the newer planb.
  await worker?.parts.queue.publish([JSON.parse('{"queue": "work", "do": "thaw", "id": "3"}')]);
  await eventually(async () => (await query(planb.postgresUrl, `SELECT 1 FROM outbox WHERE wakeup->>'do' = 'thaw'`)).length === 1);
  // Rows behind them are carried.
  await planb.request();
  expect(await query(planb.postgresUrl, `SELECT wakeup->>'id' FROM outbox WHERE wakeup->>'id' IN ('1', '2', '3') ORDER BY 1`)).toEqual(['1', '2', '3']);
});

test('a process notices that a newer planb has migrated its database', async () => {
  const { planb } = await startPlanb(steps);
  expect(await planb.store.newerMigrations()).toEqual([]);
  await query(planb.postgresUrl, `INSERT INTO migrations (name) VALUES ('999999_from_tomorrow.sql')`);
  expect(await planb.store.newerMigrations()).toEqual(['999999_from_tomorrow.sql']);
});

test('a statement that a newer schema no longer takes says what to do', async () => {
  const { planb } = await startPlanb(steps);
  await query(planb.postgresUrl, 'ALTER TABLE target_health RENAME TO target_wellbeing');
  await expect(planb.store.healthOf('shop')).rejects.toMatchObject({ name: 'StoreError', code: '42P01', retryable: false, message: expect.stringContaining('replace this process with that version') });
});
