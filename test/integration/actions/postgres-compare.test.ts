import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { postgresCompareAction } from '../../../jobs/actions/postgres-compare.js';
import { postgresMarkAction } from '../../../jobs/actions/postgres-mark.js';
import { countWritesSince } from '../../../jobs/actions/postgres/carry/count-writes.js';
import { type CarryWorld, carryWorld, patient } from './carry-world.js';
import { receiptOf } from './restore-world.js';
import { stepContext } from './step-context.js';

let world: CarryWorld;
beforeAll(async () => {
  world = await carryWorld(`CREATE TABLE "LiteLLM_SpendLogs" (request_id text PRIMARY KEY, "startTime" timestamp, spend float8); CREATE TABLE "LiteLLM_Config" (param_name text PRIMARY KEY, param_value jsonb); CREATE TABLE note (line text);
    CREATE TABLE parted (id int PRIMARY KEY) PARTITION BY RANGE (id); CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (100);
    INSERT INTO "LiteLLM_SpendLogs" SELECT n, '2026-01-01', n / 3.0 FROM generate_series(1, 30) n; INSERT INTO note VALUES ('a'), ('a'), (NULL); INSERT INTO parted VALUES (1)`);
});
afterAll(() => world.drop());

const compare = async (given: object, from = world.newUrl) => {
  const { context } = await stepContext({ step: 'compare' });
  return postgresCompareAction.execute(context, postgresCompareAction.input.parse({ from, to: world.oldUrl, ...given }));
};

describe('postgres.compare', () => {
  it('says that two databases hold the same, and names what differs', async () => {
    expect(receiptOf(await compare({}))).toEqual({ tables: 4, rows: 34, contents: false });
    // The order of rows says nothing.
    await world.onNew(`UPDATE note SET line = line; DELETE FROM "LiteLLM_SpendLogs" WHERE request_id = '1'; INSERT INTO "LiteLLM_SpendLogs" VALUES ('1', '2026-01-01', 1 / 3.0)`);
    expect(receiptOf(await compare({ contents: true }))).toEqual({ tables: 4, rows: 34, contents: true });
    await world.onNew(`UPDATE note SET line = '' WHERE line IS NULL; INSERT INTO "LiteLLM_Config" VALUES ('a', '1'); CREATE TABLE extra (id int)`);
    expect(await compare({ tables: ['note', 'LiteLLM_SpendLogs'] })).toMatchObject({ ok: true, receipt: { rows: 33 } });
    expect(await compare({ contents: true })).toMatchObject({ ok: false, retryable: false, error: { code: 'not-equal', message: '3 of 5 tables differ: LiteLLM_Config: 1 and 0 rows; extra: is not on the second one; note: 3 rows on both, with other contents' } });
    expect(await compare({ tables: ['parted_1'] })).toMatchObject({ ok: false, error: { code: 'partition' } });
    expect(await compare({ tables: ['extra'] })).toMatchObject({ ok: false, error: { code: 'no-such-table' } });
    await world.onNew(`DROP TABLE extra; DELETE FROM "LiteLLM_Config"; ALTER TABLE "LiteLLM_Config" ADD COLUMN created_at timestamp`);
    expect(await compare({ contents: true, tables: ['LiteLLM_Config'] })).toMatchObject({ ok: false, error: { message: expect.stringContaining('has other columns') as unknown } });
    await world.onNew(`ALTER TABLE "LiteLLM_Config" DROP COLUMN created_at`);
    expect(postgresCompareAction.check).toBe(true);
  });
});

describe('postgres.mark', () => {
  it('notes one moment in both databases, also when it is interrupted, until another run notes another one', async () => {
    const { context } = await stepContext({ step: 'mark', runId: 'm1' });
    const input = postgresMarkAction.input.parse({ databases: [world.oldUrl, world.newUrl] });
    expect(await postgresMarkAction.probe?.(context, input, undefined)).toMatchObject({ outcome: 'absent' });
    // It died after the first one.
    await postgresMarkAction.execute(context, { ...input, databases: [world.oldUrl] });
    expect(await postgresMarkAction.probe?.(context, input, undefined)).toMatchObject({ outcome: 'absent' });
    await world.onOld(`INSERT INTO note VALUES ('after')`);
    const receipt = receiptOf(await postgresMarkAction.execute(context, input));
    expect(await postgresMarkAction.probe?.(context, input, undefined)).toMatchObject({ outcome: 'happened', receipt });
    expect(receiptOf(await postgresMarkAction.execute(context, input))).toEqual(receipt);
    expect(await countWritesSince(patient(context), world.oldUrl)).toMatchObject({ ok: true, tables: [{ table: 'note', rows: 1 }] });
    const other = receiptOf(await postgresMarkAction.execute({ ...context, runId: 'm2' }, input));
    expect(other).not.toEqual(receipt);
    // Marks are no rows of the target's.
    await world.onOld(`DELETE FROM note WHERE line = 'after'`);
    expect(await compare({})).toMatchObject({ ok: true, receipt: { tables: 4 } });
  });
});

describe('countWritesSince', () => {
  it('counts what each server wrote since the mark, whatever the rows say of their time', async () => {
    await world.mark('m3');
    const { context } = await stepContext();
    expect(await countWritesSince(patient(context), world.newUrl)).toMatchObject({ ok: true, rows: 0, tables: [], untold: [] });
    await world.onNew(`INSERT INTO "LiteLLM_SpendLogs" VALUES ('long ago', '2020-01-01', 0); UPDATE "LiteLLM_SpendLogs" SET spend = 0 WHERE request_id IN ('2', '3'); INSERT INTO "LiteLLM_Config" VALUES ('b', '2'); DELETE FROM note`);
    expect(await countWritesSince(patient(context), world.newUrl)).toMatchObject({ ok: true, rows: 4, since: expect.stringMatching(/^\d{4}-.*Z$/) as unknown, tables: [{ table: 'LiteLLM_Config', rows: 1, about: false }, { table: 'LiteLLM_SpendLogs', rows: 3, about: false }] });
    expect(await countWritesSince(patient(context), world.newUrl, { tables: ['LiteLLM_Config'] })).toMatchObject({ rows: 1 });
    expect(await countWritesSince(patient(context), world.oldUrl)).toMatchObject({ ok: true, rows: 0 });
  });

  it('says why where it cannot tell', async () => {
    const { context } = await stepContext();
    const away = new URL(world.newUrl);
    away.port = '1';
    expect(await countWritesSince(patient(context), away.href)).toMatchObject({ ok: false, code: 'unreachable', why: expect.stringContaining('cannot be reached') as unknown });
    expect(await countWritesSince(patient(context), world.newUrl, { mark: 'other' })).toMatchObject({ ok: false, code: 'no-mark' });
    // As a restore of a marked database has it.
    await world.onNew(`INSERT INTO planb_carry.marks SELECT 'copied', run, step, system, oid + 1, horizon, at FROM planb_carry.marks WHERE name = 'switch'`);
    expect(await countWritesSince(patient(context), world.newUrl, { mark: 'copied' })).toMatchObject({ ok: false, code: 'mark-of-another-database' });
    await expect(countWritesSince(patient(context), world.newUrl, { tables: ['nowhere'] })).rejects.toThrow('there is no table nowhere');
  });
});
