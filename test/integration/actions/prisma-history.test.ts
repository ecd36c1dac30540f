import { createHash, randomUUID } from 'node:crypto';
import { cp, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { prismaHistoryAction } from '../../../jobs/actions/prisma-history.js';
import { verdictOf } from '../../../src/verdict/judge.js';
import { type TestDatabase, createDatabase } from '../../support/postgres.js';
import { tempFolder } from '../../support/temp-folder.js';
import { stepContext } from './step-context.js';

const shop = join(import.meta.dirname, '../../../demo/shop/assets/releases');
let database: TestDatabase;

beforeEach(async () => {
  database = await createDatabase();
  await database.pool.query(`CREATE TABLE _prisma_migrations (id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ,
    migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`);
});
afterEach(() => database.drop());

/** Runs a script as Prisma's engine does: the row first, the script as one transaction, then the row's end. */
async function migrate(name: string, sql: string): Promise<void> {
  const id = randomUUID();
  await database.pool.query('INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ($1, $2, $3)', [id, createHash('sha256').update(sql).digest('hex'), name]);
  try {
    await database.pool.query(sql);
    await database.pool.query('UPDATE _prisma_migrations SET finished_at = now(), applied_steps_count = 1 WHERE id = $1', [id]);
  } catch (error) {
    await database.pool.query('UPDATE _prisma_migrations SET logs = $2 WHERE id = $1', [id, String(error)]);
  }
}

/** A release's migrations as a folder, all shared ones included. */
async function release(migrations: Readonly<Record<string, string>>): Promise<string> {
  const folder = await tempFolder('planb-release');
  for (const [name, sql] of Object.entries(migrations)) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'migration.sql'), sql);
  }
  return folder;
}

async function deploy(folder: string): Promise<void> {
  for (const name of (await readdir(folder)).sort()) await migrate(name, await readFile(join(folder, name, 'migration.sql'), 'utf8'));
}

async function planned(current: string, target: string) {
  const { context, runFolder } = await stepContext();
  const input = prismaHistoryAction.input.parse({ database: database.url, current: { directory: current }, target: { directory: target } });
  const facts = (await prismaHistoryAction.inspect?.(context, input)) ?? [];
  return { context: { ...context, facts }, input, facts, runFolder, verdict: verdictOf({ sameRelease: false, facts }) };
}

const rows = async (): Promise<Record<string, string>> => {
  const { rows: found } = await database.pool.query<{ name: string; state: string }>(
    `SELECT migration_name AS name, CASE WHEN rolled_back_at IS NOT NULL THEN 'rolled-back' WHEN finished_at IS NOT NULL THEN 'applied' ELSE 'failed' END AS state FROM _prisma_migrations`,
  );
  return Object.fromEntries(found.map(({ name, state }) => [name, state]));
};

describe('prisma.history on the sample shop, whose last migration failed', () => {
  let current: string;
  let target: string;

  beforeEach(async () => {
    const folder = await tempFolder();
    current = join(folder, '1.1.0');
    target = join(folder, '1.0.0');
    await cp(join(shop, '1.1.0/migrations'), current, { recursive: true });
    await cp(join(shop, '1.0.0/migrations'), target, { recursive: true });
    await deploy(target);
    await database.pool.query(`INSERT INTO customers (name, email) VALUES ('A', 'a@x'), ('B', 'A@x')`);
    for (const name of (await readdir(current)).sort().slice(2)) await migrate(name, await readFile(join(current, name, 'migration.sql'), 'utf8'));
  });

  it('stamps the failed row, keeps the applied ones, and the newer release can be deployed again afterwards', async () => {
    expect(await rows()).toMatchObject({ '20260518080000_add_coupons': 'applied', '20260518081500_one_account_per_email': 'failed' });
    const { context, input, facts, verdict, runFolder } = await planned(current, target);
    expect(verdict.kind).toBe('clean-history');
    const { commands, changes } = prismaHistoryAction.describe({ ...input, database: '${env:SHOP_DB}' }, { facts });
    expect(commands).toHaveLength(1);
    expect(commands[0]).toContain('SET rolled_back_at = now() WHERE id IN');
    expect(changes).toEqual([{ key: facts[0]?.key }]);

    const undo = await prismaHistoryAction.before?.(context, input);
    expect(await prismaHistoryAction.probe?.(context, input, undo)).toMatchObject({ outcome: 'absent' });
    const result = await prismaHistoryAction.execute(context, input);
    expect(result).toMatchObject({ ok: true, receipt: { markedRolledBack: ['20260518081500_one_account_per_email'], deleted: [], kept: 1 } });
    expect(await rows()).toMatchObject({ '20260112093000_init': 'applied', '20260518080000_add_coupons': 'applied', '20260518081500_one_account_per_email': 'rolled-back' });
    expect(await prismaHistoryAction.probe?.(context, input, undo)).toMatchObject({ outcome: 'happened', receipt: result.ok ? result.receipt : {} });

    // A copy of the row as it was.
    const saved = JSON.parse(await readFile(join(runFolder, 'history-s1-1.json'), 'utf8')) as { migration_name: string; rolled_back_at: null; logs: string }[];
    expect(saved).toMatchObject([{ migration_name: '20260518081500_one_account_per_email', rolled_back_at: null, logs: expect.stringContaining('customers_email_key') as string }]);

    // Doing it again changes nothing.
    expect(await prismaHistoryAction.execute(context, input)).toEqual(result);

    // Forward again, once the cause is gone: the migration applies as if it had never failed.
    await database.pool.query(`DELETE FROM customers WHERE name = 'B'`);
    const last = '20260518081500_one_account_per_email';
    await migrate(last, await readFile(join(current, last, 'migration.sql'), 'utf8'));
    const { rows: [count] } = await database.pool.query<{ n: string }>(`SELECT count(*) AS n FROM _prisma_migrations WHERE finished_at IS NULL AND rolled_back_at IS NULL`);
    expect(count?.n).toBe('0');
  });

  it('refuses when the rows are not what the plan saw, and changes nothing', async () => {
    const { context, input } = await planned(current, target);
    await migrate('20260601000000_someone_else', 'CREATE TABLE late (id int)');
    expect(await prismaHistoryAction.execute(context, input)).toMatchObject({ ok: false, error: { code: 'history-changed' } });
    expect(await rows()).toMatchObject({ '20260518081500_one_account_per_email': 'failed' });
  });

  it('waits for a migration that holds Prisma\'s lock, and says so', async () => {
    const { context, input } = await planned(current, target);
    const other = await database.pool.connect();
    await other.query('SELECT pg_advisory_lock(72707369)');
    const hurried = {
      ...context,
      connectDatabase: async (url: string) => {
        const real = await context.connectDatabase(url);
        const shorten = (sql: string): string => sql.replace("lock_timeout = '10s'", "lock_timeout = '100ms'");
        const query: typeof real.query = (sql, parameters) => real.query(shorten(sql), parameters);
        return { query, close: () => real.close(), transaction: <T>(work: (inside: typeof real) => Promise<T>) => real.transaction((inside) => work({ ...inside, query, transaction: inside.transaction.bind(inside), close: inside.close.bind(inside) })) };
      },
    };
    expect(await prismaHistoryAction.execute(hurried, input)).toMatchObject({ ok: false, retryable: true, error: { code: 'migration-lock-held' } });
    await other.query('SELECT pg_advisory_unlock_all()');
    other.release();
    expect(await prismaHistoryAction.execute(context, input)).toMatchObject({ ok: true });
  });
});

describe('prisma.history, case by case', () => {
  const base = { '1_init': 'CREATE TABLE t (id int PRIMARY KEY, a text); CREATE UNIQUE INDEX t_a_key ON t(a);' };

  it('leaves additive migrations alone, back-dated and with blanks in their names too', async () => {
    const target = await release(base);
    const current = await release({ ...base, '0_Back Dated': 'ALTER TABLE t ADD COLUMN b text', '2_more': 'CREATE TABLE u (id int)' });
    await deploy(target);
    await migrate('0_Back Dated', 'ALTER TABLE t ADD COLUMN b text');
    await migrate('2_more', 'CREATE TABLE u (id int)');
    const { verdict, context, input, facts } = await planned(current, target);
    expect(verdict).toMatchObject({ kind: 'revert-only', reasons: [{ text: '2 newer migrations are applied, all additive' }] });
    expect(prismaHistoryAction.describe(input, { facts }).changes).toEqual([]);
    const before = await rows();
    expect(await prismaHistoryAction.execute(context, input)).toMatchObject({ ok: true, receipt: { markedRolledBack: [], deleted: [], kept: 2 } });
    expect(await rows()).toEqual(before);
  });

  it('refuses the plan where a newer migration breaks the older code', async () => {
    const target = await release(base);
    const current = await release({ ...base, '2_swap': 'DROP INDEX t_a_key; CREATE UNIQUE INDEX t_a_id_key ON t(a, id)' });
    await deploy(current);
    const { verdict, input, facts } = await planned(current, target);
    expect(verdict.kind).toBe('roll-forward');
    expect(verdict.reasons[0]?.text).toContain('2_swap: it drops unique index "t_a_key"');
    expect(() => prismaHistoryAction.describe(input, { facts })).toThrow('it drops unique index');
  });

  it('deletes the row of a migration whose objects are gone, so that the next upgrade makes them again', async () => {
    const target = await release(base);
    const current = await release({ ...base, '2_more': 'CREATE TABLE u (id int)' });
    await deploy(current);
    await database.pool.query('DROP TABLE u');
    const { verdict, context, input } = await planned(current, target);
    expect(verdict.kind).toBe('clean-history');
    expect(await prismaHistoryAction.execute(context, input)).toMatchObject({ ok: true, receipt: { deleted: ['2_more'] } });
    expect(await rows()).toEqual({ '1_init': 'applied' });
    expect(await prismaHistoryAction.probe?.(context, input, undefined)).toMatchObject({ outcome: 'happened' });
    await deploy(await release({ '2_more': 'CREATE TABLE u (id int)' }));
    expect(await rows()).toEqual({ '1_init': 'applied', '2_more': 'applied' });
  });

  it('leaves a half-applied migration to a person', async () => {
    const target = await release(base);
    const sql = 'CREATE TABLE u (id int); CREATE TABLE v (id int)';
    const current = await release({ ...base, '2_more': sql });
    await deploy(target);
    await database.pool.query('CREATE TABLE v (id int)');
    await migrate('2_more', sql);
    const { verdict, input, facts } = await planned(current, target);
    expect(verdict).toMatchObject({ kind: 'restore-backup' });
    expect(verdict.reasons[0]?.text).toMatch(/^2_more: it failed and some of its objects are there \(relation "v" already exists\); a person has to look/);
    expect(() => prismaHistoryAction.describe(input, { facts })).toThrow('2_more');
  });

  it('reports an edited script, and does not mistake it for a newer one', async () => {
    const target = await release(base);
    const current = await release({ '1_init': `${base['1_init']} -- edited` });
    await deploy(target);
    const { verdict } = await planned(current, target);
    expect(verdict).toMatchObject({ kind: 'revert-only' });
    expect(verdict.reasons.map(({ text }) => text)).toContain('1_init: the releases ship different scripts under this name');
  });

  it('settles a failed row of a migration that failed before and was then applied', async () => {
    const target = await release(base);
    const current = await release({ ...base, '2_data': 'INSERT INTO t VALUES (1, \'x\')' });
    await deploy(target);
    await database.pool.query(`INSERT INTO t VALUES (1, 'x')`);
    await migrate('2_data', `INSERT INTO t VALUES (1, 'x')`);
    await database.pool.query('DELETE FROM t');
    await migrate('2_data', `INSERT INTO t VALUES (1, 'x')`);
    const { context, input } = await planned(current, target);
    expect(await prismaHistoryAction.execute(context, input)).toMatchObject({ ok: true, receipt: { markedRolledBack: ['2_data'] } });
    const { rows: states } = await database.pool.query<{ ok: boolean }>(`SELECT rolled_back_at IS NULL AS ok FROM _prisma_migrations WHERE migration_name = '2_data' ORDER BY ok`);
    expect(states).toEqual([{ ok: false }, { ok: true }]);
  });

  it('names what is missing', async () => {
    const target = await release(base);
    await expect(planned('/no/such/folder', target)).rejects.toMatchObject({ code: 'no-migrations-folder' });
    await database.pool.query('DROP TABLE _prisma_migrations');
    await expect(planned(target, target)).rejects.toMatchObject({ code: 'no-history-table' });
  });
});
