import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { addField, createModel } from '../../support/django/project.js';
import { look, rowsOf, succeed, textsOf, twoReleases } from './world.js';

const features = { '0001_initial': createModel('Feature', { name: 'models.CharField(max_length=50)' }) };
const users = { '0001_initial': createModel('User', { email: 'models.EmailField(max_length=100)' }) };
/** NOT NULL without a default in the database: the older release cannot insert any more. */
const breaking = addField('Feature', 'rank', 'models.IntegerField(default=0)');

describe('django.reverse between two releases', { timeout: 180_000 }, () => {
  it('leaves the database alone where the newer migrations do not break older code, which does not mind their rows', async () => {
    const { current, target, databases } = await twoReleases({ features, users }, { features: { ...features, '0002_tag': createModel('Tag'), '0003_note': addField('Feature', 'note', 'models.TextField(null=True)') }, users });
    const { unasked, history } = await look(current, target, databases);
    expect(unasked).toMatchObject({ kind: 'revert-only', lost: [] });
    expect(textsOf(unasked)).toEqual(['2 newer migrations are applied, and older code works with them']);
    expect(history.databases[0]?.steps).toMatchObject([{ app: 'features', to: '0001_initial', unapplies: ['features.0003_note', 'features.0002_tag'] }]);
    // Upstream's own word for it.
    expect(await target.manage('migrate', '--check')).toMatchObject({ code: 0 });
  });

  it('unapplies what breaks older code and holds nothing, and the newer release can be deployed again afterwards', async () => {
    const newer = { features: { ...features, '0002_rank': breaking }, users: { ...users, '0002_team': { ops: createModel('Team', { top: `models.ForeignKey(to='features.Feature', on_delete=models.CASCADE)` }), after: ['users.0001_initial', 'features.0002_rank'] } } };
    const { current, target, databases, database } = await twoReleases({ features, users }, newer, { between: ({ pool }) => pool.query(`INSERT INTO features_feature (name) VALUES ('old')`) });
    await expect(database.pool.query(`INSERT INTO features_feature (name) VALUES ('of the older release')`)).rejects.toThrow(/null value in column "rank"/);

    const seen = await look(current, target, databases);
    expect(seen.unasked).toMatchObject({ kind: 'reverse-migrations', lost: [] });
    expect(textsOf(seen.unasked)[0]).toBe('features.0002_rank: it adds column features_feature.rank, NOT NULL and without a default in the database, so the older release cannot insert rows');
    const described = seen.describe();
    expect(described).toMatchObject({ effect: 'idempotent', destructive: false, lost: [], changes: [{ key: seen.facts[0]?.key }] });
    // Dependents first.
    expect(described.commands.map((command) => /manage.py (migrate \S+ \S+ --database default --noinput)/.exec(command)?.[1])).toEqual(['migrate users 0001_initial --database default --noinput', 'migrate features 0001_initial --database default --noinput']);

    expect(await seen.probe()).toMatchObject({ outcome: 'absent' });
    const { result, undo } = await seen.reverse();
    expect(result).toMatchObject({ ok: true, receipt: { apps: [{ app: 'users', to: '0001_initial', unapplied: ['users.0002_team'] }, { app: 'features', unapplied: ['features.0002_rank'] }], kept: { default: 2 } } });
    expect(await rowsOf(database, 'features', 'users')).toEqual(['features.0001_initial', 'users.0001_initial']);
    expect(await seen.probe()).toMatchObject({ outcome: 'happened' });
    expect(seen.progress).toEqual(['1 of 2: users to 0001_initial', '2 of 2: features to 0001_initial']);
    await database.pool.query(`INSERT INTO features_feature (name) VALUES ('of the older release')`);
    // The definitions of what went.
    const saved = (undo as { saved: string[] }).saved;
    expect(saved.map((file) => file.split('/').at(-1))).toEqual(['django-default-s1-1-tables.sql', 'django-default-s1-1-definitions.sql', 'django-default-s1-1-column-1.csv']);
    expect(await readFile(saved[0] ?? '', 'utf8')).toContain('CREATE TABLE public.users_team');
    const journal = (await readFile(join(seen.runFolder, 'django-reversed.jsonl'), 'utf8')).trim().split('\n').map((line) => JSON.parse(line) as object);
    expect(journal).toMatchObject([{ app: 'users', to: '0001_initial' }, { app: 'features', to: '0001_initial' }]);
    // Again: nothing left to do, the same receipt.
    expect((await seen.reverse()).result).toEqual(result);

    // Forward again, with the rows that both releases wrote.
    await succeed(current, 'migrate');
    expect((await database.pool.query(`SELECT name, rank FROM features_feature ORDER BY id`)).rows).toEqual([{ name: 'old', rank: 0 }, { name: 'of the older release', rank: 0 }]);
  });
});
