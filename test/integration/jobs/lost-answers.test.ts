import { expect, test } from 'vitest';
import { StoreError, type Store } from '../../../src/ports/store.js';
import { startPlanb } from './planb.js';

const steps = `
  - { id: one, uses: test.plain }
  - { id: two, uses: test.plain }
  - { id: ready, uses: test.check }
`;

interface Gate {
  readonly open: () => void;
  readonly opened: Promise<void>;
}

function gate(): Gate {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => { open = resolve; });
  return { open, opened };
}

const lost = (): StoreError => new StoreError('57P01', 'the connection ended', true, undefined);

/** The first append with a receipt and an intent is held, and fails once the owner has read the run again where `when` says so. `kept`: it is on record nevertheless. */
function failing(kept: boolean, hit: Gate, when: (store: Store) => Promise<boolean>): (store: Store) => Store {
  return (store) => {
    const readAgain = gate();
    let held = false;
    let over = false;
    return {
      ...store,
      append: async (request) => {
        if (held || request.events[0]?.type !== 'StepSucceeded' || request.events.length < 2) return store.append(request);
        held = true;
        if (kept) await store.append(request);
        hit.open();
        await readAgain.opened;
        over = true;
        throw lost();
      },
      load: async (run) => {
        const enough = held && !over && await when(store);
        const found = await store.load(run);
        // Whoever reads has it before the append fails.
        if (enough) setImmediate(readAgain.open);
        return found;
      },
    };
  };
}

test('an append whose answer was lost is not made twice, also when its owner has read the run meanwhile', async () => {
  const { planb } = await startPlanb(steps, { through: failing(true, gate(), () => Promise.resolve(true)) });
  const run = await planb.start();
  await planb.until(run, ({ phase }) => phase === 'ended');
  expect((await planb.events(run, 'StepStarted')).map(({ step, attempt }) => `${step}/${attempt}`)).toEqual(['one/1', 'two/1', 'ready/1']);
  expect((await planb.events(run, 'StepSucceeded')).map(({ step }) => step)).toEqual(['one', 'two', 'ready']);
});

test('an append that is tried again after a Stop begins nothing', async () => {
  const hit = gate();
  let run = '';
  const { planb } = await startPlanb(steps, { through: failing(false, hit, async (store) => (await store.load(run)).events.some(({ type }) => type === 'RunEnding')) });
  run = await planb.request();
  await planb.vote('alice', run);
  await planb.vote('bob', run);
  await hit.opened;
  await planb.answer('alice', run, 'stop');
  await planb.until(run, ({ phase }) => phase === 'ended');
  expect((await planb.events(run, 'StepStarted')).map(({ step }) => step)).toEqual(['one']);
});

test('a worker that was told to leave while PostgreSQL is away begins nothing when it is back', async () => {
  let away = false;
  const hit = gate();
  const through = (store: Store): Store => ({
    ...store,
    append: async (request) => {
      if (!away || request.token === undefined) return store.append(request);
      hit.open();
      throw lost();
    },
  });
  const { planb, workers: [worker] } = await startPlanb(steps, { through });
  const one = planb.target.slow('one');
  const run = await planb.start();
  await planb.untilStep(run, 'one', 'running');
  away = true;
  one.finish();
  await hit.opened;
  const stopped = worker?.stop(0);
  away = false;
  await stopped;
  expect((await planb.state(run)).steps.map(({ status }) => status)).toEqual(['succeeded', 'pending', 'pending']);
  expect(planb.target.times('two')).toBe(0);
});

test('a renewal that began before a run was given back does not end its next carrying', async () => {
  const [asked, released, acting, answered] = [gate(), gate(), gate(), gate()];
  let armed = true;
  const through = (store: Store): Store => ({
    ...store,
    releaseLease: async (...args) => {
      if (!armed) return store.releaseLease(...args);
      await asked.opened;
      const given = await store.releaseLease(...args);
      if (given) {
        armed = false;
        released.open();
      }
      return given;
    },
    renewLeases: async (...args) => {
      if (!armed) return store.renewLeases(...args);
      asked.open();
      await released.opened;
      const held = await store.renewLeases(...args);
      await acting.opened;
      setImmediate(answered.open);
      return held;
    },
  });
  const { planb } = await startPlanb(steps, { through });
  const { finish } = planb.target.slow('one');
  const run = await planb.request();
  await released.opened;
  await planb.vote('alice', run);
  await planb.vote('bob', run);
  await planb.untilStep(run, 'one', 'running');
  acting.open();
  await answered.opened;
  finish();
  expect(await planb.until(run, ({ phase }) => phase === 'ended')).toMatchObject({ outcome: 'verified' });
  expect(planb.target.aborted).toEqual([]);
});
