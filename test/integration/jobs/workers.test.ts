import { expect, test } from 'vitest';
import type { RunState } from '../../../src/run/state.js';
import { eventually } from '../../support/eventually.js';
import { query } from '../../support/one-command.js';
import { done } from './fake-actions.js';
import { startPlanb, type Planb, type TestWorker } from './planb.js';

const steps = (uses: string): string => `
  - { id: revert, uses: ${uses} }
  - { id: ready, uses: test.check }
`;

/** Gives the lease of a run to whoever comes first, as when it ran out while its owner was stopped or cut off. */
async function loseLease(planb: Planb, run: string): Promise<void> {
  await query(planb.postgresUrl, `UPDATE runs SET lease_owner = NULL, lease_expires_at = NULL WHERE id = '${run}'`);
}

/** A run whose owner is in the middle of `revert` when its lease goes to another worker. Its action goes on until it is told to stop. */
async function takenOver(uses: string, ownerIs: TestWorker['state'], prepare?: (planb: Planb) => void): Promise<{ readonly planb: Planb; readonly run: string; readonly first: TestWorker }> {
  const { planb, workers: [first] } = await startPlanb(steps(uses));
  if (first === undefined) throw new Error('no worker');
  planb.target.slow('revert');
  const run = await planb.start();
  await eventually(() => planb.target.times('revert') === 1);
  prepare?.(planb);
  first.state = ownerIs;
  await planb.startWorker();
  planb.target.on('revert', () => done);
  // Its own renewal must not come between: the other worker is woken by the sweep, the first one by its timer.
  await first.pause();
  await loseLease(planb, run);
  return { planb, run, first };
}

const ended = (state: RunState): boolean => state.phase === 'ended';

test('of a worker that is proven dead, an effect that the probe finds absent is done again', async () => {
  const { planb, run } = await takenOver('test.once', 'dead', ({ target }) => { target.probeSees('revert', 'absent'); });
  expect(await planb.until(run, ended)).toMatchObject({ outcome: 'verified' });
  expect(planb.target.times('revert')).toBe(2);
});

test('an effect that the probe finds is not done again', async () => {
  const { planb, run } = await takenOver('test.once', 'dead', ({ target }) => { target.probeSees('revert', 'happened'); });
  const state = await planb.until(run, ended);
  expect(state).toMatchObject({ outcome: 'verified' });
  expect(state.steps[0]?.receipt).toEqual({ seen: true });
  expect(planb.target.times('revert')).toBe(1);
});

test.each([
  ['test.once', 'dead', 'unclear'], ['test.once', 'alive', 'absent'], ['test.once', 'elsewhere', 'absent'], ['test.idempotent', 'alive', 'absent'],
] as const)('%s of a worker that is %s, probed %s, is unknown and asks a person', async (uses, ownerIs, outcome) => {
  const { planb, run } = await takenOver(uses, ownerIs, ({ target }) => { target.probeSees('revert', outcome); });
  const state = await planb.untilStep(run, 'revert', 'unknown');
  expect(state.steps[0]?.saw).toContain(outcome === 'unclear' ? 'unclear' : 'absent');
  expect(planb.target.times('revert')).toBe(1);
  await planb.answer('bob', run, 'done');
  expect(await planb.until(run, ended)).toMatchObject({ outcome: 'verified' });
  expect(planb.target.times('revert')).toBe(1);
});

test.each([['test.idempotent', 'dead'], ['test.idempotent', 'elsewhere'], ['test.read', 'alive']] as const)('%s of a worker that is %s is done again', async (uses, ownerIs) => {
  const { planb, run } = await takenOver(uses, ownerIs, ({ target }) => { target.probeSees('revert', 'absent'); });
  await planb.until(run, ended);
  expect(planb.target.times('revert')).toBe(2);
});

test('a worker that wakes up without its lease is fenced: its action is ended and nothing of it is recorded', async () => {
  const { planb, run, first } = await takenOver('test.idempotent', 'dead');
  await planb.until(run, ended);
  const { version } = await planb.state(run);
  first.resume();
  await eventually(() => planb.target.aborted.includes('revert'));
  await first.stop();
  expect((await planb.state(run)).version).toBe(version);
  expect((await planb.events(run, 'StepSucceeded')).map(({ step, attempt }) => [step, attempt])).toEqual([['revert', 2], ['ready', 1]]);
});

test('a worker that stops lets a step finish', async () => {
  const { planb, workers: [first] } = await startPlanb(steps('test.once'));
  const { finish } = planb.target.slow('revert');
  const run = await planb.start();
  await eventually(() => planb.target.times('revert') === 1);
  const stopping = first?.stop(20_000);
  finish();
  await stopping;
  const state = await planb.state(run);
  expect(state.steps.map(({ status }) => status)).toEqual(['succeeded', 'pending']);
  await planb.startWorker();
  expect(await planb.until(run, ended)).toMatchObject({ outcome: 'verified' });
});

test('a worker that may not wait ends its step and hands the run over', async () => {
  const { planb, workers: [first] } = await startPlanb(steps('test.idempotent'));
  planb.target.slow('revert');
  const run = await planb.start();
  await eventually(() => planb.target.times('revert') === 1);
  await first?.stop(50);
  expect(planb.target.aborted).toEqual(['revert']);
  expect((await planb.state(run)).steps[0]).toMatchObject({ status: 'retrying' });
  planb.target.on('revert', () => done);
  await planb.startWorker();
  expect(await planb.until(run, ended)).toMatchObject({ outcome: 'verified' });
  expect(planb.target.times('revert')).toBe(2);
});

test('a Stop is heard while a worker waits for a step before it leaves', async () => {
  const { planb, workers: [first] } = await startPlanb(steps('test.idempotent'));
  planb.target.slow('revert');
  const run = await planb.start();
  await eventually(() => planb.target.times('revert') === 1);
  await planb.startWorker();
  const stopping = first?.stop(20_000);
  await planb.answer('bob', run, 'stop');
  await stopping;
  expect(await planb.until(run, ended)).toMatchObject({ outcome: 'stopped' });
  expect(planb.target.times('revert')).toBe(1);
});

test('a worker that starts frees at once what a dead one owned', async () => {
  const { planb, workers: [first] } = await startPlanb(steps('test.idempotent'));
  planb.target.slow('revert');
  const run = await planb.start();
  await eventually(() => planb.target.times('revert') === 1);
  if (first === undefined) throw new Error('no worker');
  await first.pause();
  first.state = 'dead';
  // It does not run out while anybody waits here.
  await query(planb.postgresUrl, `UPDATE runs SET lease_expires_at = lease_expires_at + interval '1 hour'`);
  planb.target.on('revert', () => done);
  await planb.startWorker();
  await planb.until(run, ended);
  expect(planb.target.times('revert')).toBe(2);
  first.resume();
});

test('many runs at once on three workers all end, each step done once', async () => {
  const { planb } = await startPlanb(steps('test.once'), { workers: 3 });
  const run = await planb.request('alice', 'shop');
  const other = await planb.request('alice', 'other');
  for (const id of [run, other]) await Promise.all([planb.vote('alice', id), planb.vote('bob', id)]);
  for (const id of [run, other]) expect(await planb.until(id, ended)).toMatchObject({ outcome: 'verified' });
  expect(planb.target.times('revert')).toBe(2);
});
