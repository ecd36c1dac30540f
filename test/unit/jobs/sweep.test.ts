import { describe, expect, it } from 'vitest';
import { Patience } from '../../../jobs/sweep.js';
import type { WakeUp } from '../../../src/ports/store.js';

const board: WakeUp = { queue: 'chat', do: 'board', id: 'b1' };
const run: WakeUp = { queue: 'work', do: 'run', id: '7KQ' };

/** At which seconds of the first three minutes, one look a second, something overdue all the time is woken. */
function wokenAt(patience: Patience, overdue: readonly WakeUp[]): number[] {
  return Array.from({ length: 180 }, (_, second) => second).filter((second) => patience.choose(overdue, second * 1_000).length > 0);
}

describe('the patience of the sweep', () => {
  it('wakes at once, then ever more rarely, at last every half minute', () => {
    expect(wokenAt(new Patience(), [board])).toEqual([0, 1, 3, 7, 15, 31, 61, 91, 121, 151]);
  });

  it('is about each thing by itself', () => {
    const patience = new Patience();
    expect(patience.choose([board], 0)).toEqual([board]);
    expect(patience.choose([board, run], 500)).toEqual([run]);
  });

  it('begins anew for what was in order in between', () => {
    const patience = new Patience();
    wokenAt(patience, [board]);
    expect(patience.choose([], 200_000)).toEqual([]);
    expect(patience.choose([board], 201_000)).toEqual([board]);
  });
});
