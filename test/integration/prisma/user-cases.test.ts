import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import pg from 'pg';

import { compilePatterns, defaultPatterns } from '../../../jobs/actions/log-patterns.js';
import { type TestDatabase, createDatabase } from '../../support/postgres.js';
import { historyOf, planHistory } from '../../support/prisma/prisma-step.js';
import { type PrismaRelease, prismaRelease } from '../../support/prisma/release.js';

const base = { '20260101000000_init': 'CREATE TABLE keys (id int PRIMARY KEY, name text);' };
const more = { '20260201000000_teams': 'CREATE TABLE teams (id int); ALTER TABLE keys ADD COLUMN team int;' };
let database: TestDatabase;
let older: PrismaRelease;
let newer: PrismaRelease;

beforeEach(async () => {
  database = await createDatabase();
  older = await prismaRelease(base);
  newer = await prismaRelease({ ...base, ...more });
});
afterEach(() => database.drop());

describe('cases that users reported', { timeout: 180_000 }, () => {
  it('#39178: two replicas migrate at once, then the release goes back and forward again', async () => {
    const outcomes = await Promise.all([newer.prisma(database.url, ['migrate', 'deploy']), newer.prisma(database.url, ['migrate', 'deploy'])]);
    expect(outcomes.some(({ ok }) => ok)).toBe(true);
    const step = await planHistory(database, newer, older);
    expect(['revert-only', 'clean-history']).toContain(step.verdict.kind);
    expect(await step.execute()).toMatchObject({ ok: true });
    await older.deploy(database.url);
    await newer.deploy(database.url);
    expect(Object.values(await historyOf(database)).every((states) => states.includes('applied'))).toBe(true);
  });

  it('#15363: a schema other than public', async () => {
    await database.pool.query('CREATE SCHEMA "Lite LLM"');
    const url = `${database.url}${database.url.includes('?') ? '&' : '?'}schema=${encodeURIComponent('Lite LLM')}`;
    await newer.deploy(url);
    await database.pool.query('DROP TABLE "Lite LLM".teams; ALTER TABLE "Lite LLM".keys DROP COLUMN team');
    const step = await planHistory({ ...database, url }, newer, older);
    expect(step.verdict.kind).toBe('clean-history');
    expect(await step.execute()).toMatchObject({ ok: true });
    await older.deploy(url);
    await newer.deploy(url);
    expect(await historyOf(database, '"Lite LLM"._prisma_migrations')).toMatchObject({ '20260201000000_teams': 'applied' });
    expect((await database.pool.query(`SELECT to_regclass('"Lite LLM".teams') IS NOT NULL AS there`)).rows).toEqual([{ there: true }]);
  });

  it('#19238: hundreds of baseline_diff rows are local to the database and stay', async () => {
    await newer.deploy(database.url);
    await database.pool.query(`INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) SELECT 'b' || n, 'x', '2025010100' || lpad(n::text, 4, '0') || '_baseline_diff', now() FROM generate_series(1, 300) n`);
    const step = await planHistory(database, newer, older);
    expect(step.verdict.kind).toBe('revert-only');
    expect(await step.execute()).toMatchObject({ ok: true });
    expect(Object.keys(await historyOf(database))).toHaveLength(302);
    await older.deploy(database.url);
  });

  it('#41743, #36418: old connections say "cached plan must not change result type", which the log check finds', async () => {
    await older.deploy(database.url);
    const old = new pg.Client({ connectionString: database.url });
    await old.connect();
    await old.query({ name: 'all', text: 'SELECT * FROM keys' });
    await newer.deploy(database.url);
    const error = await old.query({ name: 'all', text: 'SELECT * FROM keys' }).then(() => 'no error', (thrown: unknown) => (thrown instanceof Error ? thrown.message : ''));
    await old.end();
    expect(error).toBe('cached plan must not change result type');
    const compiled = compilePatterns(defaultPatterns, []);
    expect('judge' in compiled && compiled.judge(`ERROR: ${error}`)).toBe(true);
    // Going back restarts the program, and its new connections have no such plans: the migration itself is additive.
    expect((await planHistory(database, newer, older)).verdict.kind).toBe('revert-only');
  });

  it('orm#29601: "migrate status" hides a row that was rolled back; planb reads the rows', async () => {
    const failing = await prismaRelease({ ...base, '20260201000000_bad': 'SELECT 1 / 0;' });
    await failing.prisma(database.url, ['migrate', 'deploy']);
    await failing.prisma(database.url, ['migrate', 'resolve', '--rolled-back', '20260201000000_bad']);
    expect((await older.prisma(database.url, ['migrate', 'status'])).output).not.toContain('20260201000000_bad');
    const { facts } = await planHistory(database, failing, older);
    expect(facts[0]?.value).toMatchObject({ migrations: [{ name: '20260201000000_bad', state: 'rolled-back' }] });
  });

  it('#26712: the plan names the session that kept the migration lock', async () => {
    await newer.deploy(database.url);
    const pooled = new pg.Client({ connectionString: database.url, application_name: 'pgbouncer' });
    await pooled.connect();
    await pooled.query('SELECT pg_advisory_lock(72707369)');
    const { verdict } = await planHistory(database, newer, older);
    await pooled.end();
    expect(verdict.reasons.map(({ text }) => text)).toContainEqual(expect.stringContaining('pgbouncer'));
  });
});
