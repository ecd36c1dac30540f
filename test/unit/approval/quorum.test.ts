import { describe, expect, it } from 'vitest';
import { countingVotes, hasQuorum, votingDeadline } from '../../../src/approval/quorum.js';
import type { RunEvent } from '../../../src/run/events.js';
import { replay } from '../../../src/run/evolve.js';
import { minute, planOf, policy, posted, requested, step, t0, voted, voters } from '../run/sample.js';

const plan = planOf([step('s')]);
const run = (of: typeof plan, ...events: readonly RunEvent[]) => replay('7KQ', [requested, posted(of), ...events]);

describe('votes', () => {
  it('count by person, not by platform or by repetition', () => {
    const twice = run(plan, voted(plan, 'alice'), { ...voted(plan, 'alice', t0 + 1), via: 'telegram' } as RunEvent);
    expect(countingVotes(twice, t0 + 1, voters)).toEqual([{ person: 'alice', via: 'telegram' }]);
    expect(hasQuorum(twice, t0 + 1, voters)).toBe(false);
  });

  it('count until each runs out by itself', () => {
    const state = run(plan, voted(plan, 'alice'), voted(plan, 'bob', t0 + 10 * minute));
    expect(hasQuorum(state, t0 + 30 * minute - 1, voters)).toBe(true);
    expect(countingVotes(state, t0 + 30 * minute, voters).map(({ person }) => person)).toEqual(['bob']);
  });

  it('count for who may vote at this moment', () => {
    const state = run(plan, voted(plan, 'alice'), voted(plan, 'bob'));
    expect(hasQuorum(state, t0, ['alice'])).toBe(false);
    expect(hasQuorum(state, t0, [])).toBe(false);
  });

  it('of the requester count unless the policy says otherwise', () => {
    const strict = planOf([step('s')], { policy: { ...policy, requesterCounts: false } });
    const both = (of: typeof plan) => [voted(of, 'alice'), voted(of, 'bob')] as const;
    expect(hasQuorum(run(plan, ...both(plan)), t0, voters)).toBe(true);
    expect(hasQuorum(run(strict, ...both(strict)), t0, voters)).toBe(false);
    expect(hasQuorum(run(strict, ...both(strict), voted(strict, 'carol')), t0, voters)).toBe(true);
  });

  it('are not needed where every step only prepares, and are where one does more', () => {
    const look = step('look', { prepare: true, effect: 'read' });
    const copy = step('copy', { prepare: true, effect: 'idempotent' });
    expect(hasQuorum(run(planOf([look, copy])), t0, voters)).toBe(true);
    const more = [{}, { prepare: true }, { prepare: true, effect: 'read', destructive: true }, { prepare: true, effect: 'idempotent', stopsWriters: true }] as const;
    for (const rest of more) expect(hasQuorum(run(planOf([look, step('s', rest)])), t0, voters)).toBe(false);
    expect(hasQuorum(run(planOf([])), t0, voters)).toBe(false);
  });

  it('of rejection do not count', () => expect(countingVotes(run(plan, voted(plan, 'bob', t0, 'reject')), t0, voters)).toEqual([]));
  it('need a plan', () => {
    const unplanned = replay('7KQ', [requested]);
    expect(hasQuorum(unplanned, t0, voters)).toBe(false);
    expect(votingDeadline(unplanned)).toBeUndefined();
  });
});

describe('the deadline', () => {
  it('is the policy\'s time after the plan, or the end of the last approval', () => {
    expect(votingDeadline(run(plan))).toBe(t0 + 30 * minute);
    expect(votingDeadline(run(plan, voted(plan, 'bob', t0 + 20 * minute)))).toBe(t0 + 50 * minute);
  });
});
