import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';

import { findDrift } from '../../../src/plan/drift.js';
import { addField, createModel, djangoRelease } from '../../support/django/project.js';
import { look, rowsOf, succeed, testDatabase, textsOf, twoReleases } from './world.js';

const timeout = 180_000;
const features = { '0001_initial': createModel('Feature', { name: 'models.CharField(max_length=50)' }) };
const rank = addField('Feature', 'rank', 'models.IntegerField(default=0)');

describe('what is lost', { timeout }, () => {
  const newer = { features: { ...features, '0002_rank': rank, '0003_tag': createModel('Tag', { feature: `models.ForeignKey(to='features.Feature', on_delete=models.CASCADE)` }) } };

  it('rolls forward unasked where the new columns and tables hold something, and counts it; asked "for migration" it saves it and unapplies', async () => {
    const { database, current, target, databases } = await twoReleases({ features }, newer, { between: ({ pool }) => pool.query(`INSERT INTO features_feature (name) VALUES ('a'), ('b'), ('c')`) });
    await database.pool.query(`UPDATE features_feature SET rank = 7 WHERE name <> 'c'`);
    await database.pool.query(`INSERT INTO features_tag (feature_id) SELECT id FROM features_feature ORDER BY id`);
    const seen = await look(current, target, databases);
    const lost = ['column features_feature.rank, filled in 2 rows', 'table features_tag with its 3 rows'];
    expect(seen.unasked).toMatchObject({ kind: 'roll-forward', lost: [] });
    expect(textsOf(seen.unasked)).toEqual(expect.arrayContaining([...lost.map((text) => `unapplying would lose: ${text}`), 'mend the newer release, or ask for it "for migration" to unapply with these losses', 'features.0003_tag: the older release cannot delete rows of features_feature that rows of the new table features_tag point at']));
    expect(seen.asked).toMatchObject({ kind: 'reverse-migrations', lost });
    expect(seen.describe()).toMatchObject({ destructive: true, lost });
    expect(seen.facts.map(({ kind }) => kind)).toEqual(['identity', 'measured']);

    const { result, undo } = await seen.reverse();
    expect(result).toMatchObject({ ok: true });
    expect((await database.pool.query(`SELECT name FROM features_feature ORDER BY 1`)).rows).toHaveLength(3);
    const [tables = '', , column = ''] = (undo as { saved: string[] }).saved;
    expect(await readFile(tables, 'utf8')).toMatch(/COPY public\.features_tag \(id, feature_id\) FROM stdin;\n1\t1\n2\t2\n3\t3\n/);
    expect((await readFile(column, 'utf8')).split('\n').sort().join(' ').trim()).toBe('1,7 2,7 id,rank');
    // Forward again: what was not lost is there.
    await succeed(current, 'migrate');
    expect((await database.pool.query(`SELECT name, rank FROM features_feature ORDER BY 1`)).rows).toEqual([{ name: 'a', rank: 0 }, { name: 'b', rank: 0 }, { name: 'c', rank: 0 }]);
  });

  it('refuses when something to lose arrived after the vote, and when other rows of the history changed', async () => {
    const { database, current, target, databases } = await twoReleases({ features }, newer, { between: ({ pool }) => pool.query(`INSERT INTO features_feature (name) VALUES ('a')`) });
    const seen = await look(current, target, databases);
    expect(seen.unasked.kind).toBe('reverse-migrations');
    await database.pool.query(`INSERT INTO features_tag (feature_id) VALUES (1)`);
    expect((await seen.reverse()).result).toMatchObject({ ok: false, error: { code: 'data-arrived', message: expect.stringContaining('table features_tag with its 1 row') as string } });
    await database.pool.query(`DELETE FROM features_tag`);
    await database.pool.query(`INSERT INTO django_migrations (app, name, applied) VALUES ('else', '0001_x', now())`);
    expect((await seen.reverse()).result).toMatchObject({ ok: false, error: { code: 'history-changed' } });
    expect(await seen.probe()).toMatchObject({ outcome: 'unclear' });
    expect(await rowsOf(database, 'features')).toHaveLength(3);
  });

  it('rows that arrive in a new table void no votes where nothing breaks older code, and are still seen by who unapplies it', async () => {
    const { database, current, target, databases } = await twoReleases({ features }, { features: { ...features, '0002_tag': createModel('Tag') } });
    const seen = await look(current, target, databases);
    expect(seen.unasked.kind).toBe('revert-only');
    expect(seen.asked).toMatchObject({ kind: 'reverse-migrations', lost: [] });
    await database.pool.query('INSERT INTO features_tag DEFAULT VALUES');
    const now = await look(current, target, databases);
    expect(findDrift(seen.facts, now.facts, [])).toEqual([]);
    expect(now.asked.lost).toEqual(['table features_tag with its 1 row']);
    expect((await seen.reverse()).result).toMatchObject({ ok: false, error: { code: 'data-arrived', message: expect.stringContaining('table features_tag with its 1 row') as string } });
  });

  it('goes on after an interruption where it was', async () => {
    const { database, current, target, databases } = await twoReleases({ features, users: { '0001_initial': createModel('User') } }, { ...newer, users: { '0001_initial': createModel('User'), '0002_team': createModel('Team') } });
    const seen = await look(current, target, databases);
    expect(seen.history.databases[0]?.steps.map(({ app }) => app)).toEqual(['users', 'features']);
    await succeed(current, 'migrate', 'users', '0001_initial');
    expect(await seen.probe()).toMatchObject({ outcome: 'unclear', saw: 'users to 0001_initial is back, features to 0001_initial not yet; trying again goes on there' });
    expect((await seen.reverse()).result).toMatchObject({ ok: true });
    expect(seen.progress).toEqual(['2 of 2: features to 0001_initial']);
    expect(await rowsOf(database, 'features', 'users')).toEqual(['features.0001_initial', 'users.0001_initial']);
  });
});

describe('graphs', { timeout }, () => {
  it('finds an irreversible operation that Django itself meets only in the middle', async () => {
    const hidden = `migrations.SeparateDatabaseAndState(database_operations=[migrations.RunSQL('CREATE INDEX hidden ON features_feature (name)')])`;
    const { current, target, databases } = await twoReleases({ features }, { features: { ...features, '0002_rank': rank, '0003_hidden': hidden } });
    const seen = await look(current, target, databases);
    expect(seen.asked.kind).toBe('restore-backup');
    expect(textsOf(seen.asked)[0]).toBe('features.0003_hidden: "Raw SQL operation" (RunSQL) cannot be reversed');
    // Django's preview does not see it.
    expect((await current.manage('migrate', 'features', '0001_initial', '--plan')).output).not.toContain('IRREVERSIBLE');
    expect((await current.manage('migrate', 'features', '0001_initial')).output).toContain('You cannot reverse this operation');
  });

  it('refuses a branch that no command takes back without the older release\'s own', async () => {
    const older = { ...features, '0002_code': addField('Feature', 'code', 'models.CharField(max_length=9, null=True)') };
    const branch = { ...older, '0002_rank': { ops: rank, after: ['features.0001_initial'] }, '0003_merge': { ops: '', after: ['features.0002_code', 'features.0002_rank'] } };
    const { current, target, databases } = await twoReleases({ features: older }, { features: branch });
    const seen = await look(current, target, databases);
    expect(seen.unasked.kind).toBe('roll-forward');
    expect(seen.history.databases[0]?.obstacles).toEqual([`no "migrate" command unapplies features.0002_rank without one of the older release's own, or without an ambiguous name`]);
  });

  it('takes an app that is new back to zero, and third-party apps with it', async () => {
    const { database, current, target, databases } = await twoReleases({ features }, { features: { ...features, '0002_rank': { ops: rank, after: ['features.0001_initial', 'contenttypes.0002_remove_content_type_name'] } } }, { contrib: ['django.contrib.contenttypes'] });
    const bare = await djangoRelease({ features }, { databases });
    const seen = await look(current, bare, databases);
    expect(seen.history.databases[0]?.steps.map(({ app, to }) => [app, to])).toEqual([['features', '0001_initial'], ['contenttypes', 'zero']]);
    // Here the older release ships the app too, and it stays.
    expect((await look(current, target, databases)).history.databases[0]?.steps.map(({ app }) => app)).toEqual(['features']);
    expect(await rowsOf(database, 'contenttypes')).toHaveLength(2);
  });

  it('knows a squashed migration for what it replaces', async () => {
    const older = { ...features, '0002_code': addField('Feature', 'code', 'models.CharField(max_length=9, null=True)') };
    const squashed = {
      '0001_squashed': { ops: createModel('Feature', { name: 'models.CharField(max_length=50)', code: 'models.CharField(max_length=9, null=True)' }), body: `replaces = [('features', '0001_initial'), ('features', '0002_code')]` },
      '0003_rank': { ops: rank, after: ['features.0001_squashed'] },
    };
    const { database, current, target, databases } = await twoReleases({ features: older }, { features: squashed });
    expect(await rowsOf(database, 'features')).toContain('features.0001_squashed');
    const seen = await look(current, target, databases);
    expect(seen.history.databases[0]?.steps).toMatchObject([{ to: '0001_squashed', unapplies: ['features.0003_rank'] }]);
    expect((await seen.reverse()).result).toMatchObject({ ok: true });
    expect(await target.manage('migrate', '--check')).toMatchObject({ code: 0 });
  });

  it('reads each of several databases by its own rows and routes', async () => {
    const [main, other] = [await testDatabase(), await testDatabase()];
    const databases = { default: main.url, analytics: other.url };
    const router = `return (app_label == 'stats') == (db == 'analytics')`;
    const stats = { '0001_initial': createModel('Hit') };
    const target = await djangoRelease({ features, stats }, { databases, router });
    const current = await djangoRelease({ features, stats: { ...stats, '0002_browser': addField('Hit', 'browser', `models.CharField(max_length=9, default='')`) } }, { databases, router });
    for (const alias of ['default', 'analytics']) await succeed(current, 'migrate', '--database', alias);
    await other.pool.query(`INSERT INTO stats_hit (browser) VALUES ('lynx')`);
    const seen = await look(current, target, databases);
    expect(seen.asked).toMatchObject({ kind: 'reverse-migrations', lost: ['database analytics: column stats_hit.browser, filled in 1 row'] });
    expect((await seen.reverse()).result).toMatchObject({ ok: true });
    expect([await rowsOf(main, 'stats'), await rowsOf(other, 'stats')]).toEqual([['stats.0001_initial'], ['stats.0001_initial']]);
    // One that nobody gave an address for is named.
    expect(textsOf((await look(current, target, { default: main.url })).unasked)).toContain('not looked at, since no URL is given: analytics');
  });
});

describe('reported by users of Flagsmith', { timeout }, () => {
  it('#973: a build of the main branch applied a migration before its dependency, so the older release would refuse to start', async () => {
    const database = await testDatabase();
    const databases = { default: database.url };
    const plans = createModel('Plan');
    const main = await djangoRelease({ features: { ...features, '0003_plan': plans } }, { databases });
    const release = await djangoRelease({ features: { ...features, '0002_rank': rank, '0003_plan': plans } }, { databases });
    await succeed(main, 'migrate');
    expect((await release.manage('migrate')).output).toContain('InconsistentMigrationHistory: Migration features.0003_plan is applied before its dependency features.0002_rank');
    const seen = await look(main, release, databases);
    expect(seen.unasked.kind).toBe('roll-forward');
    expect(textsOf(seen.unasked)[0]).toBe('features.0003_plan is applied before its dependency features.0002_rank; "migrate" refuses this history (InconsistentMigrationHistory)');
    expect(seen.asked.kind).toBe('restore-backup');
    // The rows of that build that nobody ships are named, too.
    const other = await djangoRelease({ features }, { databases });
    expect(textsOf((await look(other, other, databases)).unasked)).toContain('default: neither release ships features.0003_plan');
  });

  it('#7429: an upgrade and the way back, with its reasons, and up again', async () => {
    const newer = { features: { ...features, '0002_rank': rank } };
    const { database, current, target, databases } = await twoReleases({ features }, newer, { between: ({ pool }) => pool.query(`INSERT INTO features_feature (name) VALUES ('a')`) });
    const seen = await look(current, target, databases);
    expect(seen.unasked.kind).toBe('reverse-migrations');
    expect(textsOf(seen.unasked).length).toBeGreaterThan(1);
    expect((await seen.reverse()).result).toMatchObject({ ok: true });
    await database.pool.query(`INSERT INTO features_feature (name) VALUES ('b')`);
    await succeed(current, 'migrate');
    expect((await database.pool.query('SELECT name, rank FROM features_feature ORDER BY 1')).rows).toEqual([{ name: 'a', rank: 0 }, { name: 'b', rank: 0 }]);
    expect((await look(current, target, databases)).unasked.kind).toBe('reverse-migrations');
  });

  it('#3419: a migration that fails on a database with rows only leaves no row, and nothing is unapplied for it', async () => {
    const newer = { features: { ...features, '0002_tag': createModel('Tag'), '0003_unique': `migrations.AlterField(model_name='feature', name='name', field=models.CharField(max_length=50, unique=True))` } };
    const database = await testDatabase();
    const databases = { default: database.url };
    const [target, current] = [await djangoRelease({ features }, { databases }), await djangoRelease(newer, { databases })];
    await succeed(target, 'migrate');
    await database.pool.query(`INSERT INTO features_feature (name) VALUES ('same'), ('same')`);
    expect(await current.manage('migrate')).toMatchObject({ code: 1, output: expect.stringContaining('could not create unique index') as string });
    expect(await rowsOf(database, 'features')).toEqual(['features.0001_initial', 'features.0002_tag']);
    const seen = await look(current, target, databases);
    expect(seen.unasked).toMatchObject({ kind: 'revert-only', lost: [] });
    expect(textsOf(seen.unasked)).toEqual(['1 newer migration is applied, and older code works with it']);
    expect(await target.manage('migrate', '--check')).toMatchObject({ code: 0 });
  });
});
