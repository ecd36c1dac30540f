import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { findClient } from '../../../jobs/actions/postgres/find-client.js';
import { type TestDatabase, createDatabase } from '../../support/postgres.js';
import { stepContext } from '../actions/step-context.js';
import { historyOf, localCli, planAction, planHistory } from '../../support/prisma/prisma-step.js';
import { type PrismaRelease, prismaRelease } from '../../support/prisma/release.js';

/** Each of the rollback guides' wrong commands on a real server, and planb's right one beside it. */
const base = { '20260101000000_init': 'CREATE TABLE keys (id int PRIMARY KEY, name text);' };
const teams = '20260201000000_teams';
let database: TestDatabase;
let older: PrismaRelease;
let newer: PrismaRelease;

beforeEach(async () => {
  database = await createDatabase();
  older = await prismaRelease(base);
  newer = await prismaRelease({ ...base, [teams]: 'CREATE TABLE teams (id int PRIMARY KEY);' });
});
afterEach(() => database.drop());

describe('guide 000, option A: DELETE FROM "_prisma_migrations"', { timeout: 180_000 }, () => {
  it('wrong where the objects are kept: the next upgrade fails with 42P07, then P3009 stops the old version too', async () => {
    await newer.deploy(database.url);
    await database.pool.query('DELETE FROM "_prisma_migrations" WHERE migration_name = $1', [teams]);
    expect((await newer.prisma(database.url, ['migrate', 'deploy'])).output).toContain('relation "teams" already exists');
    expect((await older.prisma(database.url, ['migrate', 'deploy'])).output).toContain('P3009');

    // planb keeps the row in the first place, and mends it here: the objects are all there.
    const step = await planHistory(database, newer, older);
    expect(await step.execute()).toMatchObject({ ok: true });
    await older.deploy(database.url);
    await newer.deploy(database.url);
    expect((await historyOf(database))[teams]).toContain('applied');
  });

  it('right only where they are gone, and then planb deletes the row', async () => {
    await newer.deploy(database.url);
    await database.pool.query('DROP TABLE teams');
    const step = await planHistory(database, newer, older);
    expect(step.description.commands[0]).toContain('DELETE FROM "public"."_prisma_migrations"');
    expect(await step.execute()).toMatchObject({ ok: true });
    expect(await historyOf(database)).not.toHaveProperty(teams);
    await newer.deploy(database.url);
  });
});

describe('guides 000, option B, and 001, option C: migrate resolve --rolled-back', { timeout: 180_000 }, () => {
  it('wrong for an applied migration: P3012; planb says so before the vote and finds that the row is right', async () => {
    await newer.deploy(database.url);
    const outcome = await newer.prisma(database.url, ['migrate', 'resolve', '--rolled-back', teams]);
    expect(outcome.ok).toBe(false);
    expect(outcome.output).toContain('P3012');
    await expect(planAction('prisma.resolve', { database: database.url, ...localCli(newer), migration: teams, as: 'rolled-back' })).rejects.toMatchObject({ code: 'not-failed' });
    expect((await planHistory(database, newer, older)).verdict.kind).toBe('revert-only');
  });
});

describe('guide 001, 2: WHERE finished_at IS NULL OR rolled_back_at IS NOT NULL', { timeout: 180_000 }, () => {
  it('wrong: it lists a harmless row; planb has nothing to do', async () => {
    const failing = await prismaRelease({ ...base, [teams]: 'SELECT 1 / 0;' });
    await failing.prisma(database.url, ['migrate', 'deploy']);
    await failing.prisma(database.url, ['migrate', 'resolve', '--rolled-back', teams]);
    const { rows } = await database.pool.query('SELECT migration_name FROM "_prisma_migrations" WHERE finished_at IS NULL OR rolled_back_at IS NOT NULL');
    expect(rows).toEqual([{ migration_name: teams }]);
    await older.deploy(database.url);
    const { verdict, description } = await planHistory(database, failing, older);
    expect(verdict.kind).toBe('revert-only');
    expect(description.changes).toEqual([]);
  });
});

/** LiteLLM's own columns (facts.md). */
const spendLogs = 'CREATE TABLE "LiteLLM_SpendLogs" (request_id text PRIMARY KEY, spend float8 NOT NULL DEFAULT 0, "startTime" timestamp(3) NOT NULL, "endTime" timestamp(3) NOT NULL)';

describe('guide 002: what was spent since the deployment', { timeout: 60_000 }, () => {
  beforeEach(() => database.pool.query(`${spendLogs}; INSERT INTO "LiteLLM_SpendLogs" VALUES ('a', 1, '2026-01-01', '2026-01-01'), ('b', 1, '2026-02-01', '2026-02-01')`));

  it('wrong: LiteLLM_SpendLogs has neither created_at nor id', async () => {
    await expect(database.pool.query(`SELECT count(*) FROM "LiteLLM_SpendLogs" WHERE created_at > '2026-01-15'`)).rejects.toMatchObject({ code: '42703' });
    await expect(database.pool.query('SELECT id FROM "LiteLLM_SpendLogs" ORDER BY id DESC LIMIT 5')).rejects.toMatchObject({ code: '42703' });
    const { rows } = await database.pool.query(`SELECT count(*)::int AS n FROM "LiteLLM_SpendLogs" WHERE "startTime" > '2026-01-15'`);
    expect(rows).toEqual([{ n: 1 }]);
  });

  it('wrong: pg_dump --table="LiteLLM_SpendLogs" matches nothing, since the quotes are lost', async () => {
    const { rows: [server] } = await database.pool.query<{ server_version_num: string }>('SHOW server_version_num');
    const { path } = await findClient((await stepContext()).context, 'pg_dump', Math.floor(Number(server?.server_version_num) / 10_000));
    const dump = (table: string) => spawnSync(path, ['--dbname', database.url, '--schema-only', '--table', table], { encoding: 'utf8' });
    expect(dump('LiteLLM_SpendLogs')).toMatchObject({ status: 1, stderr: expect.stringContaining('no matching tables were found') as string });
    expect(dump('"LiteLLM_SpendLogs"')).toMatchObject({ status: 0, stdout: expect.stringContaining('CREATE TABLE public."LiteLLM_SpendLogs"') as string });
  });
});

describe('starting an older LiteLLM on a newer database (facts.md: diff-and-force from 1.78.1)', { timeout: 180_000 }, () => {
  it('wrong: its difference drops what the newer release made, and the rows that say otherwise stay', async () => {
    const model = 'model keys {\n  id Int @id\n  name String?\n}\n';
    older = await prismaRelease(base, model);
    await newer.deploy(database.url);
    await database.pool.query('INSERT INTO teams VALUES (1)');
    const { stdout } = await older.prisma(database.url, ['migrate', 'diff', '--from-schema-datasource', 'prisma/schema.prisma', '--to-schema-datamodel', 'prisma/schema.prisma', '--script']);
    expect(stdout).toContain('DROP TABLE "teams"');

    // What planb does instead: nothing to the schema, so that the rows are still there after going back and forward.
    const step = await planHistory(database, newer, older);
    expect(step.verdict.kind).toBe('revert-only');
    await older.deploy(database.url);
    await newer.deploy(database.url);
    expect((await database.pool.query('SELECT * FROM teams')).rows).toEqual([{ id: 1 }]);

    // And where it happened already: "No pending migrations", and the table is missing until planb has settled the row.
    await database.pool.query(stdout);
    expect((await newer.prisma(database.url, ['migrate', 'deploy'])).output).toContain('No pending migrations to apply');
    const settle = await planHistory(database, newer, newer);
    expect(settle.verdict.kind).toBe('clean-history');
    expect(await settle.execute()).toMatchObject({ ok: true });
    await newer.deploy(database.url);
    expect((await database.pool.query('SELECT * FROM teams')).rows).toEqual([]);
  });
});
