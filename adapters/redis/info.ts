import { Redis } from 'ioredis';
import { explainRedis } from './explain.js';

/** Redis's answer to INFO. Rejects at once where it cannot be reached. */
export async function redisInfo(url: string): Promise<string> {
  const redis = new Redis(url, { lazyConnect: true, connectTimeout: 5_000, maxRetriesPerRequest: 0, retryStrategy: () => null });
  // The rejection of connect() says only that there is no connection.
  let reason: Error | undefined;
  redis.on('error', (error: Error) => { reason ??= error; });
  try {
    await redis.connect();
    return await redis.info();
  } catch (error) {
    throw explainRedis(url, error, reason);
  } finally {
    redis.disconnect();
  }
}
