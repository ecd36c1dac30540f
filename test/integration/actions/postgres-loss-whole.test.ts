import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { postgresLossAction } from '../../../jobs/actions/postgres-loss.js';
import { inDatabase, type Replaceable, receiptOf, replaceable, restoreContext, text } from './restore-world.js';

vi.setConfig({ testTimeout: 90_000 });

let database: Replaceable;
beforeAll(async () => {
  database = await replaceable(`CREATE TABLE orders (n int PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now()); CREATE TABLE settings AS SELECT n FROM generate_series(1, 9) n`);
});
afterAll(() => database.drop());

const input = (raw: object) => postgresLossAction.input.parse({ database: database.url, ...raw });

describe('postgres.loss', () => {
  it('counts what began before the backup’s snapshot and was committed after it', async () => {
    const slow = new pg.Client({ connectionString: database.url });
    await slow.connect();
    try {
      await slow.query('BEGIN; INSERT INTO orders VALUES (1)');
      const dump = await database.dump();
      await slow.query('COMMIT');
      const { context } = await restoreContext({ step: 'loss' });
      const receipt = receiptOf(await postgresLossAction.execute(context, input({ backup: text(dump['folder']) })));
      expect(receipt).toMatchObject({ exported: true, tables: { orders: 1 } });
      expect(Date.parse(text(receipt['lossSince']))).toBeLessThanOrEqual(Date.parse(text(dump['takenAt'])));
    } finally {
      await slow.end();
    }
  });

  it('does not count rows over again because somebody writes to another database of the server', async () => {
    const other = new pg.Client({ connectionString: inDatabase(database.url, 'postgres') });
    await other.connect();
    try {
      await other.query('BEGIN; SELECT txid_current()');
      await database.sql('INSERT INTO orders SELECT n FROM generate_series(100, 110) n');
      const dump = await database.dump();
      await database.sql('INSERT INTO orders VALUES (200)');
      await database.sql('UPDATE settings SET n = 10 WHERE n = 9');
      const { context } = await restoreContext({ step: 'loss', runId: 'r2' });
      expect(receiptOf(await postgresLossAction.execute(context, input({ backup: text(dump['folder']) })))).toMatchObject({ exported: true, rows: 2, tables: { orders: 1, settings: 1 } });
    } finally {
      await other.end();
    }
  });

  it('is not done when a table that it exports whole is not there whole', async () => {
    const { context, runFolder } = await restoreContext({ step: 'loss' });
    const cutting = { ...context, run: async (...[request, options]: Parameters<typeof context.run>) => context.run(request.input === undefined ? request : { ...request, input: request.input.replace(/(FROM ONLY public\.settings)\)/, '$1 LIMIT 8)') }, options) };
    expect(await postgresLossAction.execute(cutting, input({ since: '2026-01-01T00:00:00Z' }))).toMatchObject({ ok: false, retryable: true, error: { code: 'not-exported' } });
    expect(await readdir(join(runFolder, 'loss'))).toEqual([]);
  });

  it('says that older rows which were changed are not among those it counts', async () => {
    const { context } = await restoreContext({ step: 'loss' });
    const facts = (await postgresLossAction.inspect?.(context, input({ since: '2026-01-01T00:00:00Z', losing: true }))) ?? [];
    expect(postgresLossAction.describe(input({ since: '2026-01-01T00:00:00Z', losing: true }), { facts }).lost).toContain('changes of older rows since 2026-01-01 00:00 UTC, which cannot be told: orders says only when a row came');
  });
});
