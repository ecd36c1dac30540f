import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { postgresQueryAction } from '../../../jobs/actions/postgres-query.js';
import { type TestDatabase, createDatabase } from '../../support/postgres.js';
import { text } from './restore-world.js';
import { stepContext } from './step-context.js';

let database: TestDatabase;
beforeAll(async () => {
  database = await createDatabase();
  await database.pool.query(`CREATE TABLE orders (id int, state text); INSERT INTO orders VALUES (1, 'paid'), (2, 'paid'), (3, 'open'); CREATE SEQUENCE numbers`);
});
afterAll(() => database.drop());

const input = (raw: object) => postgresQueryAction.input.parse({ database: database.url, within: 0, interval: '20ms', ...raw });

async function saw(raw: object): Promise<string> {
  const { context } = await stepContext();
  const result = await postgresQueryAction.execute(context, input(raw));
  return result.ok ? `ok: ${text(result.receipt['saw'])}` : `${result.error.code}: ${result.error.message}`;
}

describe('postgres.query', () => {
  it.each([
    { sql: 'SELECT count(*) FROM orders', expect: { value: 3 }, says: 'ok: "3"' },
    { sql: 'SELECT count(*) FROM orders', expect: { value: 4 }, says: 'not-as-expected: "3", expected 4' },
    { sql: 'SELECT count(*) FROM orders', expect: { min: 4, max: 2 }, says: 'not-as-expected: "3", expected at least 4, expected at most 2' },
    { sql: 'SELECT sum(id) FROM orders WHERE false', expect: { min: 0 }, says: 'not-as-expected: null, expected at least 0' },
    { sql: 'SELECT id FROM orders;', expect: { rows: 3 }, says: 'ok: 1' },
    { sql: 'SELECT id FROM orders', expect: { rows: 2 }, says: 'not-as-expected: more than 2 rows, expected 2' },
    { sql: `SELECT 1 FROM orders WHERE state = 'gone' -- none`, expect: { rows: 0 }, says: 'ok: 0 rows' },
    { sql: 'SELECT id FROM orders WHERE false', expect: { value: 1 }, says: 'not-as-expected: no row, expected 1' },
    { sql: 'SELECT id, state FROM orders ORDER BY id', expect: { row: { state: 'paid' } }, says: 'ok: {"id":1,"state":"paid"}' },
    { sql: 'WITH paid AS (SELECT * FROM orders WHERE state = $1) SELECT count(*) FROM paid', params: ["paid' OR true --"], expect: { value: 0 }, says: 'ok: "0"' },
    { sql: 'SELECT $1::text', params: [null], expect: { value: null }, says: 'ok: null' },
  ])('$sql with $expect: $says', async ({ says, ...raw }) => {
    expect(await saw(raw)).toBe(says);
  });

  it.each([
    ['DELETE FROM orders'],
    ['DELETE FROM orders RETURNING id'],
    ['WITH gone AS (DELETE FROM orders RETURNING id) SELECT * FROM gone'],
    ['SELECT 1; DELETE FROM orders'],
    ['SELECT 1) AS a; DELETE FROM orders; SELECT * FROM (SELECT 1'],
    ['SELECT 1) AS a; COMMIT; DELETE FROM orders; --'],
    [`COPY (SELECT 1) TO PROGRAM 'true'`],
    ['SET TRANSACTION READ WRITE'],
    [`SELECT nextval('numbers')`],
    ['SELECT * FROM orders FOR UPDATE'],
  ])('%s changes nothing', async (sql) => {
    expect(await saw({ sql, expect: { value: 1 } })).toMatch(/^not-as-expected: .*SQLSTATE (42601|0A000|25006|42P01)/);
    expect((await database.pool.query('SELECT FROM orders')).rowCount).toBe(3);
  });

  it('takes back what a function writes although the transaction only reads', async () => {
    await saw({ sql: 'SELECT lo_create(0)', expect: { min: 1 } });
    expect((await database.pool.query('SELECT FROM pg_largeobject_metadata')).rowCount).toBe(0);
  });

  it('waits until it is true, and says that it was', async () => {
    const { context, progress } = await stepContext();
    const adding = { ...context, progress: (line: string) => { progress.push(line); if (progress.length === 2) void database.pool.query(`INSERT INTO orders VALUES (4, 'late')`); } };
    expect(await postgresQueryAction.execute(adding, input({ sql: `SELECT count(*) FROM orders WHERE state = 'late'`, expect: { value: 1 }, within: '60s', hold: '50ms' }))).toMatchObject({ ok: true, receipt: { saw: '"1"' } });
    expect(progress[0]).toBe('"0", expected 1');
    await database.pool.query(`DELETE FROM orders WHERE id = 4`);
  });

  it('says that the database cannot be reached, in the plan too', async () => {
    const { context } = await stepContext();
    const away = input({ database: 'postgresql://nobody@127.0.0.1:1/x', sql: 'SELECT 1', expect: { value: 1 } });
    expect(await postgresQueryAction.inspect?.(context, away)).toMatchObject([{ kind: 'measured', value: { good: false, saw: expect.stringContaining('cannot be reached') as string } }]);
    expect(postgresQueryAction.input.safeParse({ database: 'x', sql: 'SELECT 1', expect: {} }).success).toBe(false);
    expect(postgresQueryAction.describe(away, { facts: [] })).toMatchObject({ effect: 'read', commands: [expect.stringContaining('# value 1 within 0 ms') as string] });
  });
});
