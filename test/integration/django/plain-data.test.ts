import { readdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { METACHARACTERS } from '../../support/fuzz/texts.js';
import { addField, createModel } from '../../support/django/project.js';
import { look, rowsOf, twoReleases } from './world.js';

const initial = createModel('Feature', { name: 'models.CharField(max_length=50)' });
/** NOT NULL without a default in the database: the older release cannot insert any more. */
const breaking = (column: string): string => addField('Feature', column, 'models.IntegerField(default=0)');

describe('what shells, SQL and option parsers give a meaning to, in names of migrations', { timeout: 180_000 }, () => {
  // Django takes any file of the folder for a migration whose name an import can take.
  it.each(['0002_$(touch$IFS$9pwned)', `0002_it's;"--fake"&&id`, '0002_`id`|*%s', '0002_${env:TOKEN}{{x}}'])('%s reaches Django and PostgreSQL as a name', async (hostile) => {
    const older = { features: { '0001_initial': initial, [hostile]: createModel('Tag') } };
    const { current, target, databases, database } = await twoReleases(older, { features: { ...older.features, '0003_rank': breaking('rank') } });
    const seen = await look(current, target, databases);
    expect(seen.history.databases[0]).toMatchObject({ obstacles: [], steps: [{ app: 'features', to: hostile, unapplies: ['features.0003_rank'] }] });
    expect((await seen.reverse()).result).toMatchObject({ ok: true });
    expect(await rowsOf(database, 'features')).toEqual(['features.0001_initial', `features.${hostile}`]);
    for (const folder of [current.folder, target.folder]) expect(await readdir(folder)).not.toContain('pwned');
  });

  it('a name that would be an option is no name: nothing is reversed', async () => {
    const older = { features: { '0001_initial': initial, '--fake': createModel('Tag') } };
    const { current, target, databases, database } = await twoReleases(older, { features: { ...older.features, '0003_rank': breaking('rank') } });
    const before = await rowsOf(database, 'features');
    const seen = await look(current, target, databases);
    expect(seen.history.databases[0]?.obstacles).not.toEqual([]);
    expect(() => seen.describe()).toThrow();
    expect(await rowsOf(database, 'features')).toEqual(before);
  });

  it('rows that no release knows are told of by their names, and stay', async () => {
    const { current, target, databases, database } = await twoReleases({ features: { '0001_initial': initial } }, { features: { '0001_initial': initial, '0002_rank': breaking('rank') } }, {
      between: async ({ pool }) => { for (const name of METACHARACTERS) await pool.query(`INSERT INTO django_migrations (app, name, applied) VALUES ('strange', $1, now())`, [name]); },
    });
    const seen = await look(current, target, databases);
    expect([...(seen.history.databases[0]?.unknown ?? [])].sort()).toEqual(METACHARACTERS.map((name) => `strange.${name}`).sort());
    expect((await seen.reverse()).result).toMatchObject({ ok: true });
    expect(await rowsOf(database, 'features')).toEqual(['features.0001_initial']);
    expect([...(await rowsOf(database, 'strange'))].sort()).toEqual(METACHARACTERS.map((name) => `strange.${name}`).sort());
  });
});
