import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Queue as BullQueue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { Queue, QueueConsumer } from '../../src/ports/queue.js';
import type { WakeUp } from '../../src/ports/store.js';

/** How long a ping waits for a connection that is being made. */
const connectingMs = 2_000;

export interface QueueOptions {
  readonly url: string;
  /** Keeps several planb installations on one Redis apart. Default `planb`. */
  readonly prefix?: string;
  readonly onError: (error: Error) => void;
}

/**
 * BullMQ as planb needs it: jobs carry ids, have fresh ids of their own (BullMQ silently ignores an id that it still knows), are removed when they end, and
 * are not retried (the sweep wakes what is still due).
 */
export function createQueue(options: QueueOptions): Queue {
  const prefix = options.prefix ?? 'planb';
  // A publisher fails fast, so that the outbox row stays; a consumer waits for Redis to return.
  const publisher = connect(options, { enableOfflineQueue: false, maxRetriesPerRequest: 1 });
  const queues = { work: bullQueue('work', publisher, prefix, options), chat: bullQueue('chat', publisher, prefix, options) };
  return {
    publish: async (wakeUps, delayMs) => {
      for (const name of ['work', 'chat'] as const) {
        const jobs = wakeUps.filter((wakeUp) => wakeUp.queue === name).map((wakeUp) => ({
          name: wakeUp.do, data: wakeUp,
          opts: { jobId: randomUUID(), removeOnComplete: true, removeOnFail: true, attempts: 1, ...(delayMs === undefined ? {} : { delay: Math.ceil(delayMs) }) },
        }));
        if (jobs.length > 0) await queues[name].addBulk(jobs);
      }
    },
    consume: (name, concurrency, handle) => consume(name, concurrency, handle, options, prefix),
    ping: async () => {
      // A connection that is just being made would be refused at once, as if Redis were away.
      if (publisher.status !== 'ready') await once(publisher, 'ready', { signal: AbortSignal.timeout(connectingMs) }).catch(() => undefined);
      await publisher.ping();
    },
    close: async () => {
      await Promise.all(Object.values(queues).map((queue) => queue.close()));
      publisher.disconnect();
    },
  };
}

function consume(name: string, concurrency: number, handle: (wakeUp: WakeUp) => Promise<void>, options: QueueOptions, prefix: string): QueueConsumer {
  const connection = connect(options, { maxRetriesPerRequest: null });
  const worker = new Worker<WakeUp>(name, async (job) => handle(job.data), {
    connection, prefix, concurrency,
    // A wake-up of a dead worker is of little worth, the sweep finds the run sooner; but it must not be delivered for ever.
    lockDuration: 15_000, stalledInterval: 10_000, maxStalledCount: 1,
  });
  worker.on('error', options.onError);
  worker.on('failed', (_job, error) => options.onError(error));
  return {
    close: async () => {
      await worker.close();
      connection.disconnect();
    },
  };
}

function bullQueue(name: string, connection: Redis, prefix: string, options: QueueOptions): BullQueue<WakeUp> {
  const queue = new BullQueue<WakeUp>(name, { connection, prefix, skipVersionCheck: true });
  queue.on('error', options.onError);
  return queue;
}

function connect(options: QueueOptions, how: { readonly enableOfflineQueue?: boolean; readonly maxRetriesPerRequest: number | null }): Redis {
  const redis = new Redis(options.url, { ...how, retryStrategy: (times) => Math.min(times * 100, 2_000) });
  redis.on('error', options.onError);
  return redis;
}
