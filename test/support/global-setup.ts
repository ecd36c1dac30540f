import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { TestProject } from 'vitest/node';

import { startPostgres } from '../../adapters/embedded/postgres-server.js';
import { startRedis } from '../../adapters/embedded/redis-server.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Maintenance database of the run's private PostgreSQL. */
    postgresUrl: string;
    /** The run's private Redis, without a database number. */
    redisUrl: string;
  }
}

/** One private PostgreSQL and one private Redis for the whole run, in a folder that is removed at its end. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'planb-test-'));
  const [postgres, redis] = await Promise.all([
    startPostgres({ dataDir: join(directory, 'postgres'), durable: false }),
    startRedis({ dataDir: join(directory, 'redis'), durable: false }),
  ]);
  project.provide('postgresUrl', postgres.url);
  project.provide('redisUrl', redis.url);
  return async () => {
    await Promise.all([postgres.stop(), redis.stop()]);
    await rm(directory, { recursive: true, force: true });
  };
}
