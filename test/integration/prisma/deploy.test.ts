import { mkdir, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { prismaDeployAction } from '../../../jobs/actions/prisma-deploy.js';
import type { JsonObject } from '../../../src/plan/plan.js';
import { type TestDatabase, createDatabase } from '../../support/postgres.js';
import { historyOf, localCli, planAction } from '../../support/prisma/prisma-step.js';
import { stepContext } from '../actions/step-context.js';
import { type PrismaRelease, prismaRelease } from '../../support/prisma/release.js';

const base = { '1_init': 'CREATE TABLE t (id int PRIMARY KEY, old text);' };
let database: TestDatabase;

beforeEach(async () => {
  database = await createDatabase();
});
afterEach(() => database.drop());

const deploy = (release: PrismaRelease) => planAction('prisma.deploy', { database: database.url, ...localCli(release) });

describe('prisma.deploy with the real command line', { timeout: 180_000 }, () => {
  it('applies what was shown, from an empty database on, and says what goes', async () => {
    const release = await prismaRelease({ ...base, '2_drop': 'ALTER TABLE t DROP COLUMN old;' });
    const step = await deploy(release);
    expect(step.description).toMatchObject({ destructive: true, lost: ['2_drop removes column "t"."old"'], commands: [expect.stringMatching(/migrate deploy --schema prisma\/schema\.prisma {3}# applies 1_init, 2_drop$/) as string] });
    expect(await step.probe()).toMatchObject({ outcome: 'absent' });
    expect(await step.execute()).toMatchObject({ ok: true, receipt: { applied: ['1_init', '2_drop'] } });
    expect(await step.probe()).toMatchObject({ outcome: 'happened' });
    expect(await historyOf(database)).toEqual({ '1_init': 'applied', '2_drop': 'applied' });
    expect((await deploy(release)).description).toMatchObject({ destructive: false });
  });

  it('P3018, then P3009: says which migration failed and why, and what to do', async () => {
    await (await prismaRelease(base)).deploy(database.url);
    const release = await prismaRelease({ ...base, '2_bad': 'CREATE TABLE t (id int);' });
    const step = await deploy(release);
    expect(await step.execute()).toMatchObject({ ok: false, retryable: false, error: { code: 'migration-failed', message: expect.stringMatching(/^2_bad failed: relation "t" already exists; nothing after it .*prisma-repair/) as string } });
    expect(await step.probe()).toMatchObject({ outcome: 'unclear', saw: '2_bad began and did not finish' });
    expect(await step.execute()).toMatchObject({ ok: false, error: { code: 'failed-migration', message: expect.stringContaining('2_bad failed earlier and blocks every deploy') as string } });
  });

  it('P3005: a database that "db push" made has no history', async () => {
    await database.pool.query('CREATE TABLE t (id int)');
    const step = await deploy(await prismaRelease(base));
    expect(await step.execute()).toMatchObject({ ok: false, error: { code: 'no-baseline', message: expect.stringContaining('P3005') as string } });
  });

  it('#26712: P1002, and names the session that keeps the migration lock', async () => {
    const release = await prismaRelease(base);
    const other = await database.pool.connect();
    await other.query(`SET application_name = 'pooler'; SELECT pg_advisory_lock(72707369)`);
    const outcome = await (await deploy(release)).execute();
    other.release(true);
    expect(outcome).toMatchObject({ ok: false, retryable: true, error: { code: 'migration-lock-held', message: expect.stringMatching(/72707369.*pooler/s) as string } });
  });

  it('refuses a migration that nobody approved', async () => {
    const release = await prismaRelease(base);
    const step = await deploy(release);
    await mkdir(`${release.directory}/3_late`);
    await writeFile(`${release.directory}/3_late/migration.sql`, 'CREATE TABLE late (id int);');
    expect(await step.execute()).toMatchObject({ ok: false, error: { code: 'pending-changed', message: expect.stringContaining('3_late') as string } });
    expect(await database.pool.query(`SELECT to_regclass('late') AS late`)).toMatchObject({ rows: [{ late: null }] });
  });

  it('counts as destructive where nobody said what the migrations are', async () => {
    const given = prismaDeployAction.input.parse({ database: database.url, cli: { container: { image: 'repo/app:1' } } });
    const { context } = await stepContext();
    const facts = (await prismaDeployAction.inspect?.(context, given)) ?? [];
    expect(prismaDeployAction.describe(given, { facts })).toMatchObject({ destructive: true, lost: ['nobody can tell what the pending migrations remove; migrations: says where they can be read'] });
  });

  it('shows the address as a variable, which stands in the environment and among no arguments', () => {
    const describeStep = (cli: JsonObject): readonly string[] =>
      prismaDeployAction.describe(prismaDeployAction.input.parse({ database: '${env:DB}', schema: 'app', cli }), { facts: [] }).commands;
    expect(describeStep({ cwd: '/srv/app' })).toEqual(['cd /srv/app && DATABASE_URL="${DB}?schema=app" npx prisma migrate deploy --schema prisma/schema.prisma   # applies whatever the release ships and the database lacks']);
    expect(describeStep({ container: { image: 'repo/app:1', network: 'app_default' } })[0]).toMatch(/^DATABASE_URL="\$\{DB\}\?schema=app" docker run --rm --network app_default --env DATABASE_URL --entrypoint prisma repo\/app:1 migrate deploy /);
    expect(describeStep({ compose: { project: '/srv/app', service: 'app' } })[0]).toMatch(/^cd \/srv\/app && docker compose run --rm --no-deps -T --entrypoint prisma app migrate deploy /);
  });
});
