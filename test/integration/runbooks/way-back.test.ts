import { expect, test } from 'vitest';
import { failing } from '../jobs/fake-actions.js';
import { BuiltInRuns } from './built-in-runs.js';
import { situations, type Situation } from './situations.js';
import { eventually } from '../../support/eventually.js';
import type { Planb } from '../jobs/planb.js';

function given(runbook: string): Situation {
  const [situation] = situations[runbook] ?? [];
  if (situation === undefined) throw new Error(`no situation of ${runbook}`);
  return situation;
}

const upgrade = given('app-upgrade');

/** An upgrade that fails at its health check. */
async function startUpgrade(): Promise<{ readonly planb: Planb; readonly id: string; readonly stopAtReady: () => Promise<void> }> {
  const runs = await BuiltInRuns.start('app-upgrade', upgrade);
  const { planb } = runs;
  planb.target.on('ready', () => failing());
  const { id } = await runs.plan();
  await runs.approve(id);
  await planb.untilStep(id, 'ready', 'failed');
  return { planb, id, stopAtReady: async () => { await planb.deliver('bob', { kind: 'answer', run: id, answer: 'stop' }); } };
}

test('an upgrade that is stopped at a failed step asks for the way back, to the release that ran before, in the requester\'s name', async () => {
  const { planb, id, stopAtReady } = await startUpgrade();
  await stopAtReady();
  const { outcome } = await eventually(() => planb.store.deliveryOutcome(`planb:way-back:${id}`));
  const state = await planb.state(outcome.replace('run ', ''));
  expect(state).toMatchObject({ kind: 'rollback', target: 'shop', params: { to: '1.1.0' }, scope: 'app', requester: 'alice', reason: `upgrade ${id} was stopped at "Wait until Shop is healthy"` });
});

test('a worker that dies right after the end of the upgrade is on record leaves exactly one way back', async () => {
  const { planb, ...runs } = await startUpgrade();
  const [worker] = planb.workers;
  if (worker === undefined) throw new Error('there is no worker');
  const { store } = worker.parts;
  const append = store.append.bind(store);
  let dead: Promise<void> | undefined;
  Object.assign(store, { append: async (request: Parameters<typeof append>[0]) => {
    const result = await append(request);
    // As kill -9 would: from here on nothing of it reaches PostgreSQL.
    if (request.events.some(({ type }) => type === 'RunEnded')) dead = worker.pause();
    return result;
  } });
  await runs.stopAtReady();
  await planb.startWorker();
  const { outcome } = await eventually(() => planb.store.deliveryOutcome(`planb:way-back:${runs.id}`));
  expect(await planb.state(outcome.replace('run ', ''))).toMatchObject({ kind: 'rollback', params: { to: '1.1.0' } });
  await dead;
  worker.resume();
  await planb.until(outcome.replace('run ', ''), ({ phase }) => phase !== 'planning');
  expect((await planb.store.runs({ target: 'shop', limit: 10 })).map(({ kind }) => kind)).toEqual(['rollback', 'upgrade']);
});

test('one that had changed nothing yet asks for nothing', async () => {
  const runs = await BuiltInRuns.start('app-upgrade', upgrade);
  const { planb } = runs;
  planb.target.on('backup', () => failing());
  const { id } = await runs.plan();
  await runs.approve(id);
  await planb.until(id, ({ phase, steps }) => phase === 'running' && steps[0]?.status === 'failed');
  await planb.answer('bob', id, 'stop');
  await planb.until(id, ({ phase }) => phase === 'ended');
  expect(await planb.store.deliveryOutcome(`planb:way-back:${id}`)).toBeUndefined();
});

test('a rollback leaves one structured line at its start, and one with its success at its end', async () => {
  const runs = await BuiltInRuns.start('flagsmith-compose', given('flagsmith-compose'));
  const { id } = await runs.plan();
  await runs.approve(id);
  await runs.planb.until(id, ({ phase }) => phase === 'ended');
  const of = { run: id, target: 'shop', from: '1.1.0', to: '1.0.0' };
  expect(runs.planb.lines.filter(({ event }) => typeof event === 'string' && event.startsWith('rollback_'))).toEqual([{ event: 'rollback_start', ...of }, { event: 'rollback_end', ...of, success: true, outcome: 'verified' }]);
});
