import { startPostgres } from '../../../adapters/embedded/postgres-server.js';
import { startRedis } from '../../../adapters/embedded/redis-server.js';

// A planb with its embedded servers in the folder of its argument: prints where they are and waits to be killed.
const folder = process.argv[2] ?? '';
const onNotice = (notice: string): void => console.error(notice);
const [postgres, redis] = await Promise.all([
  startPostgres({ dataDir: `${folder}/postgres`, durable: false, onNotice }),
  startRedis({ dataDir: `${folder}/redis`, onNotice }),
]);
// Before the line that tells the test: from then on it may send the signal.
process.on('SIGTERM', () => {
  void Promise.all([postgres.stop(), redis.stop()]).then(() => process.exit(0));
});
console.log(
  JSON.stringify({ postgres: postgres.url, postgresPid: postgres.pid(), redis: redis.url, redisPid: redis.pid(), owner: postgres.isOwner() && redis.isOwner() }),
);
setInterval(() => undefined, 60_000);
