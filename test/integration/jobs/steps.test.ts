import { expect, test } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { done, failing } from './fake-actions.js';
import { startPlanb } from './planb.js';

test('a failed step asks; Retry tries again', async () => {
  const { planb } = await startPlanb(`
  - { id: revert, uses: test.idempotent }
  - { id: ready, uses: test.check }
`);
  planb.target.on('revert', () => failing());
  const run = await planb.start();
  const failed = await planb.untilStep(run, 'revert', 'failed');
  expect(failed.steps[0]).toMatchObject({ attempt: 1, error: { message: 'exit code 1' }, undo: { saved: `${run}/revert/1` } });
  await eventually(async () => (await planb.events(run, 'PeopleReminded')).some(({ waitingFor, nth }) => waitingFor === 'step:revert:1:failed' && nth === 0));
  expect(await planb.answer('zoe', run, 'retry')).toBe('refused: not-a-voter');
  planb.target.on('revert', () => done);
  expect(await planb.answer('carol', run, 'retry')).toBe(`retry ${run}`);
  expect(await planb.until(run, ({ phase }) => phase === 'ended')).toMatchObject({ outcome: 'verified' });
  expect(planb.target.acted.slice(0, 2)).toEqual([`${run}/revert/1`, `${run}/revert/2`]);
});

test('Skip goes on without the step and without the word verified; Stop ends', async () => {
  const { planb } = await startPlanb(`
  - { id: revert, uses: test.idempotent }
  - { id: ready, uses: test.check }
`);
  planb.target.on('revert', () => failing());
  const first = await planb.start();
  await planb.untilStep(first, 'revert', 'failed');
  await planb.answer('bob', first, 'skip');
  expect(await planb.until(first, ({ phase }) => phase === 'ended')).toMatchObject({ outcome: 'finished-not-verified' });

  const second = await planb.start();
  await planb.untilStep(second, 'revert', 'failed');
  await planb.answer('bob', second, 'stop');
  const ended = await planb.until(second, ({ phase }) => phase === 'ended');
  expect(ended).toMatchObject({ outcome: 'stopped' });
  expect(ended.steps.map(({ status }) => status)).toEqual(['abandoned', 'not-run']);
});

test('a step tries again by itself as often as its runbook says', async () => {
  const { planb } = await startPlanb(`
  - { id: revert, uses: test.idempotent, retry: { max: 2, delay: 1s } }
  - { id: ready, uses: test.check }
`);
  let tries = 0;
  planb.target.on('revert', () => ((tries += 1) < 3 ? failing(true) : done));
  const run = await planb.start();
  expect(await planb.until(run, ({ phase }) => phase === 'ended')).toMatchObject({ outcome: 'verified' });
  expect(tries).toBe(3);
  const [first, second] = await planb.events(run, 'StepStarted');
  expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(1_000);
});

test('a tolerated failure lets the run go on', async () => {
  const { planb } = await startPlanb(`
  - { id: tell, uses: test.once, continue-on-error: true }
  - { id: ready, uses: test.check }
`);
  planb.target.on('tell', () => failing());
  const run = await planb.start();
  const state = await planb.until(run, ({ phase }) => phase === 'ended');
  expect([state.outcome, state.steps[0]?.status]).toEqual(['verified', 'tolerated']);
});

test('a step that takes too long is ended and fails', async () => {
  const { planb } = await startPlanb(`
  - { id: revert, uses: test.once, timeout-minutes: 0.01 }
  - { id: ready, uses: test.check }
`);
  planb.target.slow('revert');
  const run = await planb.start();
  const state = await planb.untilStep(run, 'revert', 'failed');
  expect(state.steps[0]?.error).toMatchObject({ code: 'timed-out' });
  expect(planb.target.aborted).toEqual(['revert']);
});

test('an action that throws fails its step, and nothing is touched that could not be saved first', async () => {
  const { planb } = await startPlanb(`
  - { id: revert, uses: test.idempotent }
`);
  planb.target.on('revert', () => { throw new TypeError('a bug'); });
  const run = await planb.start();
  expect((await planb.untilStep(run, 'revert', 'failed')).steps[0]?.error).toMatchObject({ code: 'action-error', message: 'a bug' });

  planb.target.saved.push = () => { throw new Error('the disk is full'); };
  await planb.answer('bob', run, 'retry');
  const state = await planb.until(run, ({ steps }) => steps[0]?.status === 'failed' && steps[0].attempt === 2);
  expect(state.steps[0]?.error).toMatchObject({ code: 'not-saved' });
  expect(planb.target.times('revert')).toBe(1);
});

test('a manual line waits for a person, a notice goes to its channel', async () => {
  const { planb } = await startPlanb(`
  - { id: tell, uses: manual, with: { instructions: Tell the customers } }
  - { id: announce, uses: notify, with: { channel: ops, text: It is done } }
  - { id: ready, uses: test.check }
`);
  const run = await planb.start();
  expect((await planb.untilStep(run, 'tell', 'awaiting')).steps[0]).toMatchObject({ instructions: 'Tell the customers' });
  await planb.answer('bob', run, 'done');
  const state = await planb.until(run, ({ phase }) => phase === 'ended');
  expect(state.outcome).toBe('verified');
  expect(state.steps[0]?.receipt).toEqual({ saidBy: ['bob'] });
  expect((await planb.messages()).filter((key) => String(key).startsWith(`notify:${run}/announce`))).toHaveLength(1);
});

test('steps without order run side by side, and nothing beside a destructive one', async () => {
  const { planb } = await startPlanb(`
  - { id: stop, uses: test.stop }
  - { id: backup, uses: postgres.backup, with: { prove: true } }
  - { id: left, uses: test.idempotent, needs: [backup] }
  - { id: right, uses: test.idempotent, needs: [backup] }
  - { id: drop, uses: test.destroy, needs: [backup] }
  - { id: ready, uses: test.check, needs: [left, right, drop] }
`);
  const [left, right, drop] = ['left', 'right', 'drop'].map((step) => planb.target.slow(step));
  const run = await planb.start();
  await eventually(() => planb.target.times('left') === 1 && planb.target.times('right') === 1);
  left?.finish();
  await planb.untilStep(run, 'left', 'succeeded');
  expect(planb.target.times('drop')).toBe(0);
  right?.finish();
  await planb.untilStep(run, 'drop', 'running');
  drop?.finish();
  expect(await planb.until(run, ({ phase }) => phase === 'ended')).toMatchObject({ outcome: 'verified' });
});

test('what destroys waits for a proven backup, and its answers for a second person', async () => {
  const { planb } = await startPlanb(`
  - { id: stop, uses: test.stop }
  - { id: backup, uses: postgres.backup, with: { prove: true } }
  - { id: drop, uses: test.destroy }
  - { id: ready, uses: test.check }
`);
  planb.target.on('backup', () => failing());
  const run = await planb.start();
  await planb.untilStep(run, 'backup', 'failed');
  await planb.answer('bob', run, 'skip');
  expect((await planb.untilStep(run, 'drop', 'failed')).steps[2]?.error).toMatchObject({ code: 'backup-not-proven' });
  expect(planb.target.times('drop')).toBe(0);
  await planb.answer('bob', run, 'skip');
  expect(await planb.answer('bob', run, 'skip')).toBe('refused: second-person-needed');
  expect((await planb.state(run)).phase).toBe('running');
  await planb.answer('carol', run, 'skip');
  expect(await planb.until(run, ({ phase }) => phase === 'ended')).toMatchObject({ outcome: 'finished-not-verified' });
});

test('drift before a destructive step pauses the run for a plan of what remains, and the run then ends', async () => {
  const { planb } = await startPlanb(`
  - { id: stop, uses: test.stop }
  - { id: backup, uses: postgres.backup, with: { prove: true } }
  - { id: revert, uses: test.idempotent, with: { changes: [image] } }
  - { id: drop, uses: test.destroy }
  - { id: ready, uses: test.check }
`);
  planb.target.facts.set('rows', '4');
  planb.target.on('revert', () => { planb.target.facts.set('image', 'new').set('rows', '5'); return done; });
  const run = await planb.start();
  const paused = await planb.until(run, ({ phase, startedAt }) => phase === 'voting' && startedAt !== undefined);
  expect(paused.drift).toMatchObject([{ key: 'rows', planned: '4', now: '5' }]);
  expect(await planb.store.lockOf('shop')).toMatchObject({ run });
  expect(planb.target.times('drop')).toBe(0);
  await planb.vote('bob', run);
  await planb.vote('carol', run);
  const state = await planb.until(run, ({ phase }) => phase === 'ended');
  expect(state).toMatchObject({ outcome: 'verified' });
  expect(['backup', 'revert', 'drop'].map((step) => planb.target.times(step))).toEqual([1, 1, 1]);
});

test('a skipped step does not count as drift for ever', async () => {
  const { planb } = await startPlanb(`
  - { id: stop, uses: test.stop }
  - { id: backup, uses: postgres.backup, with: { prove: true } }
  - { id: revert, uses: test.idempotent, with: { changes: [image] } }
  - { id: drop, uses: test.destroy }
`);
  planb.target.on('revert', () => failing());
  const run = await planb.start();
  await planb.untilStep(run, 'revert', 'failed');
  await planb.answer('bob', run, 'skip');
  expect(await planb.until(run, ({ phase }) => phase === 'ended')).toMatchObject({ outcome: 'finished-not-verified' });
  expect(await planb.events(run, 'DriftFound')).toEqual([]);
});

test('Stop ends a long step, looks what became of it, and cleans up', async () => {
  const { planb } = await startPlanb(`
  - { id: revert, uses: test.idempotent }
  - { id: ready, uses: test.check }
`);
  planb.target.slow('revert');
  const run = await planb.start();
  await planb.untilStep(run, 'revert', 'running');
  await eventually(() => planb.target.times('revert') === 1);
  expect(await planb.answer('carol', run, 'stop')).toBe(`stop ${run}`);
  const state = await planb.until(run, ({ phase }) => phase === 'ended');
  expect(state).toMatchObject({ outcome: 'stopped', stopRequestedBy: 'carol' });
  expect(state.steps.map(({ status }) => status)).toEqual(['cancelled', 'not-run']);
  expect([planb.target.aborted, planb.target.cleaned]).toEqual([['revert'], [`${run}/revert/1`]]);
});

test('Stop of a once step whose effect happened says so', async () => {
  const { planb } = await startPlanb(`
  - { id: revert, uses: test.once }
  - { id: ready, uses: test.check }
`);
  planb.target.slow('revert');
  planb.target.probeSees('revert', 'happened');
  const run = await planb.start();
  await eventually(() => planb.target.times('revert') === 1);
  await planb.answer('carol', run, 'stop');
  const state = await planb.until(run, ({ phase }) => phase === 'ended');
  expect(state.outcome).toBe('stopped');
  expect(state.steps[0]).toMatchObject({ status: 'succeeded', receipt: { seen: true } });
});

test('a live system that cannot be read at the start is waited for', async () => {
  const { planb } = await startPlanb(`
  - { id: revert, uses: test.idempotent }
  - { id: ready, uses: test.check }
`);
  const run = await planb.request();
  let away = true;
  const { inspect } = planb.target;
  planb.target.inspect = () => {
    if (away) throw new Error('the Docker Engine does not answer');
    return inspect.call(planb.target);
  };
  await planb.vote('alice', run);
  await planb.vote('bob', run);
  await eventually(async () => (await planb.store.progressOf(run))['']?.includes('does not answer'));
  away = false;
  expect(await planb.until(run, ({ phase }) => phase === 'ended')).toMatchObject({ outcome: 'verified' });
});

test('a bug while planning ends the run with a sentence, not with a run that plans for ever', async () => {
  const { planb } = await startPlanb('  - { id: revert, uses: test.idempotent }\n');
  planb.target.inspect = () => { throw new Error('no'); };
  const first = await planb.request();
  expect(await planb.state(first)).toMatchObject({ phase: 'ended', outcome: 'planning-failed' });
  // Facts that no digest can be made of are a bug, whoever made it.
  planb.target.inspect = () => [{ key: 'x', kind: 'identity', label: 'x', value: Number.NaN, readAt: '' }];
  const second = await planb.request();
  expect(await planb.state(second)).toMatchObject({ phase: 'ended', outcome: 'planning-failed' });
});
