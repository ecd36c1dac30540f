import { setTimeout as delay } from 'node:timers/promises';
import type { RunState } from '../../src/run/state.js';
import { replace } from './faults.js';
import { untilProgress } from './recovery.js';
import { seeded } from './seeded.js';
import { verifyRun, verifyWorld } from './verify.js';
import { ChaosWorld } from './world/chaos-world.js';
import { Robot } from './world/robot.js';
import type { Target } from './world/target.js';

export interface RandomKills {
  readonly kills: number;
  readonly runs: number;
  readonly asked: number;
  readonly effects: number;
  readonly recoveriesMs: readonly number[];
  readonly problems: readonly string[];
}

export interface RandomOptions {
  /** The built main.js. */
  readonly program: string;
  readonly kills: number;
  /** Which process dies, and at which of its next passages: the same for the same seed. */
  readonly seed: number;
  /** Side by side, each with its own processes, PostgreSQL and Redis. */
  readonly worlds: number;
  /** Runs at once in each. */
  readonly targets: number;
  readonly onKill?: () => void;
}

/** Passages through ports; a run passes about a hundred and fifty. */
const latestPassage = 120;
/** A process that passes no more points, because nothing is left to do, is killed by then. */
const lazyMs = 3_000;

/** Kills at random points, while runs come and go in every world; afterwards each run is compared with its ledger. */
export async function killAtRandom(options: RandomOptions): Promise<RandomKills> {
  const share = Array.from({ length: options.worlds }, (_unused, nth) => Math.floor((options.kills + nth) / options.worlds));
  const parts = await Promise.all(share.map((kills, nth) => killInOneWorld(options, kills, options.seed * 1_000 + nth)));
  const sum = (of: (part: RandomKills) => number): number => parts.reduce((total, part) => total + of(part), 0);
  return {
    kills: sum(({ kills }) => kills), runs: sum(({ runs }) => runs), asked: sum(({ asked }) => asked), effects: sum(({ effects }) => effects),
    recoveriesMs: parts.flatMap(({ recoveriesMs }) => recoveriesMs), problems: parts.flatMap(({ problems }) => problems),
  };
}

async function killInOneWorld({ program, targets, onKill }: RandomOptions, kills: number, seed: number): Promise<RandomKills> {
  const random = seeded(seed);
  const world = await ChaosWorld.open(program, targets);
  try {
    let over = false;
    const isOver = (): boolean => over;
    const robots = world.targets.map((target) => ({ target, robot: new Robot(world, target) }));
    const playing = Promise.all(robots.map(async ({ target, robot }) => playRuns(target, robot, isOver)));
    playing.catch(() => { over = true; });
    const recoveriesMs: number[] = [];
    // A robot that fails ends it: its reason is thrown below.
    for (let nth = 0; nth < kills && !isOver(); nth += 1) {
      const who = random() < 0.7 ? 'worker' : 'bot';
      recoveriesMs.push(...(await killOnce(world, who, 1 + Math.floor(random() * latestPassage), isOver)));
      onKill?.();
    }
    over = true;
    const ended = (await playing).flat();
    await world.quiet();
    const wrong = await Promise.all(ended.map(async ({ target, state }) => (await verifyRun(world, target, state)).map((problem) => `seed ${String(seed)}, run ${state.id}: ${problem}`)));
    const effects = await Promise.all(ended.map(async ({ target, state }) => (await target.ledger(state.id)).length));
    return {
      kills, runs: ended.length, asked: robots.reduce((total, { robot }) => total + robot.asked, 0), effects: effects.reduce((total, count) => total + count, 0), recoveriesMs,
      problems: [...wrong.flat(), ...(await verifyWorld(world)).map((problem) => `seed ${String(seed)}: ${problem}`)],
    };
  } catch (error) {
    return { kills, runs: 0, asked: 0, effects: 0, recoveriesMs: [], problems: [`seed ${String(seed)}: ${error instanceof Error ? error.message : String(error)}`] };
  } finally {
    await world.close();
  }
}

async function killOnce(world: ChaosWorld, who: 'bot' | 'worker', passage: number, isOver: () => boolean): Promise<readonly number[]> {
  const process = who === 'bot' ? world.bot : world.worker;
  process.dieAfter(passage);
  for (const until = performance.now() + lazyMs; !process.hasEnded && performance.now() < until; ) await delay(10);
  await process.end('SIGKILL');
  const recovery = untilProgress(world, await world.progress(), who, isOver);
  recovery.catch(() => undefined);
  await replace(world, who);
  const recoveryMs = await recovery;
  return recoveryMs === undefined ? [] : [recoveryMs];
}

/** One run after another, each to its end. */
async function playRuns(target: Target, robot: Robot, isOver: () => boolean): Promise<readonly { readonly target: Target; readonly state: RunState }[]> {
  const ended: { target: Target; state: RunState }[] = [];
  while (!isOver()) ended.push({ target, state: await robot.carryThrough(await robot.request()) });
  return ended;
}
