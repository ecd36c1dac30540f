import { describe, expect, it } from 'vitest';
import { actedSince, findDrift } from '../../../src/plan/drift.js';
import type { Fact, Json } from '../../../src/plan/plan.js';
import { planOf, step } from '../run/sample.js';

function fact(key: string, value: Json, rest: Partial<Fact> = {}): Fact {
  return { key, kind: 'identity', label: `the ${key}`, value, readAt: '', ...rest };
}

const revert = step('revert', { changes: [{ key: 'image', to: 'new' }] });
const clean = step('clean', { changes: [{ key: 'rows' }] });

describe('drift', () => {
  it('is an identity fact that is not what the plan saw', () => {
    expect(findDrift([fact('image', 'old'), fact('rows', 4)], [fact('image', 'other'), fact('rows', 4)], [])).toEqual([{ key: 'image', label: 'the image', planned: 'old', now: 'other' }]);
    expect(findDrift([fact('image', 'old')], [fact('image', 'old')], [])).toEqual([]);
  });

  it('is a fact that is gone, and no fact that is new', () => {
    expect(findDrift([fact('image', 'old')], [], [])).toMatchObject([{ now: 'not there' }]);
    expect(findDrift([], [fact('image', 'old')], [])).toEqual([]);
  });

  it('compares by meaning, not by the order of keys', () => {
    expect(findDrift([fact('config', { a: 1, b: [1, 2] })], [fact('config', { b: [1, 2], a: 1 })], [])).toEqual([]);
    expect(findDrift([fact('config', [1, 2])], [fact('config', [2, 1])], [])).toHaveLength(1);
    expect(findDrift([fact('flag', null)], [fact('flag', false)], [])).toHaveLength(1);
  });

  it('expects what finished steps have made of a fact', () => {
    expect(findDrift([fact('image', 'old')], [fact('image', 'new')], [revert])).toEqual([]);
    expect(findDrift([fact('image', 'old')], [fact('image', 'old')], [revert])).toEqual([{ key: 'image', label: 'the image', planned: 'new', now: 'old' }]);
    expect(findDrift([fact('rows', 4)], [fact('rows', 2)], [clean])).toEqual([]);
    expect(findDrift([fact('rows', 4), fact('image', 'old')], [fact('rows', 2), fact('image', 'x')], [clean])).toMatchObject([{ key: 'image' }]);
  });

  it('of a measured fact is the crossing of its threshold, once', () => {
    const disk = (value: Json): Fact => fact('disk', value, { kind: 'measured', threshold: { min: 5, max: 50 } });
    expect(findDrift([disk(41)], [disk(6)], [])).toEqual([]);
    expect(findDrift([disk(41)], [disk(4)], [])).toEqual([{ key: 'disk', label: 'the disk', planned: '41', now: '4' }]);
    expect(findDrift([disk(41)], [disk(51)], [])).toHaveLength(1);
    expect(findDrift([disk(4)], [disk(3)], [])).toEqual([]);
    expect(findDrift([disk(41)], [], [])).toEqual([]);
    expect(findDrift([fact('load', 1, { kind: 'measured' })], [fact('load', 99, { kind: 'measured' })], [])).toEqual([]);
  });

  it('is told in words that fit a board', () => {
    const [difference] = findDrift([fact('config', { text: 'x'.repeat(300) })], [fact('config', 'short')], []);
    expect(difference?.planned).toHaveLength(120);
    expect(difference?.planned.endsWith('...')).toBe(true);
    expect(difference?.now).toBe('short');
  });
});

describe('the steps that a plan does not know of yet', () => {
  const plan = planOf([revert, clean]);
  const changesOf = (...steps: Parameters<typeof actedSince>[2]) => actedSince(plan, 100, steps).map(({ changes }) => changes);

  it('finished after it was posted', () => {
    expect(changesOf({ id: 'revert', status: 'succeeded', attempt: 1, changedAt: 101 })).toEqual([revert.changes]);
    expect(changesOf({ id: 'revert', status: 'succeeded', attempt: 1, changedAt: 99 })).toEqual([]);
    expect(changesOf({ id: 'revert', status: 'failed', attempt: 1, changedAt: 101 })).toEqual([]);
    expect(changesOf({ id: 'gone', status: 'succeeded', attempt: 1, changedAt: 101 })).toEqual([]);
  });

  it('only free their facts when it cannot be known whether they changed them', () => {
    expect(changesOf({ id: 'revert', status: 'skipped', attempt: 1, changedAt: 101 }, { id: 'clean', status: 'tolerated', attempt: 1, changedAt: 101 })).toEqual([[{ key: 'image' }], [{ key: 'rows' }]]);
  });

  it('so that a fresh plan after a skipped step, or after a changed fact, can be started', () => {
    const skipped = { id: 'revert', status: 'skipped', attempt: 1, changedAt: 50 } as const;
    expect(findDrift([fact('image', 'old')], [fact('image', 'old')], actedSince(plan, 100, [skipped]))).toEqual([]);
    const done = { id: 'revert', status: 'succeeded', attempt: 1, changedAt: 50 } as const;
    expect(findDrift([fact('image', 'third')], [fact('image', 'third')], actedSince(plan, 100, [done]))).toEqual([]);
  });
});
