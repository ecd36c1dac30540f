import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startPostgres } from '../adapters/embedded/postgres-server.js';
import { startRedis } from '../adapters/embedded/redis-server.js';

/** One PostgreSQL, which keeps every commit as in production, and one Redis, for planb and its peers alike. */
export interface BenchServices {
  readonly folder: string;
  readonly redisUrl: string;
  /** An empty database of a line's own. */
  createDatabase(name: string): Promise<string>;
  stop(): Promise<void>;
}

export async function startBenchServices(): Promise<BenchServices> {
  const folder = await mkdtemp(join(tmpdir(), 'planb-bench-'));
  const [postgres, redis] = await Promise.all([startPostgres({ dataDir: join(folder, 'postgres') }), startRedis({ dataDir: join(folder, 'redis') })]);
  return {
    folder, redisUrl: redis.url,
    createDatabase: async (name) => {
      const admin = new pg.Client({ connectionString: postgres.url });
      await admin.connect();
      try {
        await admin.query(`CREATE DATABASE ${name} TEMPLATE template0`);
      } finally {
        await admin.end();
      }
      const url = new URL(postgres.url);
      url.pathname = `/${name}`;
      return url.href;
    },
    stop: async () => {
      await Promise.all([postgres.stop(), redis.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
