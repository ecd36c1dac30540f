import { beforeEach, afterEach, describe, expect, it } from 'vitest';

import { type TestDatabase, createDatabase } from '../../support/postgres.js';
import { historyOf, localCli, planAction } from '../../support/prisma/prisma-step.js';
import { type PrismaRelease, prismaRelease } from '../../support/prisma/release.js';

const base = { '1_init': 'CREATE TABLE t (id int PRIMARY KEY);' };
let database: TestDatabase;
let release: PrismaRelease;

beforeEach(async () => {
  database = await createDatabase();
  release = await prismaRelease({ ...base, '2 Add Names': 'ALTER TABLE t ADD COLUMN name text; SELECT 1 / (SELECT count(*) FROM t);' });
  await (await prismaRelease(base)).deploy(database.url);
});
afterEach(() => database.drop());

const resolve = (migration: string, as: string) => planAction('prisma.resolve', { database: database.url, ...localCli(release), migration, as });

describe('prisma.resolve with the real command line', { timeout: 180_000 }, () => {
  it('marks a failed migration rolled back, which can then be applied', async () => {
    expect((await release.prisma(database.url, ['migrate', 'deploy'])).ok).toBe(false);
    expect(await historyOf(database)).toEqual({ '1_init': 'applied', '2 Add Names': 'failed' });

    const step = await resolve('2 Add Names', 'rolled-back');
    expect(step.description).toMatchObject({ effect: 'idempotent', destructive: false, commands: [expect.stringContaining(`migrate resolve --rolled-back '2 Add Names'`) as string] });
    expect(await step.probe()).toMatchObject({ outcome: 'absent', saw: '2 Add Names: failed' });
    expect(await step.execute()).toMatchObject({ ok: true, receipt: { migration: '2 Add Names', as: 'rolled-back' } });
    expect(await historyOf(database)).toEqual({ '1_init': 'applied', '2 Add Names': 'rolled-back' });
    expect(await step.probe()).toMatchObject({ outcome: 'happened' });
    // Once more changes nothing and asks Prisma for nothing.
    expect(await step.execute()).toMatchObject({ ok: true });

    await database.pool.query('INSERT INTO t VALUES (1)');
    await release.deploy(database.url);
    expect(await historyOf(database)).toEqual({ '1_init': 'applied', '2 Add Names': 'rolled-back, applied' });
  });

  it('marks a migration applied whose objects somebody made by hand', async () => {
    await database.pool.query('ALTER TABLE t ADD COLUMN name text');
    const step = await resolve('2 Add Names', 'applied');
    expect(await step.execute()).toMatchObject({ ok: true });
    expect(await historyOf(database)).toMatchObject({ '2 Add Names': 'applied' });
    await release.deploy(database.url);
  });

  it('orm#14286: refuses what Prisma would refuse, before anybody votes', async () => {
    await expect(resolve('1_init', 'rolled-back')).rejects.toMatchObject({ code: 'not-failed', message: expect.stringContaining('P3012') as string });
    await expect(resolve('1_init', 'applied')).rejects.toMatchObject({ code: 'already-applied', message: expect.stringContaining('P3008') as string });
    await expect(resolve('9_none', 'rolled-back')).rejects.toMatchObject({ code: 'never-applied', message: expect.stringContaining('P3011') as string });
    await expect(resolve('9_none', 'applied')).rejects.toMatchObject({ code: 'no-such-migration', message: expect.stringContaining('P3017') as string });
    // The words are Prisma's own for each of them.
    expect((await release.prisma(database.url, ['migrate', 'resolve', '--rolled-back', '1_init'])).output).toContain('P3012');
    expect((await release.prisma(database.url, ['migrate', 'resolve', '--applied', '1_init'])).output).toContain('P3008');
    expect((await release.prisma(database.url, ['migrate', 'resolve', '--applied', '9_none'])).output).toContain('P3017');
  });

  it('refuses when the row is no longer what people voted on', async () => {
    await release.prisma(database.url, ['migrate', 'deploy']);
    const step = await resolve('2 Add Names', 'rolled-back');
    await database.pool.query(`INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('x', 'y', '2 Add Names')`);
    expect(await step.execute()).toMatchObject({ ok: false, error: { code: 'history-changed' } });
  });
});
