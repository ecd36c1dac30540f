import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { connectTargetDatabase } from '../../../adapters/postgres/target-database.js';
import { startPgBouncer } from '../../support/pgbouncer.js';
import { type TestDatabase, createDatabase } from '../../support/postgres.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
  await database.pool.query('CREATE TABLE t (id int PRIMARY KEY)');
});
afterAll(() => database.drop());

describe('a target\'s database', () => {
  it('gives rows as plain JSON', async () => {
    const target = await connectTargetDatabase(database.url);
    const [row] = await target.query(
      `SELECT 9007199254740993::bigint AS big, timestamptz '2026-01-02 03:04:05.678+00' AS at, timestamp '2026-01-02 03:04:05' AS naive, timestamptz 'infinity' AS ever,
              '{"a":[1]}'::jsonb AS json, ARRAY['x','y'] AS list, null AS nothing, current_setting('application_name') AS app`,
    );
    expect(row).toEqual({
      big: '9007199254740993', at: '2026-01-02T03:04:05.678Z', naive: '2026-01-02 03:04:05', ever: 'infinity',
      json: { a: [1] }, list: ['x', 'y'], nothing: null, app: 'planb',
    });
    await target.close();
  });

  it('rolls a transaction back when its work throws', async () => {
    const target = await connectTargetDatabase(database.url);
    await expect(target.transaction(async (inner) => { await inner.query('INSERT INTO t VALUES (1)'); throw new Error('no'); })).rejects.toThrow('no');
    expect(await target.query('SELECT * FROM t')).toEqual([]);
    await target.transaction((inner) => inner.query('INSERT INTO t VALUES ($1)', [2]));
    expect(await target.query('SELECT * FROM t')).toEqual([{ id: 2 }]);
    await target.close();
  });

  it('ends a statement at its limit', async () => {
    const target = await connectTargetDatabase(database.url, { statementMs: 1_000 });
    await expect(target.query('SELECT pg_sleep(30)')).rejects.toMatchObject({ code: 'timed-out', retryable: true });
    expect(await target.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await target.close();
  });

  it('tells errors apart, without the password', async () => {
    const target = await connectTargetDatabase(database.url);
    await expect(target.query('SELECT * FROM missing')).rejects.toMatchObject({ code: 'query-failed', sqlState: '42P01', retryable: false });
    await database.pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'planb' AND datname = current_database()`);
    await expect(target.query('SELECT 1')).rejects.toMatchObject({ code: 'connection-lost', retryable: true });
    await target.close();

    const elsewhere = new URL(database.url);
    elsewhere.pathname = '/no_such_database';
    await expect(connectTargetDatabase(elsewhere.href)).rejects.toMatchObject({ code: 'access-denied', retryable: false });
    await expect(connectTargetDatabase('postgresql://u:topsecret@127.0.0.1:1/d')).rejects.toMatchObject({ code: 'unreachable', message: expect.not.stringContaining('topsecret') as string });
    await expect(connectTargetDatabase('postgresql://u:topsecret@[/d')).rejects.toMatchObject({ code: 'malformed-url', message: expect.not.stringContaining('topsecret') as string });
  });

  it.each(['after an answer', 'in the middle of a query'])('closes a connection whose server hangs, %s', async (when) => {
    const client = await connectTargetDatabase(database.url, { statementMs: 1_000 });
    const [row] = await client.query('SELECT pg_backend_pid() AS pid');
    const pid = Number(row?.['pid']);
    process.kill(pid, 'SIGSTOP');
    try {
      if (when !== 'after an answer') await expect(client.query('SELECT 1')).rejects.toMatchObject({ code: 'timed-out', retryable: true });
      // It resolves while the server still hangs.
      await client.close();
    } finally {
      process.kill(pid, 'SIGCONT');
    }
  });
});

describe('a target\'s database behind PgBouncer', () => {
  it('is read and changed in transactions that have the limit, which no other session inherits', async () => {
    const target = await connectTargetDatabase(await startPgBouncer(database.url), { statementMs: 1_000 });
    expect(await target.query('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    await expect(target.transaction((inner) => inner.query('SELECT pg_sleep(30)'))).rejects.toMatchObject({ code: 'timed-out' });
    expect(await target.query('SHOW statement_timeout')).toEqual([{ statement_timeout: '0' }]);
    await target.transaction((inner) => inner.query('INSERT INTO t VALUES (7)'));
    expect(await target.query('SELECT id FROM t WHERE id = 7')).toEqual([{ id: 7 }]);
    await target.close();
  });

  it('leaves no migration lock to whoever gets the connection next', async () => {
    const target = await connectTargetDatabase(await startPgBouncer(database.url));
    await target.transaction((inner) => inner.query('SELECT pg_advisory_xact_lock(72707369)'));
    // Other databases of the server have locks of their own.
    expect(await target.query("SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = 72707369 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")).toEqual([]);
    await target.close();
  });
});
