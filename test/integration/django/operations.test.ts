import { describe, expect, it } from 'vitest';

import { createModel } from '../../support/django/project.js';
import { look, succeed, textsOf, twoReleases } from './world.js';

const timeout = 180_000;
const features = { '0001_initial': createModel('Feature', { name: 'models.CharField(max_length=50)', code: 'models.IntegerField(null=True)', note: `models.TextField(default='')` }) };
const alter = (name: string, field: string): string => `migrations.AlterField(model_name='feature', name='${name}', field=${field})`;

/** What one operation means for older code, and what unapplying it would lose, with two rows in the table. */
async function judge(ops: string, sql: readonly string[] = [], top = '') {
  const { database, current, target, databases } = await twoReleases({ features }, { features: { ...features, '0002_it': { ops, top } } }, { between: ({ pool }) => pool.query(`INSERT INTO features_feature (name, code, note) VALUES ('a', 1, ''), ('b', 2, 'long')`) });
  for (const statement of sql) await database.pool.query(statement);
  return { database, current, ...(await look(current, target, databases)) };
}

describe('what one operation means', { timeout }, () => {
  it('tells what breaks older code from what is only named', async () => {
    const model = (name: string): string => createModel(name, { name: 'models.CharField(max_length=50)', code: 'models.IntegerField(null=True)', note: `models.TextField(default='')` });
    const change = (name: string, field: string, type: string): string => `migrations.AlterField(model_name='${name}', name='${field}', field=${type})`;
    const cases: readonly (readonly [ops: string, breaking: readonly string[], cautions: readonly string[]])[] = [
      [`migrations.RemoveField(model_name='m0', name='note')`, ['it drops column features_m0.note, which the older release reads; unapplied it comes back empty'], []],
      [`migrations.DeleteModel('M1')`, ['it drops table features_m1, which the older release reads; unapplied it comes back empty'], []],
      [`migrations.RenameField(model_name='m2', old_name='note', new_name='remark')`, ['it renames column features_m2.note to remark'], []],
      [`migrations.RenameModel('M3', 'Flag')`, ['it renames table features_m3 to features_flag'], []],
      [change('m4', 'code', 'models.TextField(null=True)'), ['it changes the type of features_m4.code from IntegerField to TextField'], []],
      [change('m5', 'name', 'models.CharField(max_length=5)'), ['it shortens features_m5.name to 5 characters'], []],
      [change('m6', 'code', 'models.IntegerField(default=0)'), ['features_m6.code becomes NOT NULL, and the older release may leave it empty'], []],
      [`migrations.RunSQL('ALTER TABLE features_m7 DROP COLUMN note', migrations.RunSQL.noop)`, ['it drops column "note" of "features_m7"'], []],
      [`migrations.AddField(model_name='m8', name='must', field=models.IntegerField(default=0))`, ['it adds column features_m8.must, NOT NULL and without a default in the database, so the older release cannot insert rows'], []],
      [`migrations.AddConstraint('m9', models.UniqueConstraint(fields=['name'], name='one_name'))`, [], ['rows of features_m9 must meet a new constraint ("Create constraint one_name on model m9"), which the older release does not know']],
      [`migrations.AlterUniqueTogether('m10', {('name', 'code')})`, [], ['features_m10 must be unique in (name, code) now, which the older release does not know']],
      [`migrations.RunPython(migrations.RunPython.noop, migrations.RunPython.noop)`, [], ['it ran noop, which may have changed data']],
      [`migrations.RunSQL('UPDATE features_m9 SET code = 3', migrations.RunSQL.noop)`, [], ['it updates rows of "features_m9"']],
      [change('m9', 'note', `models.TextField(default='', null=True)`), [], ['features_m9.note may be NULL now, which the older release does not expect']],
      [change('m9', 'name', 'models.TextField()'), [], []],
      [`migrations.AddIndex('m9', models.Index(fields=['code'], name='by_code'))`, [], []],
      // What newer migrations made themselves meets no older code.
      [`${createModel('New', { name: 'models.CharField(max_length=5)' })}, migrations.RenameField(model_name='new', old_name='name', new_name='title'), migrations.AddField(model_name='new', name='must', field=models.IntegerField(default=0)), migrations.RenameModel('New', 'Newer'), migrations.DeleteModel('Newer')`, [], []],
    ];
    const older = { '0001_initial': Array.from({ length: 11 }, (_, index) => model(`M${index}`)).join(', ') };
    const ids = cases.map((_, index) => `1${String(index).padStart(3, '0')}_it`);
    const { current, target, databases } = await twoReleases({ features: older }, { features: { ...older, ...Object.fromEntries(ids.map((id, index) => [id, cases[index]?.[0] ?? ''])) } });
    const { history, unasked } = await look(current, target, databases);
    expect(history.migrations.map(({ id, breaking, cautions }) => [id, breaking, cautions])).toEqual(cases.map(([, breaking, cautions], index) => [`features.${ids[index] ?? ''}`, breaking, cautions]));
    // A reversal that does nothing would leave the column gone.
    expect(history.migrations.filter(({ irreversible }) => irreversible.length > 0).map(({ id, irreversible }) => [id, irreversible])).toEqual([['features.1007_it', ['nothing takes its SQL back: it drops column "note" of "features_m7"']]]);
    expect(unasked.kind).toBe('roll-forward');
  });

  it('counts values that the older column has no room for', async () => {
    const { asked, unasked } = await judge(`${alter('name', 'models.CharField(max_length=80)')}, ${alter('note', `models.TextField(default='', null=True)`)}`, [`UPDATE features_feature SET name = repeat('x', 60) WHERE code = 1`, `UPDATE features_feature SET note = NULL WHERE code = 2`]);
    expect(unasked.kind).toBe('revert-only');
    expect(asked).toMatchObject({ kind: 'reverse-migrations', lost: ['1 values of features_feature.name are cut to 50 characters', 'empty values of features_feature.note in 1 rows are replaced'] });
  });

  it('counts what reverse SQL drops, and says what it cannot count', async () => {
    const { asked } = await judge(`migrations.RunSQL('CREATE TABLE extra AS SELECT 1 AS n', 'DROP TABLE extra'), migrations.RunSQL('SELECT 1', 'UPDATE features_feature SET code = NULL')`);
    expect(asked).toMatchObject({ kind: 'reverse-migrations', lost: ['table extra with its 1 row', 'features.0002_it: its reverse SQL: it updates rows of "features_feature"'] });
  });

  it('does not unapply unasked what runs code of its own', async () => {
    const { unasked, asked, describe: described } = await judge(`migrations.RunPython(forwards, backwards), migrations.RenameField(model_name='feature', old_name='note', new_name='remark')`, [], 'def forwards(apps, editor): pass\ndef backwards(apps, editor): pass');
    expect(unasked.kind).toBe('roll-forward');
    expect(asked).toMatchObject({ kind: 'reverse-migrations', lost: ['features.0002_it: backwards runs, and nobody can tell beforehand what it changes'] });
    expect(described()).toMatchObject({ destructive: true });
  });

  it('sees that a column cannot come back without a value for the rows that are there', async () => {
    const older = { features: { '0001_initial': createModel('Feature', { size: 'models.IntegerField()' }) } };
    const { database, current, target, databases } = await twoReleases(older, { features: { ...older.features, '0002_it': `migrations.RemoveField(model_name='feature', name='size')` } }, { between: ({ pool }) => pool.query('INSERT INTO features_feature (size) VALUES (3)') });
    const seen = await look(current, target, databases);
    expect(seen.unasked.kind).toBe('roll-forward');
    expect(textsOf(seen.asked)[0]).toBe('unapplying would fail: features_feature.size comes back and has no value for rows');
    // So it does.
    expect((await current.manage('migrate', 'features', '0001_initial')).output).toContain('contains null values');
    // Without rows nothing stands in the way.
    await database.pool.query('DELETE FROM features_feature');
    const empty = await look(current, target, databases);
    expect(empty.unasked).toMatchObject({ kind: 'reverse-migrations', lost: [] });
    expect((await empty.reverse()).result).toMatchObject({ ok: true });
    await succeed(current, 'migrate');
  });
});
