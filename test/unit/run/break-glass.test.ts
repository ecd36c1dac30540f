import { describe, expect, it } from 'vitest';
import { hasQuorum } from '../../../src/approval/quorum.js';
import { buildBoard } from '../../../src/board/build.js';
import { noticeFor } from '../../../src/board/notices.js';
import { planDigest } from '../../../src/plan/digest.js';
import type { CommandOf } from '../../../src/run/command.js';
import type { RunEvent } from '../../../src/run/events.js';
import { given } from '../../support/given.js';
import { begin, minute, planOf, policy, posted, requested, step, t0, vote, voted, voters } from './sample.js';

const plan = planOf([step('revert')], { policy: { ...policy, breakGlass: ['leads'], escalate: ['frank'] } });
const digest = planDigest(plan);
const voting = [requested, posted(plan)];
const breakers = ['erin'];
const glass: CommandOf<'BreakGlass'> = { type: 'BreakGlass', now: t0, person: 'erin', voters, breakers, via: 'slack', reason: 'nobody answers' };
const broken: RunEvent = { type: 'GlassBroken', at: t0, person: 'erin', digest, via: 'slack', expiresAt: t0 + 30 * minute, reason: 'nobody answers' };
const start: CommandOf<'StartRun'> = { type: 'StartRun', now: t0, digest, voters, breakers, differences: [] };

describe('breaking glass', () => {
  it('is an event of its own, and lets the run start on one word', () => {
    given(...voting).when(glass).then(broken);
    given(...voting, broken).when(start).then({ type: 'RunStarted', at: t0, digest, approvers: [{ person: 'erin', via: 'slack' }], brokenBy: 'erin' });
    given(...voting, broken, voted(plan, 'bob')).when(start).then({ type: 'RunStarted', at: t0, digest, approvers: [{ person: 'erin', via: 'slack' }, { person: 'bob', via: 'slack' }], brokenBy: 'erin' });
  });

  it('is not what started a run that enough people approved', () => {
    given(...voting, broken, voted(plan, 'alice'), voted(plan, 'bob')).when(start).then({ type: 'RunStarted', at: t0, digest, approvers: [{ person: 'alice', via: 'slack' }, { person: 'bob', via: 'slack' }] });
  });

  it('is judged again at the start: the group, the time, the plan', () => {
    given(...voting, broken).when({ ...start, breakers: [] }).refused('quorum-not-reached');
    const { breakers: _none, ...without } = start;
    given(...voting, broken).when(without).refused('quorum-not-reached');
    given(...voting, broken, voted(plan, 'bob', t0 + 20 * minute)).when({ ...start, now: t0 + 30 * minute }).refused('quorum-not-reached');
  });

  it('is void when the system has changed, as votes are', () => {
    const differences = [{ key: 'k', label: 'image', planned: 'a', now: 'b' }];
    const drifted = given(...voting, broken).when({ ...start, differences }).accepted().events;
    expect(drifted.map(({ type }) => type)).toEqual(['DriftFound']);
    given(...voting, broken, ...drifted, posted(plan, t0 + 1)).when({ ...start, now: t0 + 1 }).refused('quorum-not-reached');
  });

  it('can be stopped by a voter\'s rejection before it starts', () => {
    given(...voting, broken).when(vote('bob', t0, { choice: 'reject' })).accepted();
  });

  it('proves no backup: what destroys still waits for one', () => {
    const destroying = planOf([step('drop', { destructive: true })], { policy: plan.policy });
    const events: readonly RunEvent[] = [requested, posted(destroying), { ...broken, digest: planDigest(destroying) }];
    const started = given(...events).when({ ...start, digest: planDigest(destroying) }).accepted().events;
    expect(given(...events, ...started).when(begin('drop')).accepted().events).toMatchObject([{ type: 'StepBlocked', error: { code: 'backup-not-proven' } }]);
  });

  it('belongs to the policy, so that the digest changes with it', () => {
    expect(planDigest(planOf(plan.steps, { policy }))).not.toBe(digest);
    expect(planDigest(planOf(plan.steps, { policy: { ...plan.policy, secondFactor: 'totp' } }))).not.toBe(digest);
  });
});

describe('broken glass is loud', () => {
  const { state } = given(...voting, broken);
  const people = (id: string): string => id.toUpperCase();

  it.each([['en', 'BREAK-GLASS', 'ERIN (Slack) alone'], ['ru', 'В ОДИНОЧКУ', 'ERIN (Slack), без других']] as const)('first on the board, to the end (%s)', (locale, label, words) => {
    const view = { locale, now: t0, people, voters, breakers, buttonId: () => 'b' };
    const ended = given(...voting, broken, { type: 'RunStarted', at: t0, digest, approvers: [{ person: 'erin', via: 'slack' }], brokenBy: 'erin' }, { type: 'RunEnded', at: t0, outcome: 'stopped' }).state;
    for (const run of [state, ended]) {
      const [first] = buildBoard(run, view).fields;
      expect(first).toMatchObject({ label, weight: 3 });
      const said = (first?.text ?? []).filter((span) => typeof span === 'string').join('');
      expect(said).toContain(words);
      expect(said).toContain('nobody answers');
    }
  });

  it('calls the escalation and everyone who may act, but not the one who did it', () => {
    const notice = noticeFor(state, { kind: 'glass' }, { locale: 'en', now: t0, people, voters, escalate: ['frank', 'erin'] });
    expect(notice?.mention).toEqual(['frank', 'alice', 'bob', 'carol']);
    expect(notice?.lines.flat().map((span) => (typeof span === 'string' ? span : '')).join('')).toContain('BREAK-GLASS: ERIN (Slack) starts it alone');
  });

  it('and the board offers no Approve any more, since it is about to start', () => {
    expect(hasQuorum(state, t0, voters, breakers)).toBe(true);
    expect(buildBoard(state, { locale: 'en', now: t0, people, voters, breakers, buttonId: () => 'b' }).buttons.map(({ action }) => action)).toEqual(['reject', 'details']);
  });
});
