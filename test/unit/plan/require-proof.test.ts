import { describe, expect, it } from 'vitest';
import type { PlannedStep } from '../../../src/plan/plan.js';
import { findUnproven } from '../../../src/plan/require-proof.js';
import { step } from '../run/sample.js';

const stop = step('stop', { stopsWriters: true });
const backup = (rest: Partial<PlannedStep> = {}): PlannedStep => step('backup', { uses: 'postgres.backup', with: { prove: true }, ...rest });
const drop = (...needs: readonly string[]): PlannedStep => step('drop', { destructive: true, needs });

describe('a plan that destroys', () => {
  it('needs a proven backup among the steps before the destructive one', () => {
    expect(findUnproven([drop()])?.code).toBe('backup-not-proven');
    expect(findUnproven([stop, backup({ needs: ['stop'], with: {} }), drop('backup')])?.code).toBe('backup-not-proven');
    expect(findUnproven([stop, backup({ needs: ['stop'] }), drop('stop')])?.code).toBe('backup-not-proven');
    expect(findUnproven([stop, backup({ needs: ['stop'] }), drop('backup')])).toBeUndefined();
  });

  it('needs one that is whole: taken after what writes was stopped, or with what came since counted', () => {
    expect(findUnproven([backup(), stop, drop('backup', 'stop')])).toMatchObject({ code: 'backup-not-whole', step: { id: 'drop' } });
    const loss = step('loss', { uses: 'postgres.loss', needs: ['backup'] });
    expect(findUnproven([backup(), loss, drop('loss')])).toBeUndefined();
    expect(findUnproven([backup(), loss, drop('backup')])?.code).toBe('backup-not-whole');
    const start = step('start', { startsWriters: true, needs: ['backup'] });
    expect(findUnproven([stop, backup({ needs: ['stop'] }), start, drop('start')])?.code).toBe('backup-not-whole');
    expect(findUnproven([stop, backup({ needs: ['stop'] }), start, drop('backup')])).toBeUndefined();
    // What is counted before the dump is there says nothing of what comes after it.
    expect(findUnproven([step('loss', { uses: 'postgres.loss' }), backup({ needs: ['loss'] }), drop('backup')])?.code).toBe('backup-not-whole');
  });

  it('may have it proven by a later step of its own', () => {
    const prove = step('prove', { uses: 'postgres.prove', with: { backup: 'backup' }, needs: ['backup'] });
    expect(findUnproven([stop, backup({ needs: ['stop'], with: {} }), prove, drop('prove')])).toBeUndefined();
    expect(findUnproven([stop, backup({ with: {} }), prove, drop('prove', 'stop')])?.code).toBe('backup-not-whole');
  });

  it('may rest on a snapshot, whose proof people can waive', () => {
    expect(findUnproven([stop, step('snapshot', { uses: 'snapshot.create', needs: ['stop'] }), drop('snapshot')])).toBeUndefined();
  });

  it('needs nothing while it destroys nothing', () => {
    expect(findUnproven([stop, backup()])).toBeUndefined();
  });
});
