import { describe, expect, it } from 'vitest';

import { generateCommands, rollBackAppliedAfter } from '../../support/django/applied-after.js';
import { addField, createModel } from '../../support/django/project.js';
import type { TestDatabase } from '../../support/postgres.js';
import { look, rowsOf, textsOf, twoReleases } from './world.js';

const timeout = 180_000;
const features = { '0001_initial': createModel('Feature', { name: 'models.CharField(max_length=50)' }) };
const users = { '0001_initial': createModel('User', { email: 'models.EmailField(max_length=100)' }) };
const rank = addField('Feature', 'rank', 'models.IntegerField(default=0)');

/** Puts the moments of the rows where a test wants them: the older release's deployment, and the newer one's an hour later. */
async function date(database: TestDatabase, older: readonly string[]): Promise<void> {
  await database.pool.query(`UPDATE django_migrations SET applied = '2026-03-01 12:00:00+00'::timestamptz + CASE WHEN app || '.' || name = ANY($1) THEN interval '0' ELSE interval '1 hour' END`, [older]);
}

describe('the guide\'s command, beside django.reverse', { timeout }, () => {
  it('unapplies everything with the cut-off that the guide names; planb unapplies the newer one', async () => {
    const releases = [{ features, users }, { features: { ...features, '0002_rank': rank }, users }] as const;
    const wrong = await twoReleases(...releases);
    await date(wrong.database, ['features.0001_initial', 'users.0001_initial']);
    // "The date and time that you deployed the version that you want to roll back to."
    const said = await rollBackAppliedAfter(wrong.current, wrong.database.pool, '2026-03-01 12:00:00');
    expect(said.map(({ command, code }) => [command, code])).toEqual([['migrate features zero', 0], ['migrate users zero', 0]]);
    expect(await rowsOf(wrong.database, 'features', 'users')).toEqual([]);
    await expect(wrong.database.pool.query('SELECT FROM users_user')).rejects.toThrow(/does not exist/);

    const right = await twoReleases(...releases, { between: ({ pool }) => pool.query(`INSERT INTO users_user (email) VALUES ('a@x')`) });
    await date(right.database, ['features.0001_initial', 'users.0001_initial']);
    const seen = await look(right.current, right.target, right.databases);
    expect(seen.unasked.kind).toBe('reverse-migrations');
    expect((await seen.reverse()).result).toMatchObject({ ok: true });
    expect(await rowsOf(right.database, 'features', 'users')).toEqual(['features.0001_initial', 'users.0001_initial']);
    expect((await right.database.pool.query('SELECT email FROM users_user')).rows).toEqual([{ email: 'a@x' }]);
  });

  it('stops at two migrations of one number, or takes the older release\'s own along; planb names them in full', async () => {
    const older = { ...features, '0002_code': addField('Feature', 'code', `models.CharField(max_length=9, null=True)`) };
    const newer = { ...older, '0002_rank': rank, '0003_tag': createModel('Tag') };
    const { database, current, target, databases } = await twoReleases({ features: older }, { features: newer }, { between: ({ pool }) => pool.query(`INSERT INTO features_feature (name, code) VALUES ('f', 'kept')`) });
    const mine = ['features.0001_initial', 'features.0002_code'];

    const seen = await look(current, target, databases);
    expect(seen.history.databases[0]?.steps).toMatchObject([{ app: 'features', to: '0002_code', unapplies: ['features.0003_tag', 'features.0002_rank'] }]);
    expect((await seen.reverse()).result).toMatchObject({ ok: true });
    expect(await rowsOf(database, 'features')).toEqual(mine);
    expect((await database.pool.query('SELECT name, code FROM features_feature')).rows).toEqual([{ name: 'f', code: 'kept' }]);
    expect(await current.manage('migrate')).toMatchObject({ code: 0 });

    await date(database, [...mine, 'features.0002_rank']);
    expect(await rollBackAppliedAfter(current, database.pool, '2026-03-01 12:30:00')).toMatchObject([{ command: 'migrate features 0002', code: 1, output: expect.stringContaining(`More than one migration matches '0002'`) as string }]);
    await date(database, mine);
    expect(await rollBackAppliedAfter(current, database.pool, '2026-03-01 12:30:00')).toMatchObject([{ command: 'migrate features 0001', code: 0 }]);
    // The column of the older release is gone, and what it held.
    expect(await rowsOf(database, 'features')).toEqual(['features.0001_initial']);
    await expect(database.pool.query('SELECT code FROM features_feature')).rejects.toThrow(/does not exist/);
  });

  it('finds no predecessor across a gap; planb takes the one that the graph names', async () => {
    const { database, current, target, databases } = await twoReleases({ features }, { features: { ...features, '0004_rank': rank } });
    await date(database, ['features.0001_initial']);
    expect(await rollBackAppliedAfter(current, database.pool, '2026-03-01 12:30:00')).toMatchObject([{ command: 'migrate features 0003', code: 1, output: expect.stringContaining(`Cannot find a migration matching '0003'`) as string }]);
    expect(await rowsOf(database, 'features')).toHaveLength(2);

    const seen = await look(current, target, databases);
    expect(seen.describe().commands.join()).toContain('manage.py migrate features 0001_initial');
    expect((await seen.reverse()).result).toMatchObject({ ok: true });
    expect(await rowsOf(database, 'features')).toEqual(['features.0001_initial']);
  });

  it('fails on names without a number, in the command and in the SQL; planb does not read numbers', async () => {
    const { database, current, target, databases } = await twoReleases({ features: { first: features['0001_initial'] } }, { features: { first: features['0001_initial'], add_rank: rank } });
    await date(database, ['features.first']);
    expect(await rollBackAppliedAfter(current, database.pool, '2026-03-01 12:30:00')).toMatchObject([{ code: 1, output: expect.stringContaining('invalid literal') as string }]);
    await expect(generateCommands(database.pool, '2026-03-01 12:30:00')).rejects.toThrow('invalid input syntax for type integer: "add_"');

    const seen = await look(current, target, databases);
    expect((await seen.reverse()).result).toMatchObject({ ok: true });
    expect(await rowsOf(database, 'features')).toEqual(['features.first']);
  });

  it('leaves apps half way at an irreversible operation; planb refuses before the first', async () => {
    const forget = `migrations.RunPython(forget)`;
    const newer = { features: { ...features, '0002_rank': rank }, users: { ...users, '0002_forget': { ops: forget, top: 'def forget(apps, editor): pass' } } };
    const { database, current, target, databases } = await twoReleases({ features, users }, newer);
    await date(database, ['features.0001_initial', 'users.0001_initial']);

    const seen = await look(current, target, databases);
    expect(seen.unasked.kind).toBe('roll-forward');
    expect(seen.asked.kind).toBe('restore-backup');
    expect(textsOf(seen.asked)[0]).toBe('users.0002_forget: "Raw Python operation" (RunPython) cannot be reversed');
    expect(() => seen.describe()).toThrow('users.0002_forget: "Raw Python operation" (RunPython) cannot be reversed');
    expect(await rowsOf(database, 'features', 'users')).toHaveLength(4);

    const said = await rollBackAppliedAfter(current, database.pool, '2026-03-01 12:30:00');
    expect(said.map(({ command, code }) => [command, code])).toEqual([['migrate features 0001', 0], ['migrate users 0001', 1]]);
    expect(said[1]?.output).toContain('IrreversibleError');
    // The older features beside the newer users: neither release's schema.
    expect(await rowsOf(database, 'features', 'users')).toEqual(['features.0001_initial', 'users.0001_initial', 'users.0002_forget']);
  });

  it('means another moment in its SQL than in its command; planb asks for none', async () => {
    const { database, current } = await twoReleases({ features, users }, { features: { ...features, '0002_rank': rank }, users }, { zone: 'Asia/Tokyo' });
    await date(database, ['features.0001_initial', 'users.0001_initial']);
    // 12:30 UTC lies between the two deployments. In Tokyo, the project's zone, it is 21:30.
    const client = await database.pool.connect();
    try {
      await client.query(`SET TIME ZONE 'UTC'`);
      expect(await generateCommands(client, '2026-03-01 12:30:00')).toEqual(['python manage.py migrate features 0001']);
      await client.query(`SET TIME ZONE 'Asia/Tokyo'`);
      expect(await generateCommands(client, '2026-03-01 12:30:00')).toEqual(['python manage.py migrate features zero', 'python manage.py migrate users zero']);
    } finally {
      client.release();
    }
    // The command reads the project's zone: the same words unapply everything.
    expect((await rollBackAppliedAfter(current, database.pool, '2026-03-01 12:30:00', 'Asia/Tokyo')).map(({ command }) => command)).toEqual(['migrate features zero', 'migrate users zero']);
  });
});
