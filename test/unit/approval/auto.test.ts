import { describe, expect, test } from 'vitest';
import { planDigest } from '../../../src/plan/digest.js';
import type { AutoPolicy, Plan } from '../../../src/plan/plan.js';
import type { RunEvent } from '../../../src/run/events.js';
import { nextMove } from '../../../src/run/next.js';
import { given } from '../../support/given.js';
import { minute, planOf, policy, posted, requested, step, t0, voted, voters } from '../run/sample.js';

const auto: AutoPolicy = { for: ['revert-only'], hours: 'always', by: ['rules'] };
const raisedBy = { source: 'rule', name: 'API answers', since: t0, watch: 'OLD' } as const;
const raised = { ...requested, reason: 'This is one of the reasons to go back: API answers', raisedBy } as RunEvent;

function planWith(own: AutoPolicy | undefined, more: Partial<Plan> = {}, destructive = false): Plan {
  const made = planOf([step('revert', { destructive })], { policy: { ...policy, ...(own === undefined ? {} : { auto: own }) }, ...more });
  return { ...made, verdict: { kind: 'revert-only', reasons: [], lost: [], ...more.verdict } };
}
const start = (plan: Plan, now = t0 + minute) => ({ type: 'StartRun', now, digest: planDigest(plan), voters, differences: [] }) as const;

describe('auto', () => {
  test('starts a plan that a watch asked for, with an event of its own and no approvers', () => {
    const plan = planWith(auto);
    const { events, state } = given(raised, posted(plan)).when(start(plan)).accepted();
    expect(events).toEqual([
      { type: 'PlanPreapproved', at: t0 + minute, digest: planDigest(plan), auto, by: raisedBy },
      { type: 'RunStarted', at: t0 + minute, digest: planDigest(plan), approvers: [] },
    ]);
    expect(state.preapproved).toEqual(raisedBy);
    expect(nextMove(given(raised, posted(plan)).state, t0 + minute, new Set(), voters)).toEqual({ do: 'start' });
  });

  test('is part of what is voted on: another policy is another digest', () => {
    expect(new Set([undefined, auto, { ...auto, hours: '09:00-18:00 UTC' }, { ...auto, by: ['alerts'] as const }].map((own) => planDigest(planWith(own)))).size).toBe(4);
  });

  test.each<[string, Plan, RunEvent]>([
    ['off by default', planWith(undefined), raised],
    ['a person asked', planWith(auto), requested],
    ['an alert asked, and only rules may', planWith(auto), { ...raised, raisedBy: { ...raisedBy, source: 'alert' } } as RunEvent],
    ['what started without votes before did not help', planWith(auto), { ...raised, raisedBy: { ...raisedBy, again: true } } as RunEvent],
    ['another verdict', planWith(auto, { verdict: { kind: 'restore-backup', reasons: [], lost: ['rows'] } }), raised],
    ['a destructive step, though the verdict destroys nothing', planWith(auto, {}, true), raised],
    ['a loss, though the verdict destroys nothing', planWith(auto, { verdict: { kind: 'revert-only', reasons: [], lost: ['rows'] } }), raised],
    ['outside its hours', planWith({ ...auto, hours: '00:00-00:01 Asia/Kathmandu' }), raised],
  ])('does not count: %s', (_why, plan, request) => {
    given(request, posted(plan)).when(start(plan)).refused('quorum-not-reached');
  });

  test('lets a destructive plan through only where its verdict is listed', () => {
    const verdict = { kind: 'restore-backup', reasons: [], lost: ['rows'] } as const;
    const plan = planWith({ ...auto, for: ['restore-backup'] }, { verdict }, true);
    expect(given(raised, posted(plan)).when(start(plan)).accepted().events[0]?.type).toBe('PlanPreapproved');
  });

  test('hours are judged in the decision that starts the run, by its clock', () => {
    const plan = planWith({ ...auto, hours: '09:00-18:00 UTC' });
    const day = Date.parse('2026-03-02T00:00:00Z');
    expect(given(raised, posted(plan)).when(start(plan, day + 10 * 3_600_000)).accepted().events[0]?.type).toBe('PlanPreapproved');
    given(raised, posted(plan)).when(start(plan, day + 20 * 3_600_000)).refused('quorum-not-reached');
  });

  test('people are before the policy: enough votes need none of it, and a reject ends the run', () => {
    const plan = planWith(auto);
    expect(given(raised, posted(plan), voted(plan, 'alice'), voted(plan, 'bob')).when(start(plan)).accepted().events.map(({ type }) => type)).toEqual(['RunStarted']);
    given(raised, posted(plan), voted(plan, 'bob', t0, 'reject')).when(start(plan)).refused('quorum-not-reached');
  });

  test('drift first: what was found is posted, nothing is started', () => {
    const plan = planWith(auto);
    const differences = [{ key: 'a', label: 'a', planned: '1', now: '2' }];
    expect(given(raised, posted(plan)).when({ ...start(plan), differences }).accepted().events.map(({ type }) => type)).toEqual(['DriftFound']);
  });
});
