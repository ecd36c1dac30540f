import { eventually } from '../support/eventually.js';
import type { Point } from './points.js';
import type { ChaosWorld } from './world/chaos-world.js';
import type { Deed, PlanbProcess } from './world/planb-process.js';
import type { Robot } from './world/robot.js';

export const faults = ['kill', 'pause', 'flush redis', 'restart redis', 'restart postgres', 'cut connections', 'lose answer'] as const;
export type Fault = (typeof faults)[number];

/** How the process gets to the point where the fault happens. */
export const deeds: Record<Fault, Deed> = {
  'kill': 'kill', 'pause': 'stop', 'flush redis': 'hold', 'restart redis': 'hold', 'restart postgres': 'hold', 'cut connections': 'hold', 'lose answer': 'hold',
};

/** The statement whose answer can be lost at this point: with it nobody knows whether it was done. */
export function answerAt({ name }: Point): string | undefined {
  if (name === 'before storing a delivery') return 'accept-delivery';
  return name.startsWith('before recording ') ? 'append-events' : undefined;
}

/** Longer than a lease lasts. */
const pauseMs = 11_000;
const noticeMs = 3_000;

export interface Happening {
  readonly world: ChaosWorld;
  readonly robot: Robot;
  readonly point: Point;
  /** Where the point was reached. */
  readonly process: PlanbProcess;
  /** Lets go on what waits at the point. */
  readonly release: () => Promise<void>;
  /** Called at the instant from which planb has to recover. */
  readonly restarted: () => Promise<void>;
}

/** Does it, and puts right what a machine would put right: starts a process again, brings a service back. */
export async function strike(fault: Fault, happening: Happening): Promise<void> {
  const { world, release, restarted } = happening;
  switch (fault) {
    case 'kill':
      return kill(happening);
    case 'pause':
      return pause(happening);
    case 'flush redis':
      await world.services.flushRedis();
      break;
    case 'restart redis':
      await world.services.restartRedis();
      break;
    case 'restart postgres':
      await world.services.restartPostgres();
      break;
    case 'cut connections':
      world.services.postgresProxy.cut();
      world.services.redisProxy.cut();
      break;
    case 'lose answer':
      world.services.postgresProxy.loseAnswerTo(answerAt(happening.point) ?? '');
      break;
    default:
      throw new Error(`unreachable: ${String(fault satisfies never)}`);
  }
  await restarted();
  await release();
}

async function kill({ world, point, process, release, restarted }: Happening): Promise<void> {
  await process.end('SIGKILL');
  await release();
  await restarted();
  await replace(world, point.who);
}

export async function replace(world: ChaosWorld, who: 'bot' | 'worker'): Promise<void> {
  const next = world.begin(who);
  if (who === 'bot') return world.botIs(next);
  world.worker = next;
  await next.ready();
}

/** Another process takes over while this one sleeps past its lease; then it wakes up in the middle of what it was doing. */
async function pause({ world, robot, point, process, release, restarted }: Happening): Promise<void> {
  // Until the one that sleeps has had its say, nobody can tell what will have happened.
  robot.answers = false;
  process.signal('SIGSTOP');
  const asleepSince = performance.now();
  await replace(world, point.who);
  await eventually(() => performance.now() - asleepSince > pauseMs);
  await release();
  await restarted();
  process.signal('SIGCONT');
  await eventually(() => process.log.includes('lost the lease'), noticeMs).catch(() => undefined);
  await process.end('SIGTERM');
  robot.answers = true;
}
