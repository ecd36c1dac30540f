import { expect, test } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { query } from '../../support/one-command.js';
import { startPlanb } from './planb.js';

test('appends to a live run change no indexed column, so PostgreSQL leaves the indexes of runs alone', async () => {
  const steps = 12;
  const { planb } = await startPlanb(Array.from({ length: steps }, (_unused, nth) => `\n  - { id: s${String(nth)}, uses: test.check }`).join(''));
  const run = await planb.start();
  await planb.until(run, ({ phase }) => phase === 'ended');
  // Connections tell what they did when they have been idle for a moment.
  await eventually(async () => {
    const [hot] = await query(planb.postgresUrl, `SELECT n_tup_hot_upd::int AS hot FROM pg_stat_user_tables WHERE relname = 'runs'`);
    expect(hot).toBeGreaterThanOrEqual(steps);
    return true;
  });
});
