import { expect, test } from 'vitest';
import { StoreError, type Store } from '../../../src/ports/store.js';
import { query } from '../../support/one-command.js';
import { startPlanb, type Planb } from './planb.js';

const steps = `
  - { id: one, uses: test.plain }
  - { id: two, uses: test.plain }
  - { id: saved, uses: test.once }
  - { id: left, uses: test.plain }
  - { id: right, uses: test.plain, needs: [saved] }
  - { id: ready, uses: test.check, needs: [left, right] }
`;

/** The events of each append of the run, in their order. */
async function appends(planb: Planb, run: string): Promise<readonly (readonly string[])[]> {
  const said = await query(planb.postgresUrl, `SELECT string_agg(type || coalesce(' ' || (payload::jsonb->>'step'), ''), ', ' ORDER BY version) FROM events WHERE run_id = '${run}' GROUP BY xmin::text ORDER BY min(version)`);
  return said.map((all) => String(all).split(', '));
}

test('a receipt and the next intent are one append, unless something has to be saved before', async () => {
  const { planb } = await startPlanb(steps);
  const run = await planb.start();
  expect(await planb.until(run, ({ phase }) => phase === 'ended')).toMatchObject({ outcome: 'verified' });
  const all = await appends(planb, run);
  expect(all).toContainEqual(['RunStarted', 'StepStarted one']);
  expect(all).toContainEqual(['StepSucceeded one', 'StepStarted two']);
  expect(all).toContainEqual(['StepSucceeded two']);
  expect(all).toContainEqual(['StepStarted saved']);
  expect(all).toContainEqual(['StepSucceeded saved', 'StepStarted left', 'StepStarted right']);
  expect(planb.target.acted.map((attempt) => attempt.replace(run, '')).sort()).toEqual(['/left/1', '/one/1', '/ready/1', '/right/1', '/saved/1', '/two/1']);
});

/** A store whose answer to the first append that holds a receipt and an intent is lost with the connection. */
function losing(store: Store): Store {
  let lost = false;
  return { ...store, append: async (request) => {
    const result = await store.append(request);
    if (lost || request.events.length < 2 || request.events[0]?.type !== 'StepSucceeded') return result;
    lost = true;
    throw new StoreError('57P01', 'the connection ended', true, undefined);
  } };
}

test('an intent whose answer was lost is acted on by its owner, once', async () => {
  const { planb } = await startPlanb(steps, { through: losing });
  const run = await planb.start();
  expect(await planb.until(run, ({ phase }) => phase === 'ended')).toMatchObject({ outcome: 'verified' });
  expect(planb.target.times('two')).toBe(1);
  expect(await planb.events(run, 'StepOutcomeUnknown')).toEqual([]);
});

test('a step that fails, or is tolerated, lets others begin as before', async () => {
  const { planb } = await startPlanb(`
  - { id: one, uses: test.plain, continue-on-error: true }
  - { id: two, uses: test.plain, retry: { max: 1, delay: 1s } }
  - { id: ready, uses: test.check }
`);
  const failing = { ok: false, error: { code: 'exit-code', message: 'exit code 1' }, retryable: true } as const;
  planb.target.on('one', () => failing);
  planb.target.on('two', ({ attemptId }) => (attemptId.endsWith('/1') ? failing : { ok: true, receipt: {} }));
  const run = await planb.start();
  const ended = await planb.until(run, ({ phase }) => phase === 'ended');
  expect(ended.steps.map(({ status, attempt }) => [status, attempt])).toEqual([['tolerated', 1], ['succeeded', 2], ['succeeded', 1]]);
});
