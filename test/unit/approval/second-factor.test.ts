import { expect, it } from 'vitest';
import { tooManyCodes } from '../../../src/approval/judge.js';
import { evolve } from '../../../src/run/evolve.js';
import { emptyRun } from '../../../src/run/state.js';

const now = Date.UTC(2026, 2, 1, 3);
const people = Array.from({ length: 20 }, (_, index) => `person${String(index)}`);
const after = people.flatMap((who) => Array.from({ length: 5 }, () => who))
  .reduce((state, who) => evolve(state, { type: 'CommandRefused', at: now, who, via: 'cli', command: 'approve', code: 'code-wrong' }), emptyRun('7KQ2M'));

it('five wrong codes of a person end the looking, however many others try theirs on the same run', () => {
  expect(people.filter((who) => !tooManyCodes(after, who, now + 1_000))).toEqual([]);
  expect(tooManyCodes(after, 'person0', now + 10 * 60_000)).toBe(false);
  expect(tooManyCodes(after, 'somebody', now)).toBe(false);
});
