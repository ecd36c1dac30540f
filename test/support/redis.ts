import { randomUUID } from 'node:crypto';

import { Redis } from 'ioredis';
import { inject } from 'vitest';

/** Redis as one test file sees it. */
export interface TestRedis {
  readonly url: string;
  /** Different for every call; for keys and queue names. */
  readonly prefix: string;
  /** Empties this worker's database. */
  flush(): Promise<void>;
}

/** Vitest numbers its workers from 1, and one worker runs one file at a time: each has a logical database of its own. */
export function redisUrl(): string {
  const url = new URL(inject('redisUrl'));
  url.pathname = `/${process.env['VITEST_POOL_ID'] ?? '0'}`;
  return url.href;
}

/** An empty Redis for the calling test file. A test that kills or flushes a whole server uses `startServices` instead. */
export async function createRedis(): Promise<TestRedis> {
  const url = redisUrl();
  const flush = async (): Promise<void> => {
    const client = new Redis(url, { maxRetriesPerRequest: 1 });
    try {
      await client.flushdb();
    } finally {
      client.disconnect();
    }
  };
  await flush();
  return { url, prefix: `test-${randomUUID()}`, flush };
}
