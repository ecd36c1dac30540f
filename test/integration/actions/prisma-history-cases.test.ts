import { randomUUID } from 'node:crypto';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

import { prismaHistoryAction } from '../../../jobs/actions/prisma-history.js';
import type { Fact } from '../../../src/plan/plan.js';
import type { StepContext } from '../../../src/ports/action.js';
import { verdictOf } from '../../../src/verdict/judge.js';
import { createDatabase } from '../../support/postgres.js';
import { historyTable } from '../../support/verdict/history-table.js';
import { base, checksum, historyWorld, more } from './history-world.js';
import { stepContext } from './step-context.js';

const { database, deploy, plan, rows, whole } = historyWorld();

describe('prisma.history marks as applied what is there', () => {
  it('a newer migration that failed with "already exists" (LiteLLM #14537), and the newer release can be deployed again', async () => {
    expect(await deploy(base)).toBe(true);
    await database().pool.query(more['2_more']);
    expect(await deploy(more)).toBe(false);
    const { context, input, facts, verdict, runFolder } = await plan({ current: more, target: base });
    expect(verdict.kind).toBe('clean-history');
    expect(verdict.reasons[0]?.text).toBe('2_more: it is recorded as failed, yet everything that its script makes is there (it already exists: relation "u" already exists, SQLSTATE 42P07); it is marked as applied');
    expect(prismaHistoryAction.describe(input, { facts }).commands.join()).toContain('INSERT INTO "public"."_prisma_migrations"');

    const before = await whole();
    const undo = await prismaHistoryAction.before?.(context, input);
    expect(await prismaHistoryAction.probe?.(context, input, undo)).toMatchObject({ outcome: 'absent' });
    const result = await prismaHistoryAction.execute(context, input);
    expect(result).toMatchObject({ ok: true, receipt: { markedApplied: ['2_more'], markedRolledBack: ['2_more'] } });
    expect(await prismaHistoryAction.execute(context, input)).toEqual(result);
    expect(await prismaHistoryAction.probe?.(context, input, undo)).toMatchObject({ outcome: 'happened' });
    expect((await rows()).slice(1)).toEqual([
      { name: '2_more', state: 'applied', steps: 0, instant: true, checksum: checksum(more['2_more']) },
      { name: '2_more', state: 'rolled-back', steps: 0, instant: false, checksum: checksum(more['2_more']) },
    ]);
    expect(await deploy(more)).toBe(true);

    // The saved script puts everything back, to the microsecond, and may run twice.
    const script = join(runFolder, 'history-s1-1-restore.sql');
    for (let n = 0; n < 2; n += 1) await promisify(execFile)('psql', ['-X', '-q', '-d', database().url, '-f', script]);
    expect(await whole()).toEqual(before);
  });

  it('a newer one whose row somebody deleted (guide 000, Option A), which would stop the next upgrade with 42P07', async () => {
    expect(await deploy(more)).toBe(true);
    await database().pool.query(`DELETE FROM _prisma_migrations WHERE migration_name = '2_more'`);
    const { context, input, verdict } = await plan({ current: more, target: base });
    expect(verdict).toMatchObject({ kind: 'clean-history' });
    expect(await prismaHistoryAction.execute(context, input)).toMatchObject({ ok: true, receipt: { markedApplied: ['2_more'] } });
    expect(await deploy(more)).toBe(true);
  });

  it('a repair of the running release: one is there without a row, another is gone with one (#39671)', async () => {
    expect(await deploy(more)).toBe(true);
    await database().pool.query(`DELETE FROM _prisma_migrations WHERE migration_name = '1_init'; DROP TABLE u; ALTER TABLE t DROP COLUMN b`);
    const { context, input, verdict } = await plan({ current: more, target: more });
    expect(verdict.kind).toBe('clean-history');
    expect(await prismaHistoryAction.execute(context, input)).toMatchObject({ ok: true, receipt: { markedApplied: ['1_init'], deleted: ['2_more'] } });
    expect(await deploy(more)).toBe(true);
    expect((await database().pool.query('SELECT b FROM t, u')).rows).toEqual([]);
  });

  it('but not where the script also does what leaves no trace, nor where a column of the table is missing', async () => {
    const filled = { ...base, '2_more': 'CREATE TABLE u (id int); UPDATE t SET a = upper(a);' };
    await deploy(base);
    await database().pool.query('CREATE TABLE u (id int)');
    await deploy(filled);
    expect((await plan({ current: filled, target: base })).verdict.kind).toBe('restore-backup');
    await database().pool.query('UPDATE _prisma_migrations SET rolled_back_at = now() WHERE finished_at IS NULL');
    const wide = { ...base, '2_more': 'CREATE TABLE u (id int, note text);' };
    const { verdict } = await plan({ current: wide, target: base });
    expect(verdict.kind).toBe('revert-only');
    expect(verdict.reasons.map(({ text }) => text)).toContain('2_more: some of its objects are there though no row says that it was applied; the next deploy that ships it will fail');
  });
});

describe('for migration', () => {
  it('is a person\'s choice to restore, with what goes; without it older code is kept from a schema that breaks it', async () => {
    const breaking = { ...more, '3_drop': 'ALTER TABLE t DROP COLUMN a' };
    await deploy(breaking);
    expect((await plan({ current: breaking, target: base })).verdict).toMatchObject({ kind: 'roll-forward', lost: [] });
    const { verdict } = await plan({ current: breaking, target: base, scope: 'migration' });
    expect(verdict.kind).toBe('restore-backup');
    expect(verdict.lost).toEqual([expect.stringContaining('every row written to test_'), 'table "u" with what is in it (made by 2_more)', 'column "b" of "t" with what is in it (made by 2_more)']);
  });

  it('says that nothing has to be lost where the migrations are additive', async () => {
    await deploy(more);
    const { verdict } = await plan({ current: more, target: base, scope: 'migration' });
    expect(verdict.kind).toBe('restore-backup');
    expect(verdict.reasons[1]?.text).toContain('without "for migration" nothing is lost');
  });
});

describe('several histories', () => {
  it('of two databases with one schema each have their own fact; the most cautious verdict wins and names its history', async () => {
    const other = await createDatabase();
    await other.pool.query(historyTable());
    const breaking = { ...base, '2_drop': 'ALTER TABLE t DROP COLUMN a' };
    await deploy(more);
    await deploy(breaking, other);
    const here = await plan({ current: more, target: base, name: 'main' });
    const there = await plan({ current: breaking, target: base, name: 'other', url: other.url });
    const facts: readonly Fact[] = [...here.facts, ...there.facts];
    expect(new Set(facts.map(({ key }) => key)).size).toBe(2);
    const verdict = verdictOf({ sameRelease: false, facts });
    expect(verdict.kind).toBe('roll-forward');
    expect(verdict.reasons[0]?.text).toMatch(/^test_\w+, schema public: 2_drop: it drops column "a" of "t"$/);
    expect(prismaHistoryAction.describe({ ...here.input, database: '${env:MAIN}' }, { facts }).commands.join()).toContain('stays as it is');
    expect(() => prismaHistoryAction.describe({ ...there.input, database: '${env:OTHER}' }, { facts })).toThrow('it drops column "a"');

    const unnamed = [...(await plan({ current: more, target: base })).facts, ...(await plan({ current: more, target: base, url: other.url })).facts];
    expect(() => prismaHistoryAction.describe({ ...here.input, name: undefined, database: '${env:MAIN}' }, { facts: unnamed })).toThrow('give each prisma.history step a name');
    await other.drop();
  });

  it('takes the schema from the URL, as Prisma does (#15363), and looks for objects there', async () => {
    await database().pool.query(`CREATE SCHEMA "Other One"; ALTER TABLE _prisma_migrations SET SCHEMA "Other One"; CREATE TABLE "Other One".t (id int, a text); CREATE TABLE public.u (id int)`);
    const more2 = { ...base, '2_more': 'CREATE TABLE u (id int);' };
    const url = new URL(database().url);
    url.searchParams.set('schema', 'Other One');
    const { facts } = await plan({ current: more2, target: base, url: url.href });
    expect(facts[0]).toMatchObject({ label: expect.stringContaining('schema Other One') as string, value: { schema: 'Other One' } });
    // The table of that name in public is somebody else's.
    expect(JSON.stringify(facts[0]?.value)).not.toContain('2_more');
  });
});

describe('what cannot be read, or not be had', () => {
  it('a role that may not read, or not change, the history', async () => {
    const role = `r_${randomUUID().replaceAll('-', '')}`;
    await deploy(more);
    await database().pool.query(`CREATE ROLE ${role} LOGIN PASSWORD 'p'`);
    const url = new URL(database().url);
    url.username = role;
    url.password = 'p';
    await expect(plan({ current: more, target: base, url: url.href })).rejects.toThrow(`role "${role}" may not read "public"."_prisma_migrations"`);
    await database().pool.query(`GRANT SELECT ON _prisma_migrations TO ${role}`);
    await database().pool.query('DROP TABLE u; ALTER TABLE t DROP COLUMN b');
    const { input, facts } = await plan({ current: more, target: base, url: url.href });
    expect(() => prismaHistoryAction.describe(input, { facts })).toThrow(`may not change "public"."_prisma_migrations": GRANT USAGE ON SCHEMA "public" and GRANT SELECT, INSERT, UPDATE, DELETE`);
    await database().pool.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });

  it('a connection that is lost in the middle: the rows are as they were, and the probe says so', async () => {
    await deploy(more);
    await database().pool.query('DROP TABLE u; ALTER TABLE t DROP COLUMN b');
    const { input, context } = await plan({ current: more, target: base });
    const before = await whole();
    const losing: StepContext = {
      ...context,
      connectDatabase: async (url) => {
        const real = await context.connectDatabase(url);
        const query: typeof real.query = async (sql, parameters) => {
          if (sql.startsWith('DELETE')) {
            const [mine] = await real.query('SELECT pg_backend_pid() AS pid');
            await real.query(sql, parameters);
            await database().pool.query('SELECT pg_terminate_backend($1)', [mine?.['pid']]);
          }
          return real.query(sql, parameters);
        };
        return { query, close: () => real.close(), transaction: (work) => real.transaction((inside) => work({ query, close: () => inside.close(), transaction: (deeper) => inside.transaction(deeper) })) };
      },
    };
    expect(await prismaHistoryAction.execute(losing, input)).toMatchObject({ ok: false, retryable: true, error: { code: 'connection-lost' } });
    expect(await whole()).toEqual(before);
    expect(await prismaHistoryAction.probe?.(context, input, undefined)).toMatchObject({ outcome: 'absent' });
    expect(await prismaHistoryAction.execute(context, input)).toMatchObject({ ok: true });
  });

  it('a migration lock that a session left behind (#26712) is named while planning, with what a person can do', async () => {
    await deploy(more);
    const holder = await database().pool.connect();
    await holder.query(`SET application_name = 'migrator'`);
    await holder.query('SELECT pg_advisory_lock(72707369)');
    const { rows: [mine] } = await holder.query<{ pid: number }>(`SELECT pg_backend_pid() AS pid, 'secret-value'`);
    const { facts, verdict } = await plan({ current: more, target: base });
    expect(facts[1]).toMatchObject({ kind: 'measured', value: [{ pid: mine?.pid, application: 'migrator', state: 'idle', statement: expect.stringMatching(/^SELECT pg_backend_pid\(\) AS pid, \$\d$/) as string }] });
    expect(verdict.reasons.at(-1)?.text).toContain(`session ${mine?.pid} (migrator, `);
    expect(verdict.reasons.at(-1)?.text).toContain(`select pg_terminate_backend(${mine?.pid})`);
    await holder.query('SELECT pg_advisory_unlock_all(); SELECT pg_advisory_lock(7, 72707369)');
    expect((await plan({ current: more, target: base })).facts[1]).toMatchObject({ value: [{ pid: mine?.pid }] });
    await holder.query('SELECT pg_advisory_unlock_all()');
    holder.release();
    expect((await plan({ current: more, target: base })).facts).toHaveLength(1);
  });

  it('keeps no lock of its own, which a pooler would lend to somebody else', async () => {
    await deploy(more);
    await database().pool.query('DROP TABLE u; ALTER TABLE t DROP COLUMN b');
    const { input, context } = await plan({ current: more, target: base });
    const kept: unknown[] = [];
    const watching: StepContext = {
      ...context,
      connectDatabase: async (url) => {
        const real = await context.connectDatabase(url);
        return { query: real.query.bind(real), transaction: real.transaction.bind(real), close: async () => {
          kept.push(...(await real.query(`SELECT objid FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()`)));
          await real.close();
        } };
      },
    };
    expect(await prismaHistoryAction.execute(watching, input)).toMatchObject({ ok: true });
    expect(kept).toEqual([]);
  });

  it('a history of 500 migrations on a database with many tables is read in one go', async () => {
    const many: Record<string, string> = {};
    for (let n = 0; n < 500; n += 1) many[`${String(n).padStart(14, '0')}_m`] = `CREATE TABLE "T${n}" ("id" TEXT NOT NULL, "a" TEXT, "b" INT, CONSTRAINT "T${n}_pkey" PRIMARY KEY ("id"));\nCREATE INDEX "T${n}_a_idx" ON "T${n}"("a");\nALTER TABLE "T${Math.max(0, n - 1)}" ADD COLUMN IF NOT EXISTS "c${n}" TEXT;`;
    expect(await deploy(many)).toBe(true);
    const target = Object.fromEntries(Object.entries(many).slice(0, 400));
    let queries = 0;
    let started = 0;
    const { context } = await stepContext();
    const counting: Partial<StepContext> = {
      connectDatabase: async (url) => {
        started = performance.now();
        const real = await context.connectDatabase(url);
        return { close: () => real.close(), transaction: real.transaction.bind(real), query: (sql, parameters) => {
          queries += 1;
          return real.query(sql, parameters);
        } };
      },
    };
    const { verdict } = await plan({ current: many, target, context: counting });
    if (process.env['PLANB_FIGURES']) process.stdout.write(`500 migrations: ${Math.round(performance.now() - started)} ms\n`);
    expect(verdict).toMatchObject({ kind: 'revert-only', reasons: [{ text: '100 newer migrations are applied, all additive' }] });
    expect(queries).toBeLessThan(8);
  }, 120_000);
});
