import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { compareReleases } from '../../../src/verdict/django-compare.js';
import { type DjangoMigration, type DjangoRelease, migrationId } from '../../../src/verdict/django-graph.js';
import { planReversal } from '../../../src/verdict/django-reversal.js';

const migration = (id: string, parents: readonly string[] = [], replaces: readonly string[] = []): DjangoMigration => {
  const split = (one: string): [string, string] => one.split('.') as [string, string];
  return { app: split(id)[0], name: split(id)[1], parents: parents.map(split), replaces: replaces.map(split), atomic: true, operations: [] };
};
const release = (...migrations: readonly DjangoMigration[]): DjangoRelease => ({ django: '3.2', settings: 's', databases: ['default'], migrations: [...migrations] });
const plan = (current: DjangoRelease, target: DjangoRelease, applied: readonly string[]) => planReversal(compareReleases(current, target, new Set(applied)));

describe('planReversal', () => {
  const a1 = migration('a.0001');
  const b1 = migration('b.0001');

  it('unapplies dependents first, though Django alone would take them along', () => {
    const a2 = migration('a.0002', ['a.0001', 'b.0002']);
    const b2 = migration('b.0002', ['b.0001']);
    expect(plan(release(a1, a2, b1, b2), release(a1, b1), ['a.0001', 'a.0002', 'b.0001', 'b.0002'])).toEqual({
      obstacles: [],
      steps: [{ app: 'a', to: '0001', unapplies: ['a.0002'], alone: ['a.0002'] }, { app: 'b', to: '0001', unapplies: ['b.0002'], alone: ['a.0002', 'b.0002'] }],
    });
  });

  it('leaves alone what is not applied', () => {
    expect(plan(release(a1, migration('a.0002', ['a.0001'])), release(a1), ['a.0001'])).toEqual({ steps: [], obstacles: [] });
  });

  it('has no command to a name that begins another one', () => {
    const long = migration('a.0001_more', ['a.0001']);
    expect(plan(release(a1, long), release(a1), ['a.0001', 'a.0001_more'])).toMatchObject({ steps: [], obstacles: [expect.stringContaining('a.0001_more')] });
  });

  it('does not split a squashed migration', () => {
    const squashed = migration('a.0001_squashed', [], ['a.0001', 'a.0002']);
    expect(plan(release(squashed), release(a1), ['a.0001', 'a.0002'])).toMatchObject({ steps: [], obstacles: [expect.stringContaining('squashed')] });
    expect(plan(release(squashed), release(a1, migration('a.0002', ['a.0001'])), ['a.0001', 'a.0002'])).toEqual({ steps: [], obstacles: [] });
  });

  it('property: takes back newer migrations only, each once, children before parents, and names every one that it cannot', () => {
    const graphs = fc.array(fc.record({ app: fc.constantFrom('a', 'b', 'c'), parents: fc.array(fc.nat(20), { maxLength: 3 }), newer: fc.boolean(), applied: fc.boolean() }), { minLength: 1, maxLength: 14 });
    fc.assert(fc.property(graphs, (drawn) => {
      const ids = drawn.map(({ app }, index) => migrationId(app, `m${String(index).padStart(2, '0')}`));
      const migrations = drawn.map(({ parents }, index) => migration(ids[index] ?? '', parents.filter((parent) => parent < index).map((parent) => ids[parent] ?? '')));
      // What depends on a newer one is newer; what depends on one that is not applied is not applied.
      const newer = new Set<string>();
      const applied = new Set<string>();
      for (const [index, one] of drawn.entries()) {
        const id = ids[index] ?? '';
        const parents = one.parents.filter((parent) => parent < index).map((parent) => ids[parent] ?? '');
        if (one.newer || parents.some((parent) => newer.has(parent))) newer.add(id);
        if (one.applied && parents.every((parent) => applied.has(parent))) applied.add(id);
      }
      const { steps, obstacles } = plan(release(...migrations), release(...migrations.filter((_, index) => !newer.has(ids[index] ?? ''))), [...applied]);
      const taken = steps.flatMap(({ unapplies }) => unapplies);
      expect(new Set(taken).size).toBe(taken.length);
      for (const id of taken) expect(newer.has(id) && applied.has(id)).toBe(true);
      for (const [index, id] of ids.entries()) {
        for (const parent of drawn[index]?.parents.filter((one) => one < index).map((one) => ids[one] ?? '') ?? []) {
          if (taken.includes(parent) && applied.has(id)) expect(taken.indexOf(id)).toBeLessThan(taken.indexOf(parent));
        }
        if (newer.has(id) && applied.has(id) && !taken.includes(id)) expect(obstacles.join()).toContain(id);
      }
    }));
  });
});
