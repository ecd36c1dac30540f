import { describe, expect, it } from 'vitest';
import { findMisfit, refuseRollForward } from '../../../src/plan/fits-verdict.js';
import type { Verdict, VerdictKind } from '../../../src/verdict/verdict.js';
import { step } from '../run/sample.js';

const verdict = (kind: VerdictKind): Verdict => ({ kind, reasons: [{ text: 'it drops column "a"', facts: [] }], lost: [] });

describe('a plan and its verdict', () => {
  it('never takes back what had better stay', () => {
    expect(refuseRollForward(verdict('roll-forward'))).toEqual({ code: 'roll-forward', message: 'Do not go back: it drops column "a".' });
    expect(refuseRollForward(verdict('revert-only'))).toBeUndefined();
  });

  it.each([
    ['clean-history', 'prisma.history'], ['reverse-migrations', 'django.reverse'], ['restore-backup', 'postgres.restore'],
  ] as const)('%s needs a step that uses %s', (kind, uses) => {
    expect(findMisfit(verdict(kind), [step('revert')], 'shop')).toMatchObject({ code: 'verdict-not-served', message: expect.stringContaining(`runbook "shop" has no step here that`) as string });
    expect(findMisfit(verdict(kind), [step('revert'), step('own', { uses })], 'shop')).toBeUndefined();
  });

  it('may be served by a program or a person of the team\'s own, which says that it destroys something', () => {
    expect(findMisfit(verdict('restore-backup'), [step('restore', { destructive: true })], 'shop')).toBeUndefined();
    expect(findMisfit(verdict('restore-backup'), [step('restore', { uses: 'manual', destructive: true })], 'shop')).toBeUndefined();
    expect(findMisfit(verdict('clean-history'), [step('restore', { destructive: true })], 'shop')?.code).toBe('verdict-not-served');
  });

  it('needs nothing else', () => {
    for (const kind of ['revert-only', 'nothing-to-do'] as const) expect(findMisfit(verdict(kind), [], 'shop')).toBeUndefined();
  });
});
