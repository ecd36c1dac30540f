import { readdir } from 'node:fs/promises';
import { loadavg } from 'node:os';
import { Redis } from 'ioredis';
import type { ChaosWorld } from '../chaos/world/chaos-world.js';
import { type ProcessSample, sampleProcess } from './process-sample.js';
import type { Latencies } from './traffic.js';

/** Where planb's processes put temporary files, in the world's folder. */
export const temporary = 'tmp';

/** What there is at one moment. */
export interface Sample {
  /** Seconds since the first run. */
  readonly atS: number;
  /** Of the whole machine: other work makes figures of time worthless. */
  readonly load: number;
  readonly live: number;
  readonly runs: number;
  readonly bot: ProcessSample;
  readonly worker: ProcessSample;
  /** Connections of bot and worker together. */
  readonly postgresConnections: number;
  readonly redisConnections: number;
  /** Without those of wake-ups. */
  readonly redisKeys: number;
  /** Wake-ups that wait or are in hand: as many as the machine is behind. */
  readonly wakeUps: number;
  readonly redisMb: number;
  /** Files and folders that are not those of a record. */
  readonly temporaryFiles: number;
  /** Rows that wait to be sent, shown or carried out. */
  readonly waiting: number;
  /** Of the runs that were played since the sample before, milliseconds; undefined where there were none. */
  readonly planMs: number | undefined;
  readonly startMs: number | undefined;
}

/** Looks at a world from outside. */
export class Observer {
  readonly #world: ChaosWorld;
  readonly #redis: Redis;
  readonly #latencies: Latencies;
  readonly #begun = performance.now();

  constructor(world: ChaosWorld, latencies: Latencies) {
    this.#world = world;
    this.#latencies = latencies;
    this.#redis = new Redis(world.services.directRedisUrl);
  }

  async sample(): Promise<Sample> {
    const world = this.#world;
    const [bot, worker, { redisKeys, wakeUps }, memory, temporaryFiles, [rows]] = await Promise.all([
      sampleProcess(world.bot), sampleProcess(world.worker), this.#keys(), this.#redis.info('memory'), countFiles(`${world.folder}/${temporary}`),
      world.query<{ runs: number; live: number; waiting: number }>(`SELECT (SELECT count(*) FROM runs)::int AS runs, (SELECT count(*) FROM runs WHERE phase <> 'ended')::int AS live,
        ((SELECT count(*) FROM outbox) + (SELECT count(*) FROM deliveries WHERE processed_at IS NULL) + (SELECT count(*) FROM messages WHERE sent_at IS NULL AND failed IS NULL))::int AS waiting`),
    ]);
    const { planMs, startMs } = this.#latencies.take();
    return {
      atS: Math.round((performance.now() - this.#begun) / 1_000), load: Math.round((loadavg()[0] ?? 0) * 10) / 10, live: rows?.live ?? 0, runs: rows?.runs ?? 0, bot, worker,
      postgresConnections: world.services.postgresProxy.open, redisConnections: world.services.redisProxy.open,
      redisKeys, wakeUps, redisMb: Math.round((Number(/^used_memory:(\d+)/m.exec(memory)?.[1]) / 2 ** 20) * 100) / 100, temporaryFiles, waiting: rows?.waiting ?? 0, planMs, startMs,
    };
  }

  /** BullMQ keeps a hash a job, and a lock beside it while it is in hand. */
  async #keys(): Promise<{ readonly redisKeys: number; readonly wakeUps: number }> {
    const of = async (queue: string): Promise<readonly [jobs: number, active: number]> => {
      const [waiting, delayed, active] = await Promise.all([this.#redis.llen(`planb:${queue}:wait`), this.#redis.zcard(`planb:${queue}:delayed`), this.#redis.llen(`planb:${queue}:active`)]);
      return [waiting + delayed + active, active];
    };
    const [all, [work, workActive], [chat, chatActive]] = await Promise.all([this.#redis.dbsize(), of('work'), of('chat')]);
    return { redisKeys: all - work - workActive - chat - chatActive, wakeUps: work + chat };
  }

  close(): void {
    this.#redis.disconnect();
  }
}

async function countFiles(folder: string): Promise<number> {
  return (await readdir(folder, { recursive: true })).length;
}
