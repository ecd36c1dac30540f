import { connect } from 'node:net';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { startPostgres } from '../../../adapters/embedded/postgres-server.js';
import { startRedis } from '../../../adapters/embedded/redis-server.js';
import { eventually } from '../../support/eventually.js';
import { startProxy, type TcpProxy } from './tcp-proxy.js';

/** A PostgreSQL and a Redis of one world's own, and what can be done to them. */
export interface Services {
  /** Straight to the server: for who watches. */
  readonly directUrl: string;
  readonly directRedisUrl: string;
  /** What planb is given: through the proxies. */
  readonly env: { readonly DATABASE_URL: string; readonly REDIS_URL: string };
  readonly postgresProxy: TcpProxy;
  readonly redisProxy: TcpProxy;
  /** At once, as after a crash; resolves when it answers again. */
  restartPostgres(): Promise<void>;
  /** kill -9 of a Redis that keeps nothing on disk; resolves when an empty one answers. */
  restartRedis(): Promise<void>;
  flushRedis(): Promise<void>;
  stop(): Promise<void>;
}

export async function startServices(folder: string): Promise<Services> {
  const [postgres, redis] = await Promise.all([
    // A commit that was answered must survive the end of the server, though not of the machine: nothing waits for the disk.
    startPostgres({ dataDir: join(folder, 'postgres'), durable: false, settings: ['synchronous_commit=on'] }),
    startRedis({ dataDir: join(folder, 'redis'), durable: false }),
  ]);
  const socket = join(new URL(postgres.url).searchParams.get('host') ?? '', '.s.PGSQL.5432');
  const redisUrl = new URL(redis.url);
  const postgresProxy = await startProxy(() => connect(socket));
  const redisProxy = await startProxy(() => connect(Number(redisUrl.port), redisUrl.hostname));
  const throughProxy = new URL(redis.url);
  throughProxy.port = String(redisProxy.port);
  const client = new Redis(redis.url, { maxRetriesPerRequest: null, retryStrategy: () => 20 });
  client.on('error', () => undefined);
  // Whoever ends it from outside is answered by planb's own way of running it: it is started again.
  const restart = async (server: typeof postgres, signal: NodeJS.Signals): Promise<void> => {
    const before = server.pid();
    process.kill(before, signal);
    await eventually(() => server.pid() !== before);
  };
  return {
    directUrl: postgres.url, directRedisUrl: redis.url, postgresProxy, redisProxy,
    env: { DATABASE_URL: `postgresql://planb@127.0.0.1:${String(postgresProxy.port)}/planb`, REDIS_URL: throughProxy.href },
    restartPostgres: () => restart(postgres, 'SIGQUIT'),
    restartRedis: () => restart(redis, 'SIGKILL'),
    flushRedis: async () => { await client.flushall(); },
    stop: async () => {
      client.disconnect();
      await Promise.all([postgresProxy.close(), redisProxy.close()]);
      await Promise.all([postgres.stop(), redis.stop()]);
    },
  };
}
