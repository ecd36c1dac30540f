import { planDigest } from '../../../src/plan/digest.js';
import type { RunEvent } from '../../../src/run/events.js';
import { begun, planOf, startedWith, step, succeeded, t0 } from './sample.js';

/** A run that backs up, counts what came since, reverts, destroys and checks. */
export const backup = step('backup', { prepare: true, effect: 'idempotent' });
export const revert = step('revert', { needs: ['backup'] });
export const drop = step('drop', { needs: ['revert'], destructive: true });
export const check = step('check', { needs: ['drop'], effect: 'read', check: true });
export const loss = step('loss', { uses: 'postgres.loss', needs: ['backup'], prepare: true, effect: 'idempotent' });
export const plan = planOf([backup, revert, drop, check, loss]);
export const started = startedWith(plan);
export const taken = '2026-03-01T02:58:00.000Z';
export const proven = [begun('backup'), succeeded('backup', { proven: true, takenAt: taken }), begun('loss'), succeeded('loss', { exported: true, lossSince: taken })];
export const reverted = [begun('revert'), succeeded('revert')];
export const again: RunEvent = { type: 'DriftFound', at: t0, digest: planDigest(plan), differences: [{ key: 'k', label: 'image', planned: 'a', now: 'b' }] };
