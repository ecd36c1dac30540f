import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { choosePostgres } from '../../../adapters/embedded/find-binaries.js';
import { migrate } from '../../../adapters/postgres/migrate.js';
import { createDatabase, type TestDatabase } from '../../support/postgres.js';

async function emptyDatabase(): Promise<TestDatabase> {
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  return database;
}

test('migrating twice changes nothing the second time', async () => {
  const { url } = await emptyDatabase();
  expect((await migrate(url)).length).toBeGreaterThan(0);
  expect(await migrate(url)).toEqual([]);
});

test('processes that start together migrate once', async () => {
  const { url } = await emptyDatabase();
  const applied = await Promise.all(Array.from({ length: 4 }, () => migrate(url)));
  expect(applied.filter((names) => names.length > 0)).toHaveLength(1);
});

test('a schema of a newer planb is refused and left alone', async () => {
  const { url, pool } = await emptyDatabase();
  await migrate(url);
  await pool.query(`INSERT INTO migrations (name) VALUES ('999999_from_tomorrow.sql')`);
  await expect(migrate(url)).rejects.toMatchObject({ name: 'StoreError', code: 'schema-newer', retryable: false });
  expect((await pool.query(`SELECT 1 FROM migrations WHERE name = '999999_from_tomorrow.sql'`)).rowCount).toBe(1);
});

test('a server that is away is something to wait for', async () => {
  await expect(migrate('postgresql://planb@localhost/planb?host=/nonexistent')).rejects.toMatchObject({ name: 'StoreError', retryable: true });
});

/** What pg_dump says differently from version to version and from run to run. */
function normalised(dump: string): string {
  const lines = dump.split('\n').filter((line) => !/^(--|SET |SELECT pg_catalog|\\(un)?restrict )/.test(line));
  return lines.join('\n').replaceAll(/\n{3,}/g, '\n\n').trim();
}

test('adapters/postgres/schema.sql is what the migrations make', async () => {
  const { url } = await emptyDatabase();
  await migrate(url);
  const { directory } = await choosePostgres(null, '');
  const { stdout } = await promisify(execFile)(`${directory}/pg_dump`, ['--schema-only', '--no-owner', '--no-privileges', url]);
  // After a new migration: vitest run --project integration -u test/integration/postgres/migrate.test.ts
  await expect(`${normalised(stdout)}\n`).toMatchFileSnapshot('../../../adapters/postgres/schema.sql');
  expect(await readFile('adapters/postgres/schema.sql', 'utf8')).toContain('CREATE TABLE public.events');
});
