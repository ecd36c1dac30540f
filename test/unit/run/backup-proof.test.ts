import { describe, expect, it } from 'vitest';

import { proofReceipt } from '../../../src/run/backup-proof.js';
import { emptyRun, type RunState, type StepState } from '../../../src/run/state.js';

const dump = { folder: '/dumps/7KQ-backup', bytes: 7, proven: false };
const withSteps = (...steps: readonly StepState[]): RunState => ({ ...emptyRun('7KQ'), steps });
const step = (id: string, status: StepState['status'], receipt?: StepState['receipt']): StepState => ({ id, status, attempt: 1, ...(receipt === undefined ? {} : { receipt }) });

describe('how far a dump is proven', () => {
  it('is said by the step that proved it later', () => {
    const proof = { ...dump, proven: true, provenAt: '2026-03-01T03:14:39.000Z' };
    expect(proofReceipt(withSteps(step('backup', 'succeeded', dump), step('prove', 'succeeded', proof)), dump)).toBe(proof);
  });

  it('is said as not provable where that step said so', () => {
    const proof = { ...dump, provable: false, why: 'x' };
    expect(proofReceipt(withSteps(step('backup', 'succeeded', dump), step('prove', 'succeeded', proof)), dump)).toBe(proof);
  });

  it('is said by the dump itself otherwise', () => {
    const other = { folder: '/dumps/other', proven: true };
    expect(proofReceipt(withSteps(step('backup', 'succeeded', dump), step('prove', 'tolerated'), step('other', 'succeeded', other)), dump)).toBe(dump);
    expect(proofReceipt(withSteps(step('check', 'succeeded', { proven: true })), { proven: false })).toEqual({ proven: false });
  });
});
