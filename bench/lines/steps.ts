import { DBOS } from '@dbos-inc/dbos-sdk';
import type { Engine } from '../engine.js';
import { startEngine } from '../engine.js';
import { median, type Figure, type Line, type Side } from '../line.js';

/** Steps of each side that do not count: what Node has not compiled yet takes either twice as long. */
const warmUpSteps = 2_500;

interface Measured {
  /** Steps a second. */
  readonly rate: number;
  /** Median of one step, milliseconds. */
  readonly stepMs: number;
}

/** Runs of planb; each step is two durable appends, intent and receipt. */
async function planbSteps(engine: Engine, first: number, runs: number, steps: number): Promise<Measured> {
  const ids = await Promise.all(Array.from({ length: runs }, (_, index) => engine.request(`t${first + index}`)));
  await Promise.all(ids.map(async (run) => engine.outcome(await engine.say('alice', { kind: 'vote', run, choice: 'approve' }))));
  const begun = new Map<string, number[]>(ids.map((run) => [run, []]));
  let left = runs * steps;
  // Nothing looks at the runs until their last step has begun: a hundred readers of whole records would be measured, not the steps.
  const last = new Promise<void>((resolve) => {
    engine.onStep = (run) => {
      begun.get(run)?.push(performance.now());
      left -= 1;
      if (left === 0) resolve();
    };
  });
  await Promise.all(ids.map((run) => engine.say('bob', { kind: 'vote', run, choice: 'approve' })));
  await last;
  for (const run of ids) await engine.until(run, ({ phase }) => phase === 'ended');
  return measured([...begun.values()], runs * steps);
}

/** From the beginnings of all steps, a list a run: the rate between the first and the last of them, and the median from one to the next of its run. */
function measured(begun: readonly (readonly number[])[], expected: number): Measured {
  const all = begun.flat();
  if (all.length !== expected) throw new Error(`${all.length} of ${expected} steps began`);
  const gaps = begun.flatMap((times) => times.slice(1).map((time, index) => time - (times[index] ?? time)));
  return { rate: (expected - 1) / ((Math.max(...all) - Math.min(...all)) / 1_000), stepMs: median(gaps) };
}

const dbosBegun: number[][] = [];
const workflow = DBOS.registerWorkflow(async (steps: number): Promise<void> => {
  const begun: number[] = [];
  dbosBegun.push(begun);
  for (let index = 0; index < steps; index += 1) await DBOS.runStep(() => { begun.push(performance.now()); return Promise.resolve(null); }, { name: `s${index}` });
}, { name: 'bench' });

async function dbosSteps(runs: number, steps: number): Promise<Measured> {
  dbosBegun.length = 0;
  const handles = await Promise.all(Array.from({ length: runs }, () => DBOS.startWorkflow(workflow)(steps)));
  await Promise.all(handles.map((handle) => handle.getResult()));
  return measured(dbosBegun, runs * steps);
}

/** Durable steps that do nothing: one run, and many at once, against DBOS Transact on the same PostgreSQL. */
export const steps: Line = {
  name: 'steps', title: 'durable no-op steps',
  measure: async (services, { quick, rounds }) => {
    const shapes = [{ title: 'one run', runs: 1, steps: quick ? 20 : 100 }, { title: quick ? '10 runs at once' : '100 runs at once', runs: quick ? 10 : 100, steps: quick ? 10 : 20 }];
    const silent = { info: () => undefined, debug: () => undefined, warn: () => undefined, error: (message: unknown) => { console.error(message); } };
    DBOS.setConfig({ name: 'bench', systemDatabaseUrl: await services.createDatabase('dbos'), logger: silent });
    await DBOS.launch();
    const figures: Figure[] = [];
    try {
      for (const [index, shape] of shapes.entries()) {
        const engine = await startEngine(services, { database: `steps${index}`, targets: shape.runs, steps: shape.steps });
        const [own, peer]: [Measured[], Measured[]] = [[], []];
        try {
          for (let warm = 0; warm < Math.ceil((quick ? 20 : warmUpSteps) / (shape.runs * shape.steps)); warm += 1) {
            await planbSteps(engine, 0, shape.runs, shape.steps);
            await dbosSteps(shape.runs, shape.steps);
          }
          for (let round = 0; round < rounds; round += 1) {
            own.push(await planbSteps(engine, 0, shape.runs, shape.steps));
            peer.push(await dbosSteps(shape.runs, shape.steps));
          }
        } finally {
          await engine.close();
        }
        const side = (name: string, unit: string, values: readonly number[]): Side => ({ name, unit, rounds: values });
        figures.push(
          { what: `${shape.title}: steps a second`, planb: side('planb', '/s', own.map(({ rate }) => rate)), peer: side('DBOS Transact', '/s', peer.map(({ rate }) => rate)), compared: 'ratio', budget: { is: 'at least', value: 1.5 } },
          { what: `${shape.title}: median of a step`, planb: side('planb', 'ms', own.map(({ stepMs }) => stepMs)), peer: side('DBOS Transact', 'ms', peer.map(({ stepMs }) => stepMs)), compared: 'ratio', budget: { is: 'at most', value: 1 } },
        );
      }
    } finally {
      await DBOS.shutdown();
    }
    return figures;
  },
};
