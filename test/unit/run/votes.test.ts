import { describe, expect, it } from 'vitest';
import { planDigest } from '../../../src/plan/digest.js';
import type { RunCommand } from '../../../src/run/command.js';
import { given } from '../../support/given.js';
import { begun, minute, planOf, policy, posted, requested, startedWith, step, t0, vote, voted, voters } from './sample.js';

const plan = planOf([step('backup', { prepare: true, effect: 'idempotent' }), step('revert', { needs: ['backup'] })]);
const digest = planDigest(plan);
const voting = [requested, posted(plan)];
const request: RunCommand = {
  type: 'RequestRun', now: t0, target: 'shop', title: 'Shop', kind: 'rollback', runbook: 'shop', params: { to: '1.0.0' }, requester: 'alice', place: { platform: 'slack', channel: 'C1' },
};
const start = { type: 'StartRun', now: t0, digest, voters, differences: [] } as const;

describe('a request', () => {
  it('opens a run once', () => {
    given().when(request).then(requested);
    given(requested).when(request).refused('state-does-not-allow');
  });

  it('is what every other command needs first', () => {
    given().when(vote('alice')).refused('unknown-run');
    given().when({ type: 'AddNote', now: t0, person: 'alice', writers: ['alice'], text: 'hello' }).refused('unknown-run');
  });
});

describe('planning', () => {
  it('posts a plan under its digest, only while a plan is wanted', () => {
    given(requested).when({ type: 'PostPlan', now: t0, plan }).then(posted(plan));
    given(...voting).when({ type: 'PostPlan', now: t0, plan }).refused('state-does-not-allow');
  });

  it('ends the run when there is no plan', () => {
    given(requested).when({ type: 'FailPlanning', now: t0, code: 'unreadable', message: 'no answer', outcome: 'planning-failed' }).then(
      { type: 'PlanningFailed', at: t0, code: 'unreadable', message: 'no answer' },
      { type: 'RunEnded', at: t0, outcome: 'planning-failed', reason: 'no answer' },
    );
    given(...voting).when({ type: 'FailPlanning', now: t0, code: 'x', message: 'x', outcome: 'nothing-to-do' }).refused('state-does-not-allow');
  });
});

describe('a vote', () => {
  it('is recorded with its own expiry', () => {
    given(...voting).when(vote('bob', t0 + minute, { digest, reason: 'yes' })).then(voted(plan, 'bob', t0 + minute, 'approve', 'yes'));
  });

  it('is for people who may vote', () => given(...voting).when(vote('mallory')).refused('not-a-voter'));
  it('needs a plan', () => {
    given(requested).when(vote('alice')).refused('not-waiting-for-votes');
    given(requested).when(vote('alice', t0, { digest })).refused('plan-outdated');
    given(...startedWith(plan)).when(vote('carol')).refused('not-waiting-for-votes');
  });
  it('is for the plan that was seen', () => given(...voting).when(vote('alice', t0, { digest: 'other' })).refused('plan-outdated'));
  it('is refused once the plan has expired', () => given(...voting).when(vote('alice', t0 + 30 * minute)).refused('vote-expired'));
  it('counts once', () => given(...voting, voted(plan, 'bob')).when(vote('bob', t0 + minute)).refused('already-voted'));

  it('may be given again when it has run out while another keeps the plan alive', () => {
    given(...voting, voted(plan, 'alice'), voted(plan, 'bob', t0 + 20 * minute)).when(vote('alice', t0 + 31 * minute)).then(voted(plan, 'alice', t0 + 31 * minute));
  });

  it('may change from Approve to Reject, which ends the run', () => {
    given(...voting, voted(plan, 'bob')).when(vote('bob', t0, { choice: 'reject', reason: 'wrong release' })).then(
      voted(plan, 'bob', t0, 'reject', 'wrong release'),
      { type: 'RunEnded', at: t0, outcome: 'rejected', reason: 'wrong release' },
    );
  });

  it('of rejection lets a step that prepares be cancelled first, and is never taken back', () => {
    const { events, state } = given(...voting, begun('backup')).when(vote('bob', t0, { choice: 'reject' })).accepted();
    expect(events.map((event) => event.type)).toEqual(['VoteCast', 'RunEnding']);
    given(...voting, begun('backup'), ...events).when(vote('bob')).refused('not-waiting-for-votes');
    expect(state).toMatchObject({ phase: 'ending', outcome: 'rejected' });
    given(...voting, voted(plan, 'bob', t0, 'reject')).when(vote('bob')).refused('already-rejected');
  });

  it('of the requester counts only where the policy says so', () => {
    const strict = planOf(plan.steps, { policy: { ...policy, requesterCounts: false } });
    given(requested, posted(strict)).when(vote('alice')).refused('requester-may-not-vote');
    given(requested, posted(strict)).when(vote('alice', t0, { choice: 'reject' })).accepted();
    given(requested, posted(strict), voted(strict, 'alice'), voted(strict, 'bob')).when({ ...start, digest: planDigest(strict) }).refused('quorum-not-reached');
  });
});

describe('the decision that starts a run', () => {
  const approved = [...voting, voted(plan, 'alice'), voted(plan, 'bob')];

  it('names the approvers', () => {
    given(...approved).when(start).then({ type: 'RunStarted', at: t0, digest, approvers: [{ person: 'alice', via: 'slack' }, { person: 'bob', via: 'slack' }] });
  });

  it.each([
    ['one vote', [...voting, voted(plan, 'alice')], start],
    ['one person twice', [...voting, voted(plan, 'alice'), voted(plan, 'alice', t0 + 1)], start],
    ['an expired vote', approved, { ...start, now: t0 + 30 * minute }],
    ['someone who left the group', approved, { ...start, voters: ['alice', 'carol'] }],
  ])('does not take %s for two people', (_what, events, command) => given(...events).when(command).refused('quorum-not-reached'));

  it('is about the plan on the table', () => {
    given(...approved).when({ ...start, digest: 'other' }).refused('plan-outdated');
    given(...startedWith(plan)).when(start).refused('not-waiting-for-votes');
  });

  it('voids the votes when the live system has changed', () => {
    const differences = [{ key: 'k', label: 'image', planned: 'a', now: 'b' }];
    const { events, state } = given(...approved).when({ ...start, differences }).accepted();
    expect(events).toEqual([{ type: 'DriftFound', at: t0, digest, differences }]);
    expect(state).toMatchObject({ phase: 'planning', votes: [] });
    const again = given(...approved, ...events, posted(plan, t0 + 1));
    again.when({ ...start, now: t0 + 1 }).refused('quorum-not-reached');
  });
});

describe('expiry', () => {
  it('ends a plan for which votes did not come together, not before its time', () => {
    given(...voting).when({ type: 'ExpirePlan', now: t0 + 30 * minute - 1 }).then();
    given(...voting).when({ type: 'ExpirePlan', now: t0 + 30 * minute }).then({ type: 'RunEnded', at: t0 + 30 * minute, outcome: 'expired' });
    given(...startedWith(plan)).when({ type: 'ExpirePlan', now: t0 + 60 * minute }).then();
  });

  it('waits for the last vote that still counts', () => {
    given(...voting, voted(plan, 'bob', t0 + 20 * minute)).when({ type: 'ExpirePlan', now: t0 + 40 * minute }).then();
  });

  it('of a plan of what remains stops the run', () => {
    const drifted = [...startedWith(plan), { type: 'DriftFound', at: t0, digest, differences: [] } as const, posted(plan)];
    given(...drifted).when({ type: 'ExpirePlan', now: t0 + 30 * minute }).then({ type: 'RunEnded', at: t0 + 30 * minute, outcome: 'stopped' });
    expect(given(...drifted).when(vote('bob', t0, { choice: 'reject' })).accepted().state).toMatchObject({ phase: 'ended', outcome: 'stopped' });
  });
});
