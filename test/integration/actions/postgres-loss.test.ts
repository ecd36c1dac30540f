import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { postgresLossAction } from '../../../jobs/actions/postgres-loss.js';
import { type Replaceable, receiptOf, replaceable, restoreContext, text } from './restore-world.js';

vi.setConfig({ testTimeout: 90_000 });

/** LiteLLM's own shapes: SpendLogs has no created_at and times without a zone (which Prisma writes in UTC), Config has no time at all. */
const schema = `
  CREATE TABLE "_prisma_migrations" (id varchar(36) PRIMARY KEY, started_at timestamptz NOT NULL DEFAULT now());
  CREATE TABLE "LiteLLM_SpendLogs" (request_id text PRIMARY KEY, "startTime" timestamp(3) NOT NULL, "endTime" timestamp(3) NOT NULL, messages text);
  CREATE INDEX ON "LiteLLM_SpendLogs" ("startTime");
  CREATE TABLE "LiteLLM_UserTable" (user_id text PRIMARY KEY, created_at timestamp(3) DEFAULT CURRENT_TIMESTAMP, updated_at timestamp(3) DEFAULT CURRENT_TIMESTAMP);
  CREATE TABLE "LiteLLM_Config" (param_name text PRIMARY KEY, param_value jsonb);
  CREATE SCHEMA "Other, schema";
  CREATE TABLE "Other, schema"."Odd ""Name" (id int, inserted_at timestamptz NOT NULL DEFAULT now());
  INSERT INTO "LiteLLM_SpendLogs" SELECT 'old' || n, timestamp '2026-01-01' + n * interval '1 minute', timestamp '2026-01-01', 'm' FROM generate_series(1, 50) n;
  INSERT INTO "LiteLLM_Config" VALUES ('a', '1');
`;
const since = '2026-06-01T12:00:00Z';

let database: Replaceable;
beforeAll(async () => {
  database = await replaceable(schema);
  // The session's zone must not matter for what Prisma wrote.
  await database.sql(`ALTER DATABASE "${database.names.live}" SET timezone = 'Asia/Tokyo'`);
  await database.sql(`INSERT INTO "LiteLLM_SpendLogs" VALUES ('just before', '2026-06-01 11:59:59', '2026-06-01 12:30', 'm'), ('after', '2026-06-01 12:00:01', '2026-06-01 12:00:02', E'two\\nlines, "quoted"\\tand ünï'), ('later', '2026-06-02', '2026-06-02', NULL);
    INSERT INTO "LiteLLM_UserTable" VALUES ('old', '2026-01-01', '2026-07-01'), ('new', '2026-07-01', '2026-07-01'); INSERT INTO "Other, schema"."Odd ""Name" VALUES (1, '2026-06-01 21:00:01+09'), (2, '2026-06-01 20:59:59+09')`);
});
afterAll(() => database.drop());

const input = (raw: object) => postgresLossAction.input.parse({ database: database.url, ...raw });

describe('postgres.loss', () => {
  it('finds each table’s own time column, counts, and writes down what it counted', async () => {
    const { context } = await restoreContext({ step: 'loss' });
    const receipt = receiptOf(await postgresLossAction.execute(context, input({ since })));
    expect(receipt).toMatchObject({
      lossSince: '2026-06-01T12:00:00.000Z', exported: true, rows: 4, tables: { LiteLLM_SpendLogs: 2, LiteLLM_UserTable: 1, 'Other, schema.Odd "Name': 1 },
      untold: [{ table: 'LiteLLM_Config', why: 'no column says when its rows came', exportedWhole: true }],
    });
    const folder = text(receipt['exportedTo']);
    const spend = (await readdir(folder)).find((name) => name.includes('SpendLogs')) ?? '';
    expect(await readFile(join(folder, spend), 'utf8')).toBe('request_id,startTime,endTime,messages\nafter,2026-06-01 12:00:01,2026-06-01 12:00:02,"two\nlines, ""quoted""\tand ünï"\nlater,2026-06-02 00:00:00,2026-06-02 00:00:00,\n');
    expect(JSON.parse(await readFile(join(folder, 'planb-loss.json'), 'utf8'))).toMatchObject({ told: expect.arrayContaining([expect.objectContaining({ table: 'LiteLLM_SpendLogs', column: 'startTime', zone: 'UTC', because: 'Prisma writes UTC' }), expect.objectContaining({ table: 'LiteLLM_UserTable', column: 'created_at' })]) as unknown });
    // A worker that died before its receipt finds it, and a second attempt changes nothing.
    expect(await postgresLossAction.probe?.(context, input({ since }), undefined)).toEqual({ outcome: 'happened', receipt, saw: `the export in ${folder} is complete` });
    expect(receiptOf(await postgresLossAction.execute(context, input({ since })))).toEqual(receipt);
  });

  it('the guides’ own query fails on SpendLogs', async () => {
    await expect(database.sql(`SELECT count(*) FROM "LiteLLM_SpendLogs" WHERE created_at > now()`)).rejects.toThrow('column "created_at" does not exist');
  });

  it('names the loss in the plan before anybody votes, where the plan loses it', async () => {
    const { context, runFolder } = await restoreContext({ step: 'loss' });
    const facts = (await postgresLossAction.inspect?.(context, input({ since, losing: true }))) ?? [];
    const { lost } = postgresLossAction.describe(input({ database: '${env:DB}', since, losing: true }), { facts });
    expect(lost).toEqual([
      `2 rows of LiteLLM_SpendLogs since 2026-06-01 12:00 UTC, exported to ${runFolder}/loss`, `1 row of LiteLLM_UserTable since 2026-06-01 12:00 UTC, exported to ${runFolder}/loss`, `1 row of Other, schema.Odd "Name since 2026-06-01 12:00 UTC, exported to ${runFolder}/loss`,
      'rows since 2026-06-01 12:00 UTC that cannot be told in LiteLLM_Config: no column says when its rows came; exported whole',
      'changes of older rows since 2026-06-01 12:00 UTC, which cannot be told: Other, schema.Odd "Name, LiteLLM_SpendLogs, LiteLLM_UserTable, _prisma_migrations say only when a row came',
    ]);
    expect(postgresLossAction.describe(input({ database: '${env:DB}', since }), { facts }).lost).toBeUndefined();
  });

  it('counts since a backup’s snapshot, and compares counts where no column tells', async () => {
    const dump = await database.dump();
    await database.sql(`INSERT INTO "LiteLLM_Config" VALUES ('b', '2'), ('c', '3'); INSERT INTO "Other, schema"."Odd ""Name" VALUES (3)`);
    try {
      const backup = text(dump['folder']);
      const { context } = await restoreContext({ step: 'loss', receipts: { backup: dump } });
      const exact = receiptOf(await postgresLossAction.execute({ ...context, runId: 'r0' }, input({ backup })));
      expect(exact).toMatchObject({ lossSince: dump['takenAt'], exported: true, rows: 3, tables: { LiteLLM_Config: 2, 'Other, schema.Odd "Name': 1 } });
      expect(exact['untold']).toBeUndefined();
      // A dump of before planb wrote down which transactions it has.
      const manifest = join(backup, 'planb-manifest.json');
      await writeFile(manifest, (await readFile(manifest, 'utf8')).replace(/\n *"horizon": "\d+",/, ''));
      for (const named of [backup, 'backup']) {
        const receipt = receiptOf(await postgresLossAction.execute({ ...context, runId: named === backup ? 'r1' : 'r2' }, input({ backup: named })));
        expect(receipt).toMatchObject({ lossSince: dump['takenAt'], rows: 1, tables: { 'Other, schema.Odd "Name': 1 }, untold: [{ table: 'LiteLLM_Config', difference: 2 }] });
      }
      const facts = (await postgresLossAction.inspect?.(context, input({ backup, losing: true }))) ?? [];
      expect(postgresLossAction.describe(input({ backup, losing: true }), { facts }).lost).toContain('2 rows more in LiteLLM_Config than in the backup; the table is exported whole');
      // The dump is yet to be taken: nothing to count before that.
      expect(await postgresLossAction.inspect?.(context, input({ backup: 'not yet' }))).toEqual([]);
    } finally {
      await database.sql(`DELETE FROM "LiteLLM_Config" WHERE param_name <> 'a'; DELETE FROM "Other, schema"."Odd ""Name" WHERE id = 3`);
    }
  });

  it('is no reason for a plan to wait: what takes too long is estimated, what is locked is named', async () => {
    const { context } = await restoreContext({ step: 'loss' });
    const slow = { ...context, connectDatabase: async (url: string, limits: object | undefined) => {
      const real = await context.connectDatabase(url, limits);
      return { query: async (sql: string, parameters?: Parameters<typeof real.query>[1]) => real.query(sql.startsWith('SELECT count(*)') && sql.includes('SpendLogs') ? sql.replace('SELECT count(*) AS rows', 'SELECT count(*) + (pg_sleep(30) IS NULL)::int AS rows') : sql, parameters), transaction: real.transaction.bind(real), close: () => real.close() };
    } };
    await database.sql('ANALYZE');
    const [fact] = (await postgresLossAction.inspect?.(slow, input({ since, tables: ['LiteLLM_SpendLogs'] }))) ?? [];
    expect(fact?.value).toMatchObject({ told: [{ table: 'LiteLLM_SpendLogs', about: true }] });
    expect(postgresLossAction.measuresOnly).toBe(true);
  });

  it('says what is wrong with what it was given', async () => {
    const { context } = await restoreContext({ step: 'loss' });
    expect(postgresLossAction.input.safeParse({ database: 'x' }).success).toBe(false);
    expect(postgresLossAction.input.safeParse({ database: 'x', since: '2026-06-01T12:00:00' }).success).toBe(false);
    expect(await postgresLossAction.execute(context, input({ since, tables: ['nowhere'] }))).toMatchObject({ ok: false, error: { code: 'no-such-table' } });
    expect(await postgresLossAction.execute(context, input({ since: '2999-01-01T00:00:00Z' }))).toMatchObject({ ok: false, error: { code: 'future-moment' } });
    expect(await postgresLossAction.probe?.(context, input({ since }), undefined)).toMatchObject({ outcome: 'absent' });
  });

  it('is not done when the files hold less than was counted', async () => {
    const { context, runFolder } = await restoreContext({ step: 'loss' });
    const cutting = { ...context, run: async (...[request, options]: Parameters<typeof context.run>) => context.run(request.input === undefined ? request : { ...request, input: request.input.replace(/ WHERE "startTime" > [^)]*\)\)/, ' LIMIT 1)') }, options) };
    expect(await postgresLossAction.execute(cutting, input({ since }))).toMatchObject({ ok: false, retryable: true, error: { code: 'not-exported' } });
    expect(await readdir(join(runFolder, 'loss'))).toEqual([]);
  });
});
