import { expect, test } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { startPlanb } from './planb.js';

const steps = `
  - { id: backup, uses: postgres.backup, with: { prove: true }, prepare: true }
  - { id: revert, uses: test.idempotent, with: { changes: [image] } }
  - { id: ready, uses: test.check }
`;

test('a run goes from a message to verified', async () => {
  const { planb } = await startPlanb(steps);
  const run = await planb.request();
  await planb.untilStep(run, 'backup', 'succeeded');
  expect(await planb.store.lockOf('shop')).toMatchObject({ run });
  expect(await planb.vote('alice', run)).toBe(`approve ${run}`);
  expect(planb.target.times('revert')).toBe(0);
  planb.target.on('revert', () => { planb.target.facts.set('image', 'new'); return { ok: true, receipt: { image: 'new' } }; });
  await planb.vote('bob', run);
  const state = await planb.until(run, ({ phase }) => phase === 'ended');
  expect(state).toMatchObject({ outcome: 'verified', approvers: [{ person: 'alice' }, { person: 'bob' }] });
  expect(planb.target.acted.map((attempt) => attempt.replace(run, ''))).toEqual(['/backup/1', '/revert/1', '/ready/1']);
  expect(await planb.store.lockOf('shop')).toBeUndefined();
  expect(planb.errors).toEqual([]);
});

test('votes count by person, and each is answered', async () => {
  const { planb } = await startPlanb(steps);
  const run = await planb.request();
  expect(await planb.vote('alice', run)).toBe(`approve ${run}`);
  expect(await planb.vote('alice', run)).toBe('refused: already-voted');
  expect(await planb.say('alice', { kind: 'vote', run, choice: 'approve' }, { actor: { platform: 'telegram', userId: '11', displayName: 'A' }, place: { platform: 'telegram', channel: '-1' } })).toBe('refused: already-voted');
  expect(await planb.vote('zoe', run)).toBe('refused: not-a-voter');
  expect(await planb.vote('nobody', run)).toBe('refused: not-a-person');
  expect(await planb.vote('alice', 'QQQQQ')).toBe('refused: unknown-run');
  expect((await planb.state(run)).phase).toBe('voting');
  expect((await planb.events(run, 'CommandRefused')).map(({ code }) => code)).toEqual(['already-voted', 'already-voted', 'not-a-voter', 'not-a-person']);
});

test('two second votes at the same instant, on two workers, start one run', async () => {
  const { planb } = await startPlanb(steps, { workers: 2 });
  const run = await planb.request();
  await planb.vote('alice', run);
  await Promise.all([planb.vote('bob', run), planb.vote('carol', run)]);
  await planb.until(run, ({ phase }) => phase === 'ended');
  expect(await planb.events(run, 'RunStarted')).toHaveLength(1);
  expect(planb.target.times('revert')).toBe(1);
});

test('three copies of a delivery make one run', async () => {
  const { planb } = await startPlanb(steps, { workers: 2 });
  const command = { kind: 'request', run: 'rollback', target: 'shop', to: '1.0.0' } as const;
  await Promise.all([1, 2, 3].map(() => planb.deliver('alice', command, { id: 'slack:trigger:1' })));
  const { outcome } = await eventually(() => planb.store.deliveryOutcome('slack:trigger:1'));
  expect(outcome).toMatch(/^run /);
  expect(await planb.store.runs({ limit: 10 })).toHaveLength(1);
});

test('who may not ask, and what cannot be asked for, is refused', async () => {
  const { planb } = await startPlanb(steps);
  const ask = (person: string, target: string, to = '1.0.0') => planb.say(person, { kind: 'request', run: 'rollback', target, to });
  expect(await ask('zoe', 'shop')).toBe('refused: not-a-requester');
  expect(await ask('nobody', 'shop')).toBe('refused: not-a-person');
  expect(await ask('alice', 'shopp')).toBe('refused: unknown-target');
  expect(await planb.say('alice', { kind: 'request', run: 'repair', target: 'shop' })).toBe('refused: unknown-runbook');
  expect(await planb.store.runs({ limit: 10 })).toEqual([]);
  const run = (await ask('alice', 'shop', '7.7.7')).replace('run ', '');
  const state = await planb.until(run, ({ phase }) => phase === 'ended');
  expect(state).toMatchObject({ outcome: 'planning-failed', planningError: { code: 'unknown-release' } });
  expect(await planb.store.lockOf('shop')).toBeUndefined();
});

test('a locked target is said to be locked; another one is free', async () => {
  const { planb } = await startPlanb(steps);
  const run = await planb.request();
  expect(await planb.say('bob', { kind: 'request', run: 'rollback', target: 'shop', to: '1.0.0' })).toBe('refused: target-locked');
  const other = await planb.request('bob', 'other');
  expect(other).not.toBe(run);
  await planb.vote('bob', run, 'reject');
  await planb.until(run, ({ phase }) => phase === 'ended');
  expect(await planb.say('bob', { kind: 'request', run: 'rollback', target: 'shop', to: '1.0.0' })).toMatch(/^run /);
});

test('votes that do not come together in time end the run, and what was prepared is cancelled', async () => {
  const { planb } = await startPlanb(steps, { expiresMs: 6_000 });
  planb.target.slow('backup');
  const run = await planb.request();
  await planb.vote('alice', run);
  const state = await planb.until(run, ({ phase }) => phase === 'ended');
  expect(state.outcome).toBe('expired');
  expect(state.steps.map(({ status }) => status)).toEqual(['cancelled', 'not-run', 'not-run']);
  expect(planb.target.aborted).toEqual(['backup']);
  expect(planb.target.cleaned).toEqual([`${run}/backup/1`]);
  expect(await planb.vote('bob', run)).toBe('refused: run-ended');
});

test('a rejection ends the run at once', async () => {
  const { planb } = await startPlanb(steps);
  planb.target.slow('backup');
  const run = await planb.request();
  await planb.untilStep(run, 'backup', 'running');
  await planb.vote('bob', run, 'reject');
  expect(await planb.until(run, ({ phase }) => phase === 'ended')).toMatchObject({ outcome: 'rejected' });
  expect(planb.target.cleaned).toEqual([`${run}/backup/1`]);
});

test('drift before the start voids the votes and asks again with a fresh plan', async () => {
  const { planb } = await startPlanb(steps);
  const run = await planb.request();
  const { digest } = await planb.untilStep(run, 'backup', 'succeeded');
  planb.target.facts.set('image', 'third');
  await planb.vote('alice', run);
  await planb.vote('bob', run);
  const state = await planb.until(run, (now) => now.phase === 'voting' && now.digest !== digest);
  expect(state.drift).toMatchObject([{ key: 'image', planned: 'old', now: 'third' }]);
  expect(state.votes).toEqual([]);
  expect(planb.target.times('revert')).toBe(0);
  // The same backup of the same database is not made again.
  expect(planb.target.times('backup')).toBe(1);
  await planb.vote('alice', run);
  await planb.vote('bob', run);
  expect(await planb.until(run, ({ phase }) => phase === 'ended')).toMatchObject({ outcome: 'verified' });
});
