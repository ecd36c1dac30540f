import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { type TestDatabase, createDatabase } from '../../support/postgres.js';
import { historyOf, planHistory } from '../../support/prisma/prisma-step.js';
import { type PrismaRelease, prismaRelease } from '../../support/prisma/release.js';

const base = { '20260101000000_init': 'CREATE TABLE keys (id int PRIMARY KEY, name text, note text);' };
let database: TestDatabase;
let older: PrismaRelease;

beforeEach(async () => {
  database = await createDatabase();
  older = await prismaRelease(base);
  await older.deploy(database.url);
});
afterEach(() => database.drop());

const newer = (more: Readonly<Record<string, string>>) => prismaRelease({ ...base, ...more });
const blocked = async (release: PrismaRelease): Promise<string> => (await release.prisma(database.url, ['migrate', 'deploy'])).output;
const exists = async (relation: string): Promise<boolean> => (await database.pool.query<{ there: boolean }>('SELECT to_regclass($1) IS NOT NULL AS there', [relation])).rows[0]?.there === true;

/** planb settles the history; then the older release starts as if nothing had happened, and the newer one can be deployed again. */
async function backAndForward(release: PrismaRelease, kind: string, between: () => Promise<unknown> = () => Promise.resolve()): Promise<readonly string[]> {
  const step = await planHistory(database, release, older);
  expect(step.verdict.kind).toBe(kind);
  expect(await step.execute()).toMatchObject({ ok: true });
  expect(await step.probe()).toMatchObject({ outcome: 'happened' });
  await older.deploy(database.url);
  await between();
  await release.deploy(database.url);
  return step.verdict.reasons.map(({ text }) => text);
}

describe('going back on a real history, and forward again', { timeout: 180_000 }, () => {
  it('half-failed migration: P3009 blocks the older release too, until its row is settled', async () => {
    const release = await newer({ '20260201000000_names': 'CREATE TABLE teams (id int); ALTER TABLE keys ALTER COLUMN name SET NOT NULL;' });
    await database.pool.query('INSERT INTO keys (id) VALUES (1)');
    expect(await blocked(release)).toContain('migration_name="20260201000000_names"');
    expect(await blocked(older)).toContain('P3009');
    // One implicit transaction: the table of its first line is not there.
    expect(await exists('teams')).toBe(false);
    await backAndForward(release, 'clean-history', () => database.pool.query(`UPDATE keys SET name = 'a'`));
    expect(await historyOf(database)).toMatchObject({ '20260201000000_names': 'rolled-back, applied' });
  });

  it('half-failed migration that committed in its middle: a person decides, and nothing is touched', async () => {
    const release = await newer({ '20260201000000_half': 'CREATE TABLE teams (id int); COMMIT; ALTER TABLE keys ADD COLUMN team int; SELECT 1 / 0;' });
    expect(await blocked(release)).toContain('division by zero');
    const { verdict } = await planHistory(database, release, older);
    expect(verdict).toMatchObject({ kind: 'restore-backup', reasons: [{ text: expect.stringContaining('it failed and some of its objects are there') as string }] });
    expect(await historyOf(database)).toMatchObject({ '20260201000000_half': 'failed' });
  });

  it('newer additive: nothing is changed', async () => {
    const release = await newer({ '20260201000000_teams': 'CREATE TABLE teams (id int); ALTER TABLE keys ADD COLUMN team int;' });
    await release.deploy(database.url);
    const before = await historyOf(database);
    await backAndForward(release, 'revert-only');
    expect(await historyOf(database)).toEqual(before);
  });

  it('#6124: newer destructive: the older release would fail, so planb does not go back', async () => {
    const release = await newer({ '20260201000000_drop': 'ALTER TABLE keys DROP COLUMN note;' });
    await release.deploy(database.url);
    await expect(database.pool.query('SELECT note FROM keys')).rejects.toMatchObject({ code: '42703' });
    const { verdict } = await planHistory(database, release, older);
    expect(verdict).toMatchObject({ kind: 'roll-forward', reasons: [{ text: expect.stringContaining('note') as string }, { text: expect.stringContaining('mend the newer one') as string }] });
    await release.deploy(database.url);
  });

  it('#6124: a swapped unique key breaks the older upsert, so planb does not go back', async () => {
    const swapped = { '20260201000000_swap': 'DROP INDEX keys_name_key; CREATE UNIQUE INDEX keys_name_note_key ON keys (name, note);' };
    const first = { ...base, '20260102000000_unique': 'CREATE UNIQUE INDEX keys_name_key ON keys (name);' };
    older = await prismaRelease(first);
    const release = await prismaRelease({ ...first, ...swapped });
    await release.deploy(database.url);
    await expect(database.pool.query(`INSERT INTO keys VALUES (1, 'a') ON CONFLICT (name) DO NOTHING`)).rejects.toThrow('no unique or exclusion constraint matching the ON CONFLICT specification');
    expect((await planHistory(database, release, older)).verdict.kind).toBe('roll-forward');
  });

  it('#12869, #39671: objects gone, rows there: without planb "No pending migrations", with it they come back', async () => {
    const release = await newer({ '20260201000000_teams': 'CREATE TABLE teams (id int);', '20260202000000_team': 'ALTER TABLE keys ADD COLUMN team int;' });
    await release.deploy(database.url);
    // What an older image's diff-and-force leaves (facts.md).
    await database.pool.query('DROP TABLE teams; ALTER TABLE keys DROP COLUMN team');
    expect(await blocked(release)).toContain('No pending migrations to apply');
    await expect(database.pool.query('SELECT team FROM keys')).rejects.toMatchObject({ code: '42703' });
    await backAndForward(release, 'clean-history');
    expect((await database.pool.query('SELECT team FROM keys')).rows).toEqual([]);
    expect(await exists('teams')).toBe(true);
  });

  it('#14537: objects there, rows gone: they are marked applied, for the next upgrade not to fail with "already exists"', async () => {
    const release = await newer({ '20260201000000_teams': 'CREATE TABLE teams (id int);' });
    await release.deploy(database.url);
    await database.pool.query(`DELETE FROM _prisma_migrations WHERE migration_name = '20260201000000_teams'`);
    await backAndForward(release, 'clean-history');
    expect(await historyOf(database)).toMatchObject({ '20260201000000_teams': 'applied' });
  });

  it('#26780: a migration marked applied whose column nobody made is applied again', async () => {
    const release = await newer({ '20260201000000_team': 'ALTER TABLE keys ADD COLUMN team int;' });
    await release.prisma(database.url, ['migrate', 'resolve', '--applied', '20260201000000_team']);
    await backAndForward(release, 'clean-history');
    expect((await database.pool.query('SELECT team FROM keys')).rows).toEqual([]);
  });

  it('#39178: two rows of one name, one failed and one applied', async () => {
    const release = await newer({ '20260201000000_teams': 'CREATE TABLE teams (id int);' });
    await release.deploy(database.url);
    await database.pool.query(`INSERT INTO _prisma_migrations (id, checksum, migration_name, logs, started_at)
      SELECT 'second', checksum, migration_name, 'ERROR: deadlock detected (40P01)', started_at + interval '1 second' FROM _prisma_migrations WHERE migration_name = '20260201000000_teams'`);
    expect(await blocked(older)).toContain('P3009');
    await backAndForward(release, 'clean-history');
    expect(await historyOf(database)).toMatchObject({ '20260201000000_teams': 'applied, rolled-back' });
  });

  it('edited checksum: it is reported, and hinders nobody', async () => {
    const edited = { '20260101000000_init': `${base['20260101000000_init']} -- edited later` };
    const release = await prismaRelease({ ...edited, '20260201000000_teams': 'CREATE TABLE teams (id int);' });
    await release.deploy(database.url);
    expect(await backAndForward(release, 'revert-only')).toContainEqual(expect.stringContaining('20260101000000_init: the releases ship different scripts'));
  });

  it('back-dated migration and names with blanks and capitals: newer is what the older release does not ship', async () => {
    const release = await newer({ '20251113000000_Back Dated': 'CREATE TABLE dated (id int);', '20260301 add Team': 'CREATE TABLE teams (id int); SELECT 1 / (SELECT count(*) FROM keys);' });
    expect(await blocked(release)).toContain('division by zero');
    expect(await historyOf(database)).toMatchObject({ '20251113000000_Back Dated': 'applied', '20260301 add Team': 'failed' });
    await backAndForward(release, 'clean-history', () => database.pool.query('INSERT INTO keys (id) VALUES (1)'));
    expect(await historyOf(database)).toMatchObject({ '20251113000000_Back Dated': 'applied', '20260301 add Team': 'rolled-back, applied' });
  });
});
