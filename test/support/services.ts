import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startPostgres } from '../../adapters/embedded/postgres-server.js';
import { startRedis } from '../../adapters/embedded/redis-server.js';
import type { EmbeddedServer } from '../../adapters/embedded/server-kind.js';

/** A PostgreSQL and a Redis of one test's own, to stop, kill and flush. */
export interface PrivateServices {
  readonly directory: string;
  readonly postgres: EmbeddedServer;
  readonly redis: EmbeddedServer;
  stop(): Promise<void>;
}

/** Starts both in a temporary folder; `stop` removes it. Costs about a second: most tests want the shared ones. */
export async function startServices(): Promise<PrivateServices> {
  const directory = await mkdtemp(join(tmpdir(), 'planb-test-'));
  const [postgres, redis] = await Promise.all([
    startPostgres({ dataDir: join(directory, 'postgres'), durable: false }),
    startRedis({ dataDir: join(directory, 'redis'), durable: false }),
  ]);
  return {
    directory,
    postgres,
    redis,
    stop: async () => {
      await Promise.all([postgres.stop(), redis.stop()]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
