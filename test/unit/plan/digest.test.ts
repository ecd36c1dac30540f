import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planDigest } from '../../../src/plan/digest.js';
import type { Plan } from '../../../src/plan/plan.js';
import { planOf, step } from '../run/sample.js';

const image = { key: 'image', kind: 'identity', label: 'image', value: 'sha256:aa', readAt: '2026-03-01T03:00:00Z' } as const;
const rows = { key: 'rows', kind: 'identity', label: 'rows', value: { applied: 4, names: ['a', 'b'] }, readAt: '2026-03-01T03:00:00Z' } as const;
const disk = { key: 'disk', kind: 'measured', label: 'free disk', value: 41, threshold: { min: 5 }, readAt: '2026-03-01T03:00:00Z' } as const;
const revert = step('revert', { with: { image: '1.0.0', project: '/srv/shop' }, commands: ['docker compose up'], changes: [{ key: 'image', to: 'sha256:bb' }], fingerprints: { '${env:DB}': 'ab' }, estimateMs: 1, outageMs: 1 });
const plan = planOf([revert], { from: { name: '1.1.0', digest: 'sha256:aa' }, to: { name: '1.0.0' }, facts: [image, rows, disk] });

/** Like a plan that was read from JSON written by somebody else. */
function shuffled(value: unknown, order: (keys: string[]) => string[]): unknown {
  if (Array.isArray(value)) return value.map((one) => shuffled(one, order));
  if (typeof value !== 'object' || value === null) return value;
  const record = value as Record<string, unknown>;
  return Object.fromEntries(order(Object.keys(record)).map((key) => [key, shuffled(record[key], order)]));
}

describe('the digest of a plan', () => {
  it.each<readonly [string, Partial<Plan>]>([
    ['another target', { target: 'other' }],
    ['another environment', { environment: 'staging' }],
    ['another kind', { kind: 'repair' }],
    ['an edited runbook', { runbook: { name: 'shop', sha256: 'cd'.repeat(32) } }],
    ['other parameters', { params: { to: '0.9.0' } }],
    ['fewer people', { policy: { ...plan.policy, people: 1 } }],
    ['another group', { policy: { ...plan.policy, from: ['everyone'] } }],
    ['longer votes', { policy: { ...plan.policy, expiresMs: 1 } }],
    ['a stricter policy', { policy: { ...plan.policy, requesterCounts: false } }],
    ['another release to leave', { from: { name: '1.1.0', digest: 'sha256:cc' } }],
    ['another release to go to', { to: { name: '1.0.0', digest: 'sha256:bb' } }],
    ['another verdict', { verdict: { ...plan.verdict, kind: 'restore-backup' } }],
    ['a loss', { verdict: { ...plan.verdict, lost: ['1,204 rows'] } }],
    ['an identity fact', { facts: [{ ...image, value: 'sha256:cc' }, rows, disk] }],
    ['one identity fact more', { facts: [image, rows, disk, { ...image, key: 'other' }] }],
    ['one step less', { steps: [] }],
    ...([
      { with: { image: '0.9.0', project: '/srv/shop' } }, { commands: ['rm -rf /'] }, { destructive: true }, { effect: 'read' }, { prepare: true }, { needs: ['backup'] }, { timeoutMs: 1 },
      { retry: { max: 9, delayMs: 0 } }, { continueOnError: true }, { check: true }, { changes: [] }, { fingerprints: { '${env:DB}': 'cd' } }, { env: { A: 'b' } }, { on: 'ssh://a@b' }, { uses: 'run2' }, { name: 'x' },
    ] as const).map((change): readonly [string, Partial<Plan>] => [`a step with another ${Object.keys(change).join()}`, { steps: [{ ...revert, ...change }] }]),
  ])('changes with %s', (_what, change) => expect(planDigest({ ...plan, ...change })).not.toBe(planDigest(plan)));

  it.each<readonly [string, Partial<Plan>]>([
    ['a measured fact', { facts: [image, rows, { ...disk, value: 12 }] }],
    ['no measured fact', { facts: [image, rows] }],
    ['facts in another order', { facts: [disk, rows, image] }],
    ['facts read later', { facts: [image, rows, disk].map((fact) => ({ ...fact, readAt: '2026-03-01T04:00:00Z' })) }],
    ['a later planning', { plannedAt: '2026-03-01T04:00:00Z' }],
    ['other estimates', { steps: [{ ...revert, estimateMs: 99, outageMs: 99 }] }],
    ['other words for the verdict', { verdict: { ...plan.verdict, reasons: [{ text: 'because', facts: [] }] } }],
  ])('stays the same with %s', (_what, change) => expect(planDigest({ ...plan, ...change })).toBe(planDigest(plan)));

  it('does not depend on the order of keys', () => {
    fc.assert(fc.property(fc.array(fc.nat(999), { minLength: 50, maxLength: 50 }), (numbers) => {
      let at = 0;
      const order = (keys: string[]): string[] => keys.map((key) => ({ key, by: numbers[(at += 1) % 50] ?? 0 })).sort((a, b) => a.by - b.by).map(({ key }) => key);
      expect(planDigest(shuffled(plan, order) as Plan)).toBe(planDigest(plan));
    }));
  });

  it('is a SHA-256 that tells a missing release from another', () => {
    const { from: _from, ...without } = plan;
    expect(planDigest(plan)).toMatch(/^[0-9a-f]{64}$/);
    expect(planDigest(without)).not.toBe(planDigest(plan));
  });
});
