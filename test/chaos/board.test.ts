import { expect, it } from 'vitest';
import { builtPlanb } from '../support/built-planb.js';
import { playBoards } from './board/play.js';

// 200 runs of 30 steps at the published pace are `npm run chaos -- board`.

it('shows twenty live runs in four channels of both platforms within their limits, with a bot killed while it posts: everything that matters, in order, and nothing that the dead bot left does anything', { timeout: 1_200_000 }, async () => {
  // A tenth of the platforms' minutes; the pauses of a machine under load are not shortened, so some of what was let through may come too close together.
  const played = await playBoards(await builtPlanb(), { runs: 20, steps: 10, channels: 4, stepMs: 500, pace: 10, kills: 1, outageMs: 0 }, 900_000, () => undefined);
  expect(played.problems).toEqual([]);
  expect([played.live, played.killed]).toEqual([20, 1]);
  for (const platform of ['slack', 'telegram'] as const) expect(played.ratelimited[platform], platform).toBeLessThan(20);
});
