import { randomUUID } from 'node:crypto';

import { Redis } from 'ioredis';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';

import { createDatabase } from '../../support/postgres.js';
import { createRedis } from '../../support/redis.js';

test('each database is a fresh copy of its migrated template', async () => {
  let migrations = 0;
  const template = {
    name: `sample_${randomUUID().replaceAll('-', '')}`,
    migrate: async (url: string) => {
      migrations += 1;
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query('CREATE TABLE sample (id int)');
      await client.end();
    },
  };
  const first = await createDatabase(template);
  onTestFinished(() => first.drop());
  await first.pool.query('INSERT INTO sample VALUES (1)');

  const second = await createDatabase(template);
  onTestFinished(() => second.drop());

  expect((await second.pool.query('SELECT * FROM sample')).rows).toEqual([]);
  expect(migrations).toBe(1);
});

test('Redis is empty at the start', async () => {
  const first = await createRedis();
  const client = new Redis(first.url);
  onTestFinished(() => client.disconnect());
  await client.set(first.prefix, 'x');

  await createRedis();

  expect(await client.get(first.prefix)).toBeNull();
});
