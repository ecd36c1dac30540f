import { expect, it } from 'vitest';
import { builtPlanb } from '../support/built-planb.js';
import { allCells, playCells, sayCell } from './matrix.js';

// The whole matrix, every point with every fault, is `npm run chaos`.

it('survives kill -9 at every point: nothing lost, nothing twice, nothing reported that is not', { timeout: 900_000 }, async () => {
  const cells = allCells(['once'], ['kill']);
  const results = await playCells(await builtPlanb(), cells, 2, () => undefined);
  expect(results.filter(({ problems }) => problems.length > 0)).toEqual([]);
  expect(results.map(({ point, fault }) => `${fault} at: ${point}`).sort()).toEqual(cells.map(sayCell).sort());
});
