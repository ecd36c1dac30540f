import { isTerminal } from '../src/run/state.js';
import type { WakeUp } from '../src/ports/store.js';
import { NewerPlanb } from '../src/run/newer-planb.js';
import { keepBackups } from './backups/keep-backups.js';
import { deliver } from './deliveries/deliver.js';
import { observeTarget } from './observe.js';
import type { Parts } from './parts.js';
import { loadRun } from './record.js';
import { refreshHealth } from './refresh-health.js';
import { RunsInHand } from './runs-in-hand.js';
import { pause, sweep } from './sweep.js';
import { keepWatches } from './watch/keep-watches.js';

/** Runs wait most of the time, so a worker may have many in hand. */
const concurrency = 256;
const observeMs = 5 * 60_000;
const healthMs = 15_000;
const lifeMs = 3_000;
const forgetMs = 3_600_000;
const schemaMs = 30_000;
/** How long what only a newer planb understands rests before it is offered again. */
const returnMs = 1_000;

export interface RunningWorker {
  /** Takes nothing new, lets steps finish for `patienceMs`, hands over the rest. */
  stop(patienceMs: number): Promise<void>;
}

/** Starts a worker: buries the dead of this machine, takes wake-ups, sweeps, observes. Throws StoreError when PostgreSQL is away. */
export async function startWorker(parts: Parts): Promise<RunningWorker> {
  await parts.store.registerWorker(parts.worker, parts.world.identity);
  await buryDead(parts);
  const runs = new RunsInHand(parts);
  runs.start();
  const stopping = new AbortController();
  const consumer = parts.queue.consume('work', concurrency, (wakeUp) => handle(parts, runs, wakeUp));
  const duties = [
    lead(parts, 'sweep', stopping.signal, (signal) => sweep(parts, signal)),
    lead(parts, 'observe', stopping.signal, (signal) => observeAll(parts, signal)),
    signsOfLife(parts, stopping.signal),
    lead(parts, 'health', stopping.signal, (signal) => watchHealth(parts, signal)),
    keepOwnBackups(parts, stopping.signal),
    keepWatches(parts, stopping.signal),
    noticeNewerSchema(parts, stopping.signal),
  ];
  return {
    stop: async (patienceMs) => {
      stopping.abort();
      await Promise.all([runs.stop(patienceMs), consumer.close()]);
      await Promise.all(duties);
      // With PostgreSQL away the next worker buries this one.
      await parts.store.buryWorker(parts.worker).catch((error: unknown) => { parts.log.warn({ error }, 'could not sign off'); });
    },
  };
}

async function handle(parts: Parts, runs: RunsInHand, wakeUp: WakeUp): Promise<void> {
  switch (wakeUp.do) {
    case 'delivery': {
      const moved = await deliver(parts, wakeUp.id);
      // Its wake-up is on its way as well; whoever knows the run already need not wait for it.
      if (moved !== undefined) runs.carryOn(moved);
      return;
    }
    case 'run':
      return runs.carry(wakeUp.id);
    case 'board':
    case 'message':
      // Bots' business: these travel on the other queue.
      return;
    default:
      // A newer planb has published it: a worker of that version takes it from the outbox.
      return parts.store.returnWakeUp(wakeUp satisfies never, returnMs);
  }
}

/** Tells that this worker lives, and takes over from those of this machine that do not. */
async function signsOfLife(parts: Parts, signal: AbortSignal): Promise<void> {
  for (await pause(lifeMs, signal); !signal.aborted; await pause(lifeMs, signal)) {
    await parts.store.touchWorker(parts.worker).then(() => buryDead(parts)).catch(() => {
      // PostgreSQL is away; whoever renews leases says so.
    });
  }
}

/** Frees at once what dead processes of this machine owned. Of other machines nothing can be proven: their leases run out, and who was silent for an hour is forgotten. */
async function buryDead(parts: Parts): Promise<void> {
  for (const { worker, identity, silentMs } of await parts.store.knownWorkers()) {
    if (worker === parts.worker) continue;
    const state = await parts.world.ownerState(identity);
    if (state === 'alive' || (state === 'elsewhere' && silentMs < forgetMs)) continue;
    const freed = await parts.store.buryWorker(worker);
    if (freed.length === 0) continue;
    parts.log.info({ worker, runs: freed }, 'took over the runs of a dead worker');
    // With Redis away the sweep wakes them, a little later.
    await parts.queue.publish(freed.map((id) => ({ queue: 'work', do: 'run', id }))).catch(() => undefined);
  }
}

async function lead(parts: Parts, duty: string, signal: AbortSignal, work: (signal: AbortSignal) => Promise<void>): Promise<void> {
  await parts.store.withLeadership(duty, signal, work).catch((error: unknown) => {
    if (!signal.aborted) parts.log.error({ duty, error }, 'a duty ended');
  });
}

/** Files lie on machines, so each machine has one worker that looks after its own. */
async function keepOwnBackups(parts: Parts, signal: AbortSignal): Promise<void> {
  try {
    const machine = await parts.world.machine();
    await lead(parts, `backups:${machine}`, signal, (leading) => keepBackups(parts, machine, leading));
  } catch (error) {
    parts.log.error({ error }, 'this machine has no name, so its backups are not looked after');
  }
}

async function observeAll(parts: Parts, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    for (const target of Object.values(parts.config.targets)) await observeTarget(parts, target, signal);
    await pause(observeMs, signal);
  }
}

/** While people look at a board, its NOW line must not grow old unseen: a service that goes down or comes back shows at once. */
async function watchHealth(parts: Parts, signal: AbortSignal): Promise<void> {
  for (await pause(healthMs, signal); !signal.aborted; await pause(healthMs, signal)) {
    try {
      for (const { id } of await parts.store.runs({ live: true, limit: 200 })) await watchOne(parts, id, signal);
    } catch (error) {
      parts.log.warn({ error }, 'live runs could not be looked at');
    }
  }
}

/** A run of a newer planb must not keep the others from being looked at. */
async function watchOne(parts: Parts, id: string, signal: AbortSignal): Promise<void> {
  try {
    const { state } = await loadRun(parts, id);
    if (!isTerminal(state)) await refreshHealth(parts, state, signal);
  } catch (error) {
    if (!(error instanceof NewerPlanb)) throw error;
  }
}

/** Says once that a newer planb has migrated the database meanwhile. What this process does goes on: migrations leave what the version before needs. */
async function noticeNewerSchema(parts: Parts, signal: AbortSignal): Promise<void> {
  for (await pause(schemaMs, signal); !signal.aborted; await pause(schemaMs, signal)) {
    const newer = await parts.store.newerMigrations().catch(() => []);
    if (newer.length === 0) continue;
    parts.log.warn({ migrations: newer }, 'a newer planb has migrated this database: replace this process with that version. It cannot be started again, and leaves to the newer one what it does not know');
    return;
  }
}
