import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Asked } from '../../../src/verdict/history-judgement.js';
import { verdictOf } from '../../../src/verdict/judge.js';
import { judgeMigrations } from '../../../src/verdict/judge-prisma.js';
import type { MigrationFacts, MigrationFinding } from '../../../src/verdict/migration-facts.js';
import { type MigrationEvidence, treatMigration } from '../../../src/verdict/treat-migration.js';

const evidence: fc.Arbitrary<MigrationEvidence> = fc.record({
  state: fc.constantFrom('failed', 'applied', 'rolled-back', 'none'),
  objects: fc.constantFrom('all', 'some', 'none', 'unknown'),
  newer: fc.boolean(),
  transactional: fc.boolean(),
  errorLogged: fc.boolean(),
  complete: fc.boolean(),
  changesRows: fc.boolean(),
  repeatable: fc.boolean(),
  alsoApplied: fc.boolean(),
});

const finding: fc.Arbitrary<MigrationFinding> = fc
  .record({ evidence, name: fc.string({ minLength: 1 }), breaking: fc.array(fc.constant('it drops column "a" of "t"'), { maxLength: 1 }), cautions: fc.array(fc.constant('a DO block cannot be judged'), { maxLength: 1 }) })
  .map((given) => ({ name: given.name, state: given.evidence.state, objects: given.evidence.objects, newer: given.evidence.newer, present: given.evidence.state === 'applied' || given.evidence.objects === 'all', failure: null, ...treatMigration(given.evidence), breaking: given.breaking, cautions: given.cautions, holds: [] }));

const history = (migrations: readonly MigrationFinding[], more: Partial<MigrationFacts> = {}): MigrationFacts => ({
  database: 'shop', schema: 'public', role: 'planb', mayWrite: true, rows: migrations.length, sha256: 'x', migrations: [...migrations], changed: [], written: [], edited: [], unknown: [], pending: [], ...more,
});

const applied: MigrationFinding = { name: 'add_coupons', state: 'applied', objects: 'all', newer: true, present: true, treatment: 'keep-row', why: 'its objects are there', failure: null, breaking: [], cautions: [], holds: ['table "coupons"'] };
const judge = (facts: MigrationFacts, asked: Asked = { sameRelease: false }) => judgeMigrations(facts, asked, 'k');
const half: MigrationFinding = { ...applied, name: 'one_account', state: 'failed', objects: 'none', present: false, treatment: 'mark-rolled-back', why: 'it failed and none of its objects are there' };

describe('what is done about a migration', () => {
  it('never stamps or deletes a row whose objects are in the database', () => {
    fc.assert(
      fc.property(evidence, (given) => {
        const { treatment } = treatMigration(given);
        if (given.objects === 'all' || given.objects === 'some') expect(given.alsoApplied ? ['keep-row', 'person', 'mark-applied', 'mark-rolled-back'] : ['keep-row', 'person', 'mark-applied']).toContain(treatment);
        if (treatment === 'mark-rolled-back') expect(given.state).toBe('failed');
        if (treatment === 'delete-row') expect(given).toMatchObject({ state: 'applied', objects: 'none', newer: true, changesRows: false });
      }),
    );
  });

  it('leaves no failed row that would block the older release, unless a person must look', () => {
    fc.assert(
      fc.property(evidence, (given) => {
        if (given.state === 'failed') expect(['mark-rolled-back', 'mark-applied', 'person']).toContain(treatMigration(given).treatment);
      }),
    );
  });
});

describe('the verdict', () => {
  it('never sends older code onto a schema that breaks it, nor decides what a person must', () => {
    fc.assert(
      fc.property(fc.array(finding, { maxLength: 6 }), fc.boolean(), (migrations, sameRelease) => {
        const verdict = judge(history(migrations), { sameRelease });
        expect(verdict.reasons.length).toBeGreaterThan(0);
        if (verdict.kind !== 'restore-backup') expect(verdict.lost).toEqual([]);
        const goesBack = verdict.kind === 'revert-only' || verdict.kind === 'clean-history' || verdict.kind === 'nothing-to-do';
        if (!goesBack) return;
        expect(migrations.some(({ treatment }) => treatment === 'person')).toBe(false);
        expect(migrations.some(({ newer, present, breaking }) => newer && present && breaking.length > 0)).toBe(false);
      }),
    );
  });

  it('is revert-only where the newer migrations are all additive', () => {
    expect(judge(history([applied]))).toEqual({
      history: 'shop, schema public', kind: 'revert-only', reasons: [{ text: '1 newer migration is applied, all additive', facts: ['k'] }], lost: [],
    });
  });

  it('is clean-history where a failed row blocks, with the reason', () => {
    const verdict = judge(history([applied, half]));
    expect(verdict.kind).toBe('clean-history');
    expect(verdict.reasons[0]?.text).toBe('one_account: it failed and none of its objects are there; its failed row is marked rolled back');
  });

  it('is roll-forward where something breaks the older code, and says what', () => {
    const verdict = judge(history([{ ...applied, breaking: ['it drops column "a" of "t"'] }]));
    expect(verdict.kind).toBe('roll-forward');
    expect(verdict.reasons[0]?.text).toBe('add_coupons: it drops column "a" of "t"');
  });

  it('judges what is there without a row as if it were applied', () => {
    const orphan: MigrationFinding = { ...applied, state: 'none', why: 'its objects are there though no row says so', breaking: ['it drops column "a" of "t"'] };
    expect(judge(history([orphan])).kind).toBe('roll-forward');
  });

  it('says so where nobody gave a history', () => {
    expect(verdictOf({ sameRelease: false, facts: [] })).toEqual({ kind: 'revert-only', reasons: [{ text: 'no migration history was given; planb judged images only', facts: [] }], lost: [] });
    expect(verdictOf({ sameRelease: true, facts: [] }).kind).toBe('nothing-to-do');
  });

  it('names edited scripts, what no release ships and what the older release will apply', () => {
    const texts = judge(history([], { edited: ['a'], unknown: ['x', 'y', 'z', 'w'], pending: ['b'] })).reasons.map(({ text }) => text);
    expect(texts).toContain('a: the releases ship different scripts under this name');
    expect(texts).toContain('neither release ships x, y, z, … (4), which are applied: what they did to the schema was not judged');
    expect(texts).toContain('the older release will apply 1 migration when it starts: b');
  });
});
