import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Fact } from '../../../src/plan/plan.js';
import { type DjangoHistory, judgeDjango } from '../../../src/verdict/django-facts.js';

const touched = fc.record({ database: fc.constant('default'), table: fc.constantFrom('t', 'u'), how: fc.constantFrom('drop' as const, 'nulls' as const, 'retype' as const) });
const texts = fc.array(fc.constantFrom('this', 'that'), { maxLength: 2 });
const histories: fc.Arbitrary<DjangoHistory> = fc.record({
  current: fc.constant('c'), target: fc.constant('t'),
  databases: fc.array(fc.record({ alias: fc.constant('default'), kept: fc.constant(1), keptSha256: fc.constant(''), goes: texts, steps: fc.constant([]), obstacles: texts, unknown: texts, pending: texts, inconsistent: texts }), { minLength: 1, maxLength: 2 }),
  migrations: fc.array(fc.record({ database: fc.constant('default'), id: fc.constant('a.0002'), breaking: texts, cautions: texts, irreversible: texts, uncounted: texts }), { maxLength: 3 }),
  filled: fc.array(touched, { maxLength: 2 }), empty: fc.array(touched, { maxLength: 2 }), unread: texts, command: fc.constant(['python']), runsIn: fc.constant('/'),
});
const factOf = (value: DjangoHistory): Fact => ({ key: 'django-history:x', kind: 'identity', label: 'Django', value, readAt: '2026-01-01T00:00:00Z' });

describe('judgeDjango', () => {
  it('property: unasked, nothing is reversed that loses anything or that nobody can count, and no backup is restored', () => {
    fc.assert(fc.property(histories, fc.constantFrom(undefined, 'app' as const, 'performance' as const, 'security' as const, 'other' as const), fc.boolean(), (history, scope, sameRelease) => {
      const { kind, lost } = judgeDjango(factOf(history), { sameRelease, ...(scope === undefined ? {} : { scope }) });
      expect(lost).toEqual([]);
      expect(kind).not.toBe('restore-backup');
      if (kind !== 'reverse-migrations') return;
      expect(history.filled).toEqual([]);
      expect(history.migrations.flatMap(({ uncounted, irreversible }) => [...uncounted, ...irreversible])).toEqual([]);
      expect(history.databases.flatMap(({ obstacles, inconsistent }) => [...obstacles, ...inconsistent])).toEqual([]);
    }));
  });

  it('property: asked "for migration", a reversal names everything that it loses', () => {
    fc.assert(fc.property(histories, (history) => {
      const { kind, lost } = judgeDjango(factOf(history), { sameRelease: false, scope: 'migration' });
      if (kind === 'reverse-migrations') expect(lost).toHaveLength(history.filled.length + history.migrations.flatMap(({ uncounted }) => uncounted).length);
      if (history.migrations.some(({ irreversible }) => irreversible.length > 0)) expect(kind).toBe('restore-backup');
      if (kind === 'restore-backup') expect(lost[0]).toBe('every row written to database default since the backup was taken, and every change and deletion since');
    }));
  });
});
