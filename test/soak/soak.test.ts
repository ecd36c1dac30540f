import { expect, it } from 'vitest';
import { builtPlanb } from '../support/built-planb.js';
import { soak } from './soak.js';

/** Far beyond what it needs, and far below what a leak of a megabyte a run would take. */
const generousMb = 500;

it('gives everything back after a minute of runs that end in every way', { timeout: 900_000 }, async () => {
  const { problems, kept, played, samples, idle } = await soak({ program: await builtPlanb(), minutes: 1, rate: 12, sampleEveryMs: 15_000 });
  expect(problems).toEqual([]);
  expect(Object.keys(played).sort()).toEqual(['expired', 'proven', 'rejected', 'skipped', 'verified']);
  expect(kept).toEqual({});
  for (const sample of [...samples, idle.after]) for (const who of ['bot', 'worker'] as const) expect(sample[who].rssMb).toBeLessThan(generousMb);
});
