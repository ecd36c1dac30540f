import pg from 'pg';
import type { BenchServices } from './services.js';

/** Of a service that keeps a log of its requests: the largest table half of it all, as spend logs are. */
const tables = [['logs', 8], ['daily', 3], ['keys', 3], ['people', 2]] as const;
/** Bytes of one row with its part of the index, about. */
const rowBytes = 560;

/** Fills a database with about so many bytes of rows, indexes included: identifiers, times, numbers, words that come again and JSON, which shrinks to about a third. */
export async function sampleDatabase(services: BenchServices, name: string, bytes: number): Promise<string> {
  const url = await services.createDatabase(name);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const [table, sixteenths] of tables) {
      const rows = Math.round((bytes * sixteenths) / 16 / rowBytes);
      await client.query(`CREATE TABLE ${table} (request_id text, started_at timestamp, model text, spend double precision, total integer, metadata jsonb, message text)`);
      await client.query(`INSERT INTO ${table} SELECT md5(n::text) || md5((n + 7)::text), timestamp '2026-01-01' + n * interval '1 second', 'provider/model-' || n % 17, n % 977 / 1000.0, n % 4096,
          jsonb_build_object('user', 'user-' || n % 5000, 'team', 'team-' || n % 40, 'key', md5((n % 9000)::text), 'status', 'success', 'cache', false, 'tags', jsonb_build_array('production', 'region-' || n % 6)),
          'request ' || n || ' answered by deployment ' || md5((n % 300)::text) || repeat(' and its words come again', 4)
        FROM generate_series(1, ${rows}) AS n`);
      await client.query(`ALTER TABLE ${table} ADD PRIMARY KEY (request_id)`);
      await client.query(`CREATE INDEX ON ${table} (started_at)`);
    }
    await client.query('VACUUM ANALYZE');
    await client.query('CHECKPOINT');
  } finally {
    await client.end();
  }
  return url;
}

/** Bytes of the whole database. */
export async function databaseBytes(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ bytes: string }>('SELECT pg_database_size(current_database()) AS bytes');
    return Number(rows[0]?.bytes);
  } finally {
    await client.end();
  }
}
