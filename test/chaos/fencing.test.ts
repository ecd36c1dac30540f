import { expect, it, onTestFinished } from 'vitest';
import { builtPlanb } from '../support/built-planb.js';
import { eventually } from '../support/eventually.js';
import { replace } from './faults.js';
import type { Point } from './points.js';
import { verifyRun, verifyWorld } from './verify.js';
import { ChaosWorld } from './world/chaos-world.js';
import { Robot } from './world/robot.js';

/** Stops the worker at `point` of its step, and lets another one take the run over; resolves when that one asks a person. */
async function overtake(world: ChaosWorld, { name, step = '' }: Point) {
  const [target] = world.targets;
  if (target === undefined) throw new Error('a world without a target');
  const robot = new Robot(world, target);
  // The manual line comes after these steps: nobody is asked anything else.
  robot.answers = false;
  const sleeper = world.worker;
  const isProgram = name === 'the program before its effect';
  if (isProgram) await target.hold('before', step);
  else sleeper.arm({ name, who: 'worker', step }, 'stop');
  const run = await robot.request();
  const ending = robot.carryThrough(run);
  ending.catch(() => undefined);
  await eventually(() => (isProgram ? target.isHeld('before', step) : sleeper.isStopped()));
  sleeper.signal('SIGSTOP');
  await replace(world, 'worker');
  // As after ten seconds of sleep.
  await world.query(`UPDATE runs SET lease_expires_at = clock_timestamp() WHERE id = $1`, [run]);
  const asked = await eventually(async () => (await world.run(run)).steps.find(({ id, status }) => id === step && status === 'unknown'));
  return { target, robot, run, ending, sleeper, asked };
}

it('knows a worker that sleeps between intent and effect, or while its program runs: the step is unknown, happens once, and the one that wakes up records nothing', { timeout: 600_000 }, async () => {
  const world = await ChaosWorld.open(await builtPlanb(), 1);
  onTestFinished(() => world.close());
  const points: readonly Point[] = [
    { name: 'after recording StepStarted', who: 'worker', step: 'blind' }, { name: 'before acting', who: 'worker', step: 'once' }, { name: 'the program before its effect', who: 'worker', step: 'once' },
  ];
  for (const point of points) {
    const { target, robot, run, ending, sleeper, asked } = await overtake(world, point);
    expect(asked.saw).toContain(`process ${String(sleeper.pid)}) is still alive`);
    expect((await target.ledger(run)).filter((attempt) => attempt.includes(`/${point.step ?? ''}/`))).toEqual([]);
    const { version } = await world.run(run);
    const recordedSince = async (): Promise<readonly string[]> => (await world.store.load(run)).events.slice(version).map(({ type }) => type);
    await target.open('before', point.step ?? '');
    sleeper.signal('SIGCONT');
    await eventually(() => sleeper.log.includes('lost the lease of a run'));
    expect(await sleeper.end('SIGTERM')).toBe(0);
    // The other one may have called people meanwhile.
    expect((await recordedSince()).filter((type) => type !== 'PeopleReminded')).toEqual([]);
    robot.answers = true;
    const state = await ending;
    await world.quiet();
    expect([...(await verifyRun(world, target, state)), ...(await verifyWorld(world))]).toEqual([]);
  }
});
