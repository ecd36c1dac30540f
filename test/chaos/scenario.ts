import { eventually } from '../support/eventually.js';
import { deeds, strike, type Fault } from './faults.js';
import { sayPoint, type Point } from './points.js';
import { untilProgress } from './recovery.js';
import { verifyRun, verifyWorld } from './verify.js';
import type { ChaosWorld } from './world/chaos-world.js';
import { Robot } from './world/robot.js';
import type { Target } from './world/target.js';

/** Ends what hangs, also on a machine with much else to do. */
const patienceMs = 300_000;

export interface ScenarioResult {
  readonly point: string;
  readonly fault: Fault;
  /** What is wrong afterwards; empty: nothing. */
  readonly problems: readonly string[];
  /** From the restart to the first sign that planb goes on. */
  readonly recoveryMs?: number;
  /** Unknown outcomes that a person had to tell. */
  readonly asked: number;
  /** Boards that were posted more than once: sending is at least once. */
  readonly boards: number;
}

/** Of what each process logged, for who has to find out why. */
const loggedChars = 3_000;

/** One run from the request to its end, with one fault at one point. */
export async function playScenario(world: ChaosWorld, target: Target, point: Point, fault: Fault): Promise<ScenarioResult> {
  const result = { point: sayPoint(point), fault };
  const robot = new Robot(world, target);
  try {
    await world.quiet();
    const process = point.who === 'bot' ? world.bot : world.worker;
    const side = point.name === 'the program before its effect' ? 'before' : point.name === 'the program after its effect' ? 'after' : undefined;
    const step = point.step ?? '';
    if (side === undefined) process.arm(point, deeds[fault]);
    else await target.hold(side, step);
    let isOver = false;
    const ending = robot.request().then((run) => robot.carryThrough(run)).finally(() => { isOver = true; });
    ending.catch(() => undefined);
    const isThere = (): boolean | Promise<boolean> => {
      if (side !== undefined) return target.isHeld(side, step);
      return fault === 'kill' ? process.hasEnded : fault === 'pause' ? process.isStopped() : process.hasReached(point);
    };
    // Also after the run's end: its board and its messages come later.
    const isMissed = async (): Promise<boolean> => isOver && (await world.notDealtWith()) === undefined && !(await isThere());
    const found = await eventually(async () => ((await isThere()) ? 'reached' : (await isMissed()) ? 'missed' : undefined), patienceMs).finally(() => { process.disarm(); });
    if (found === 'missed') throw new Error(`the point was not reached; the run ended ${String((await ending).outcome)}`);
    let recovery: Promise<number | undefined> = Promise.resolve(undefined);
    await strike(fault, {
      world, robot, point, process,
      release: async () => { if (side === undefined) process.release(); else await target.open(side, step); },
      restarted: async () => {
        const before = await world.progress();
        recovery = untilProgress(world, before, fault === 'kill' ? point.who : 'any', () => isOver);
        recovery.catch(() => undefined);
      },
    });
    const state = await ending;
    const recoveryMs = await recovery;
    await world.quiet();
    const problems = [...(await verifyRun(world, target, state)), ...(await verifyWorld(world))];
    return { ...result, problems, asked: robot.asked, boards: boardsOf(world, target, state.id), ...(recoveryMs === undefined || fault === 'pause' ? {} : { recoveryMs }) };
  } catch (error) {
    const logs = [world.bot, world.worker].map(({ log }) => log.slice(-loggedChars));
    return { ...result, problems: [error instanceof Error ? error.message : String(error), `not dealt with: ${(await world.notDealtWith()) ?? 'nothing'}`, await lastDeliveries(world), ...logs], asked: robot.asked, boards: 0 };
  }
}

async function lastDeliveries(world: ChaosWorld): Promise<string> {
  const rows = await world.query<{ id: string; outcome: string | null }>('SELECT id, outcome FROM deliveries ORDER BY received_at DESC LIMIT 6');
  return rows.map(({ id, outcome }) => `${id}: ${outcome ?? 'waits'}`).join('\n');
}

function boardsOf(world: ChaosWorld, target: Target, run: string): number {
  return world.workspace.slack.posted(target.channel).filter((message) => message.threadTs === undefined && world.workspace.slack.read(message).includes(run)).length;
}
