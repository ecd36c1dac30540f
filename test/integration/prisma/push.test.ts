import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { prismaPushAction } from '../../../jobs/actions/prisma-push.js';
import { type TestDatabase, createDatabase } from '../../support/postgres.js';
import { localCli, planAction } from '../../support/prisma/prisma-step.js';
import { type PrismaRelease, prismaRelease } from '../../support/prisma/release.js';

const models = 'model keys {\n  id   Int @id\n  name String?\n}\n';
let database: TestDatabase;
let release: PrismaRelease;

beforeEach(async () => {
  database = await createDatabase();
  release = await prismaRelease({}, models);
  await database.pool.query('CREATE TABLE keys (id int PRIMARY KEY); CREATE TABLE teams (id int PRIMARY KEY); INSERT INTO teams VALUES (1)');
});
afterEach(() => database.drop());

const push = (environment?: string) => planAction('prisma.push', { database: database.url, ...localCli(release) }, environment === undefined ? {} : { environment });

describe('prisma.push with the real command line', { timeout: 180_000 }, () => {
  it('is refused in production, and where nobody says what it is', () => {
    const input = prismaPushAction.input.parse({ database: database.url, ...localCli(release) });
    for (const environment of ['production', 'prod-eu', 'Production']) expect(() => prismaPushAction.describe(input, { facts: [], environment })).toThrow('outside production only');
    expect(() => prismaPushAction.describe(input, { facts: [] })).toThrow('outside production only');
  });

  it('shows what it drops before the vote, is destructive then, and does exactly that', async () => {
    const step = await push('staging');
    expect(step.description).toMatchObject({ destructive: true, lost: ['db push drops table "teams"'] });
    expect(step.description.commands).toEqual([expect.stringContaining('db push --skip-generate --accept-data-loss --schema') as string, expect.stringContaining('ADD COLUMN') as string, expect.stringMatching(/^# +DROP TABLE "teams"/) as string]);
    expect(await step.probe()).toMatchObject({ outcome: 'absent' });
    expect(await step.execute()).toMatchObject({ ok: true });
    expect(await step.probe()).toMatchObject({ outcome: 'happened' });
    expect((await database.pool.query(`SELECT to_regclass('teams') AS teams`)).rows).toEqual([{ teams: null }]);
  });

  it('refuses when it would now drop something else than what was approved', async () => {
    const step = await push('staging');
    await database.pool.query('CREATE TABLE late (id int PRIMARY KEY)');
    expect(await step.execute()).toMatchObject({ ok: false, error: { code: 'difference-changed' } });
    expect((await database.pool.query(`SELECT to_regclass('late') IS NOT NULL AS late`)).rows).toEqual([{ late: true }]);
  });

  it('destroys nothing where nothing has to go', async () => {
    await database.pool.query('DROP TABLE teams');
    const step = await push('development');
    expect(step.description).toMatchObject({ destructive: false, lost: [] });
    expect(step.description.commands[0]).not.toContain('--accept-data-loss');
    expect(await step.execute()).toMatchObject({ ok: true });
  });
});
