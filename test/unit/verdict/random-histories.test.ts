import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { findHistory } from '../../../jobs/actions/prisma/find-history.js';
import type { ShippedMigration } from '../../../jobs/actions/prisma/read-migrations.js';
import type { Asked } from '../../../src/verdict/history-judgement.js';
import { verdictOf } from '../../../src/verdict/judge.js';
import { type MigrationFacts, historyKeyPrefix } from '../../../src/verdict/migration-facts.js';
import type { Verdict } from '../../../src/verdict/verdict.js';
import { type ModelRow, checksum, modelDatabase, rowsOf } from '../../support/verdict/model-database.js';
import { type RandomHistory, type RandomMigration, randomHistory } from '../../support/verdict/random-history.js';
import { whyOlderCodeFails } from '../../support/verdict/schema-model.js';

const runs = { numRuns: 400 };

function shipped(migrations: readonly RandomMigration[]): ReadonlyMap<string, ShippedMigration> {
  return new Map(migrations.map(({ name, sql }) => [name, { name, sql, sha256: checksum(sql) }]));
}

async function judged(history: RandomHistory, scope?: Asked['scope']): Promise<{ readonly facts: MigrationFacts; readonly verdict: Verdict; readonly rows: readonly ModelRow[] }> {
  const rows = rowsOf([...history.older, ...history.newer]);
  const facts = await findHistory(modelDatabase(history.live, rows), 'public', shipped([...history.older, ...history.newer]), shipped(history.older));
  const fact = { key: `${historyKeyPrefix}public:x`, kind: 'identity', label: 'history', value: facts as never, readAt: '' } as const;
  return { facts, rows, verdict: verdictOf({ sameRelease: false, ...(scope === undefined ? {} : { scope }), facts: [fact] }) };
}

/** The rows after prisma.history. */
function settled(rows: readonly ModelRow[], facts: MigrationFacts): readonly ModelRow[] {
  const treatments = new Map(facts.migrations.map(({ name, treatment }) => [name, treatment]));
  const changed = new Set(facts.changed.map(({ id }) => id));
  return [
    ...rows.filter(({ id, name }) => !(changed.has(id) && treatments.get(name) === 'delete-row')).map((row) => (changed.has(row.id) ? { ...row, state: 'rolled-back' as const } : row)),
    ...facts.written.map((row) => ({ ...row, state: 'applied' as const })),
  ];
}

const goesBack = ({ kind }: Verdict): boolean => kind === 'revert-only' || kind === 'clean-history';

describe('over random histories', () => {
  it('never sends older code onto a schema on which it fails, which would put data out of its reach', async () => {
    let seen = 0;
    await fc.assert(
      fc.asyncProperty(randomHistory, async (history) => {
        const { verdict } = await judged(history);
        if (!goesBack(verdict)) return;
        seen += 1;
        expect(whyOlderCodeFails(history.olderSchema, history.live)).toBeUndefined();
      }),
      runs,
    );
    expect(seen).toBeGreaterThan(runs.numRuns / 10);
  });

  it('loses something only where a person chose it, or only a person can settle the rows', async () => {
    const kinds = new Set<string>();
    await fc.assert(
      fc.asyncProperty(randomHistory, fc.constantFrom<Asked['scope'][]>(undefined, 'app', 'performance', 'security', 'other', 'migration'), async (history, scope) => {
        const { verdict, facts } = await judged(history, scope);
        kinds.add(`${verdict.kind} ${scope ?? ''}`);
        if (verdict.kind !== 'restore-backup') expect(verdict.lost).toEqual([]);
        else {
          expect(verdict.lost.length).toBeGreaterThan(0);
          expect(scope === 'migration' || facts.migrations.some(({ treatment }) => treatment === 'person')).toBe(true);
        }
        if (scope === 'migration') expect(verdict.kind).not.toBe('roll-forward');
      }),
      runs,
    );
    expect([...kinds]).toEqual(expect.arrayContaining(['roll-forward app', 'restore-backup migration', 'revert-only other']));
  });

  it('lets the newer release be deployed again, unless the plan said that it will fail', async () => {
    let seen = 0;
    await fc.assert(
      fc.asyncProperty(randomHistory, async (history) => {
        const { verdict, facts, rows } = await judged(history);
        if (!goesBack(verdict) || verdict.reasons.some(({ text }) => text.includes('the next deploy'))) return;
        seen += 1;
        const after = settled(rows, facts);
        expect(after.filter(({ state }) => state === 'failed')).toEqual([]);
        const applied = new Set(after.filter(({ state }) => state === 'applied').map(({ name }) => name));
        const schema = history.live.copy();
        for (const { name, changes } of history.newer) if (!applied.has(name)) for (const change of changes) schema.apply(change);
        expect(schema.toString()).toBe(history.newerSchema.toString());
      }),
      runs,
    );
    expect(seen).toBeGreaterThan(runs.numRuns / 10);
  });
});
