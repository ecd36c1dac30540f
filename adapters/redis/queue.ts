import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Queue as BullQueue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { Queue, QueueConsumer } from '../../src/ports/queue.js';
import type { WakeUp } from '../../src/ports/store.js';
import { explainRedis } from './explain.js';

/** How long a ping waits for a connection that is being made. */
const connectingMs = 2_000;

/** BullMQ takes what has no priority first: what calls people goes out before the many edits of boards. */
const boardPriority = 1;

const publishMs = 3_000;
const retryMs = 250;
const closeMs = 4_000;

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
  const ending = new AbortController();
  // A publisher fails fast, so that the outbox row stays: its transaction holds the row until then, and appends that wake the same thing wait for it.
  const publisher = connect(options, ending.signal, { enableOfflineQueue: false, maxRetriesPerRequest: 1, commandTimeout: publishMs });
  let trouble: Error | undefined;
  publisher.on('error', (error: Error) => { trouble = error; }).on('ready', () => { trouble = undefined; });
  const queues = { work: bullQueue('work', publisher, prefix, options), chat: bullQueue('chat', publisher, prefix, options) };
  return {
    publish: async (wakeUps, delayMs) => {
      for (const name of ['work', 'chat'] as const) {
        const jobs = wakeUps.filter((wakeUp) => wakeUp.queue === name).map((wakeUp) => ({
          name: wakeUp.do, data: wakeUp,
          opts: { jobId: randomUUID(), removeOnComplete: true, removeOnFail: true, attempts: 1, ...(wakeUp.do === 'board' ? { priority: boardPriority } : {}), ...(delayMs === undefined ? {} : { delay: Math.ceil(delayMs) }) },
        }));
        if (jobs.length > 0) await queues[name].addBulk(jobs);
      }
    },
    consume: (name, concurrency, handle) => consume(name, concurrency, handle, options, prefix),
    ping: async () => {
      // A connection that is just being made would be refused at once, as if Redis were away.
      if (publisher.status !== 'ready') await once(publisher, 'ready', { signal: AbortSignal.timeout(connectingMs) }).catch(() => undefined);
      await publisher.ping().catch((error: unknown) => { throw explainRedis(options.url, error, trouble); });
    },
    close: async () => {
      ending.abort();
      await atMost(closeMs, Promise.all(Object.values(queues).map((queue) => queue.close())));
      publisher.disconnect();
    },
  };
}

function consume(name: string, concurrency: number, handle: (wakeUp: WakeUp) => Promise<void>, options: QueueOptions, prefix: string): QueueConsumer {
  const ending = new AbortController();
  // A consumer waits for Redis to return.
  const connection = connect(options, ending.signal, { maxRetriesPerRequest: null });
  const inHand = new Set<Promise<void>>();
  const handleOne = async ({ data }: { readonly data: WakeUp }): Promise<void> => {
    const handled = handle(data).finally(() => inHand.delete(handled));
    inHand.add(handled);
    await handled;
  };
  const worker = new Worker<WakeUp>(name, handleOne, {
    connection, prefix, concurrency,
    // A wake-up of a dead worker is of little worth, the sweep finds the run sooner; but it must not be delivered for ever.
    lockDuration: 15_000, stalledInterval: 10_000, maxStalledCount: 1,
    // By default a consumer whose connection was cut in the middle of a command takes nothing for fifteen seconds.
    runRetryDelay: retryMs,
  });
  worker.on('error', options.onError);
  worker.on('failed', (_job, error) => options.onError(error));
  return {
    close: async () => {
      const closing = worker.close();
      await Promise.allSettled(inHand);
      // What is in hand may take its time; a Redis that is away may not keep planb from ending.
      ending.abort();
      await atMost(closeMs, closing);
      connection.disconnect();
    },
  };
}

/** Resolves with the work or after the time, whichever is first; a failure at the end helps nobody any more. */
async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => { timer = setTimeout(resolve, ms); });
  await Promise.race([work.catch(() => undefined), late]);
  clearTimeout(timer);
}

function bullQueue(name: string, connection: Redis, prefix: string, options: QueueOptions): BullQueue<WakeUp> {
  const queue = new BullQueue<WakeUp>(name, { connection, prefix, skipVersionCheck: true });
  queue.on('error', options.onError);
  return queue;
}

interface Connecting {
  readonly enableOfflineQueue?: boolean;
  readonly maxRetriesPerRequest: number | null;
  readonly commandTimeout?: number;
}

/** Once `ending` is aborted a connection that is lost stays lost; BullMQ's duplicates of it too. */
function connect(options: QueueOptions, ending: AbortSignal, how: Connecting): Redis {
  const redis = new Redis(options.url, { ...how, retryStrategy: (times) => (ending.aborted ? null : Math.min(times * 100, 2_000)) });
  redis.on('error', options.onError);
  return redis;
}
