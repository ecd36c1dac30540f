import { expect, test } from 'vitest';
import { failing } from '../jobs/fake-actions.js';
import { BuiltInRuns } from './built-in-runs.js';
import { situations } from './situations.js';
import { eventually } from '../../support/eventually.js';

const [upgrade] = situations['app-upgrade'] ?? [];
if (upgrade === undefined) throw new Error('no situation of an upgrade');

test('an upgrade that is stopped at a failed step asks for the way back, to the release that ran before, in the requester\'s name', async () => {
  const runs = await BuiltInRuns.start('app-upgrade', upgrade);
  const { planb } = runs;
  planb.target.on('ready', () => failing());
  const { id } = await runs.plan();
  await runs.approve(id);
  await planb.untilStep(id, 'ready', 'failed');
  await planb.answer('bob', id, 'stop');
  const { outcome } = await eventually(() => planb.store.deliveryOutcome(`planb:way-back:${id}`));
  const state = await planb.state(outcome.replace('run ', ''));
  expect(state).toMatchObject({ kind: 'rollback', target: 'shop', params: { to: '1.1.0' }, scope: 'app', requester: 'alice', reason: `upgrade ${id} was stopped at "Wait until Shop is healthy"` });
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
  const [situation] = situations['flagsmith-compose'] ?? [];
  if (situation === undefined) throw new Error('no situation');
  const runs = await BuiltInRuns.start('flagsmith-compose', situation);
  const { id } = await runs.plan();
  await runs.approve(id);
  await runs.planb.until(id, ({ phase }) => phase === 'ended');
  const of = { run: id, target: 'shop', from: '1.1.0', to: '1.0.0' };
  expect(runs.planb.lines.filter(({ event }) => typeof event === 'string' && event.startsWith('rollback_'))).toEqual([{ event: 'rollback_start', ...of }, { event: 'rollback_end', ...of, success: true, outcome: 'verified' }]);
});
