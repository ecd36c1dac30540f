import { access } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { countWritesSince } from '../../../jobs/actions/postgres/carry/count-writes.js';
import { postgresCarryAction } from '../../../jobs/actions/postgres-carry.js';
import { TargetDatabaseError } from '../../../src/ports/target-database.js';
import { type CarryWorld, carryInput, carryWorld, patient } from './carry-world.js';
import { receiptOf, text } from './restore-world.js';
import { stepContext } from './step-context.js';

/** What a carry leaves behind is said, and what it saved stays saved. */
let world: CarryWorld;
beforeAll(async () => {
  world = await carryWorld(`CREATE TABLE chosen (id int PRIMARY KEY, n int); CREATE TABLE forgotten (id int PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now(), n int); CREATE TABLE still (id int PRIMARY KEY);
    CREATE TABLE parts (id int, n int, PRIMARY KEY (id)) PARTITION BY RANGE (id); CREATE TABLE parts_a PARTITION OF parts FOR VALUES FROM (0) TO (100);
    INSERT INTO chosen VALUES (1, 1); INSERT INTO forgotten VALUES (1, '2026-01-01', 1); INSERT INTO still VALUES (1); INSERT INTO parts VALUES (1, 1)`);
});
afterAll(() => world.drop());

const sentence = 'which the new server wrote since: not among the tables that are carried, so they stay there';

describe('what a carry leaves', () => {
  const losses = async (tables: readonly string[], given = patient): Promise<readonly string[]> => {
    const { context } = await stepContext({ step: 'carry' });
    const input = carryInput(world, tables, { base: 'switch', stopped: 'stop-new' });
    return postgresCarryAction.describe(input, { facts: (await postgresCarryAction.inspect?.(given(context), input)) ?? [] }).lost ?? [];
  };

  it('are rows of tables that nobody chose, named with their number before the vote', async () => {
    await world.mark();
    await world.onNew(`UPDATE chosen SET n = 2; UPDATE forgotten SET n = 2; INSERT INTO forgotten VALUES (2, now(), 2); UPDATE parts SET n = 2`);
    expect(await losses(['chosen'])).toEqual([`2 rows of forgotten, 1 row of parts, ${sentence}`]);
    expect(await losses(['chosen', 'parts'])).toEqual([`2 rows of forgotten, ${sentence}`]);
    expect(await losses(['chosen', 'parts', 'forgotten'])).toEqual([]);
  });

  it('are named as well where they cannot be counted', async () => {
    const blind: typeof patient = (context) => ({ ...patient(context), connectDatabase: async (url, limits) => {
      const real = await context.connectDatabase(url, limits);
      return { transaction: real.transaction.bind(real), close: real.close.bind(real), query: async (sql, parameters) => {
        if (sql.includes('count(*)') && sql.includes('forgotten')) throw new TargetDatabaseError('query-failed', 'permission denied for table forgotten', { sqlState: '42501' });
        return real.query(sql, parameters);
      } };
    } });
    expect(await losses(['chosen', 'parts'], blind)).toEqual(['what the new server wrote since into forgotten: not among the tables that are carried, and not to be counted now']);
  });
});

describe('the rows that a server wrote', () => {
  it('are not none because a time column knows of none', async () => {
    const { context } = await stepContext();
    await world.onNew(`DELETE FROM forgotten WHERE id = 2`);
    const slow: Parameters<typeof countWritesSince>[0] = { ...patient(context), connectDatabase: async (url) => {
      const real = await context.connectDatabase(url);
      return { transaction: real.transaction.bind(real), close: real.close.bind(real), query: async (sql, parameters) => {
        if (sql.includes('xmin') && sql.includes('forgotten')) throw new TargetDatabaseError('timed-out', 'canceling statement due to statement timeout', { sqlState: '57014' });
        return real.query(sql, parameters);
      } };
    } };
    expect(await countWritesSince(slow, world.newUrl, { tables: ['forgotten', 'still'] })).toMatchObject({ ok: true, rows: 0, tables: [], untold: [{ table: 'forgotten', why: 'too large to be counted now; none by its time column' }] });
    expect(await countWritesSince(patient(context), world.newUrl, { tables: ['forgotten', 'still'] })).toMatchObject({ ok: true, rows: 1, untold: [] });
  });
});

describe('what a carry saved', () => {
  it('stays when another attempt finds the new server gone', async () => {
    const { context } = await stepContext({ step: 'carry', runId: 'saved' });
    const receipt = receiptOf(await postgresCarryAction.execute(context, carryInput(world, ['chosen'], { base: 'switch' })));
    const away = new URL(world.newUrl);
    away.port = '1';
    expect(await postgresCarryAction.execute(context, carryInput({ ...world, newUrl: away.href }, ['chosen'], { base: 'switch' }))).toMatchObject({ ok: false, error: { code: 'new-server-unreachable' } });
    await access(`${text(receipt['savedTo'])}/put-back.sql`);
  });
});
