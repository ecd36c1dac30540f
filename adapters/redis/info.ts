import { Redis } from 'ioredis';

/** Redis's answer to INFO. Rejects at once where it cannot be reached. */
export async function redisInfo(url: string): Promise<string> {
  const redis = new Redis(url, { lazyConnect: true, connectTimeout: 5_000, maxRetriesPerRequest: 0, retryStrategy: () => null });
  // The rejection of connect() says it already.
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return await redis.info();
  } finally {
    redis.disconnect();
  }
}
