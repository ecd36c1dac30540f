import { readdir, readFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { auditChains } from '../../../adapters/postgres/audit.js';
import { migrate } from '../../../adapters/postgres/migrate.js';
import { createDatabase } from '../../support/postgres.js';
import { createRedis } from '../../support/redis.js';
import { Planb } from '../jobs/planb.js';

/**
 * test/fixtures/schemas/N.sql holds the rows that planb of schema N wrote: a run of `shop` that ended, one that its worker left in the middle of `revert`, and one of
 * `other` with Alice's vote. Taken with pg_dump --data-only --inserts from a database of that version, without the tables that migrations fill. A new schema adds its own.
 */
const fixtures = new URL('../../fixtures/schemas/', import.meta.url);
const migrations = new URL('../../../adapters/postgres/migrations/', import.meta.url);

const steps = `
  - { id: revert, uses: test.once }
  - { id: ready, uses: test.check }
`;

/** A database as planb of schema `n` left it. */
async function databaseOfSchema(n: number): Promise<string> {
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  const client = await database.pool.connect();
  try {
    await client.query('CREATE TABLE migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT clock_timestamp())');
    for (const name of (await readdir(migrations)).sort().slice(0, n)) {
      await client.query(await readFile(new URL(name, migrations), 'utf8'));
      await client.query('INSERT INTO migrations (name) VALUES ($1)', [name]);
    }
    await client.query(await readFile(new URL(`${n}.sql`, fixtures), 'utf8'));
  } finally {
    // What pg_dump sets for its session must not stay with the connection.
    client.release(true);
  }
  return database.url;
}

/** This version's planb on that database, with one worker; the target's probe finds what the former worker did. */
async function planbOn(postgresUrl: string): Promise<Planb> {
  const redis = await createRedis();
  const planb = new Planb({ postgresUrl, redisUrl: redis.url, prefix: redis.prefix }, steps, 60_000);
  onTestFinished(() => planb.close());
  planb.target.probeSees('revert', 'happened');
  await planb.startWorker();
  return planb;
}

test('every schema that a planb ever wrote has its rows here', async () => {
  const newest = (await readdir(migrations)).length;
  const numbers = (await readdir(fixtures)).map((name) => Number.parseInt(name, 10)).sort((a, b) => a - b);
  // The first one that ran as a whole was 4. The newest needs its rows when the next one comes.
  expect(numbers).toEqual(expect.arrayContaining(Array.from({ length: newest - 4 }, (_, index) => index + 4)));
});

test.each((await readdir(fixtures)).map((name) => Number.parseInt(name, 10)))('runs of schema %d are migrated, go on and verify', async (n) => {
  const url = await databaseOfSchema(n);
  await migrate(url);
  expect((await auditChains(url, undefined)).broken).toEqual([]);

  const planb = await planbOn(url);
  const runs = await planb.store.runs({ limit: 10 });
  const one = (target: string, phase: string): string => runs.find((run) => run.target === target && run.phase === phase)?.id ?? '';
  expect(runs).toHaveLength(3);
  expect(await planb.state(one('shop', 'ended'))).toMatchObject({ outcome: 'verified', approvers: [{ person: 'alice' }, { person: 'bob' }] });

  expect(await planb.until(one('shop', 'running'), (state) => state.phase === 'ended')).toMatchObject({ outcome: 'verified' });
  // Its effect was found, not repeated.
  expect(planb.target.times('revert')).toBe(0);

  const voted = one('other', 'voting');
  expect((await planb.state(voted)).votes).toMatchObject([{ person: 'alice', choice: 'approve' }]);
  await planb.say('bob', { kind: 'vote', run: voted, choice: 'approve' }, { id: 'slack:after the upgrade' });
  expect(await planb.until(voted, (state) => state.phase === 'ended')).toMatchObject({ outcome: 'verified' });
  expect((await auditChains(url, undefined)).broken).toEqual([]);
});
