import { randomUUID } from 'node:crypto';
import { Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { startEngine } from '../engine.js';
import { percentile, type Line, type Side } from '../line.js';

/** From the last vote, before it is stored, to the first step's action, whose intent is durable by then; beside it a bare BullMQ job from add to process. */
export const votes: Line = {
  name: 'votes', title: 'last vote to the first StepStarted',
  measure: async (services, { quick, rounds }) => {
    const [live, samples] = quick ? [10, 5] : [100, 20];
    const engine = await startEngine(services, { database: 'votes', targets: live + samples, steps: 1 });
    const connection = new Redis(services.redisUrl, { maxRetriesPerRequest: null });
    const blocking = connection.duplicate();
    const prefix = randomUUID();
    const queue = new Queue('bare', { connection, prefix });
    let processed = (): void => undefined;
    const worker = new Worker('bare', async () => { processed(); }, { connection: blocking, prefix });
    const rounded: { readonly own: number[]; readonly bare: number[] }[] = [];
    try {
      await worker.waitUntilReady();
      for (let index = 0; index < live; index += 1) await engine.request(`t${index}`);
      for (let round = 0; round < rounds; round += 1) {
        const runs: string[] = [];
        for (let index = 0; index < samples; index += 1) {
          const run = await engine.request(`t${live + index}`);
          await engine.outcome(await engine.say('alice', { kind: 'vote', run, choice: 'approve' }));
          runs.push(run);
        }
        const [own, bare]: [number[], number[]] = [[], []];
        for (const run of runs) {
          own.push(await timed(async (done) => { engine.onStep = done; await engine.say('bob', { kind: 'vote', run, choice: 'approve' }); }));
          await engine.until(run, ({ phase }) => phase === 'ended');
          bare.push(await timed(async (done) => { processed = done; await queue.add('job', {}, { removeOnComplete: true }); }));
        }
        rounded.push({ own, bare });
      }
    } finally {
      await Promise.all([worker.close(), queue.close()]);
      for (const each of [connection, blocking]) each.disconnect();
      await engine.close();
    }
    const side = (name: 'own' | 'bare', p: number): Side => ({ name: name === 'own' ? 'planb' : 'bare BullMQ', unit: 'ms', rounds: rounded.map((round) => percentile(round[name], p)) });
    return [
      { what: `p50, ${live} runs live`, planb: side('own', 0.5), peer: side('bare', 0.5), compared: 'value', budget: { is: 'at most', value: 10 } },
      { what: `p99, ${live} runs live`, planb: side('own', 0.99), peer: side('bare', 0.99), compared: 'value', budget: { is: 'at most', value: 50 } },
    ];
  },
};

/** Milliseconds from the beginning of `begin` until it, or what it caused, calls `done`. */
async function timed(begin: (done: () => void) => Promise<void>): Promise<number> {
  const started = performance.now();
  let ended = 0;
  const over = new Promise<void>((resolve) => {
    void begin(() => { ended = performance.now(); resolve(); });
  });
  await over;
  return ended - started;
}
