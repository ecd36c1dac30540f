import { expect, it } from 'vitest';
import { builtPlanb } from '../support/built-planb.js';
import { killAtRandom } from './random-kills.js';

it('survives twenty random kills in the middle of several runs', { timeout: 600_000 }, async () => {
  const { problems, kills, runs, effects } = await killAtRandom({ program: await builtPlanb(), kills: 20, seed: 1, worlds: 1, targets: 3 });
  expect(problems).toEqual([]);
  expect(kills).toBe(20);
  expect(runs).toBeGreaterThan(0);
  expect(effects).toBeGreaterThanOrEqual(runs * 5);
});
