import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editDistance, nearestWord } from '../../../src/nearest-word.js';

describe('nearestWord', () => {
  it.each<[string, readonly string[], string | undefined]>([
    ['requestors', ['requesters', 'releases'], 'requesters'],
    ['tilte', ['title', 'runbook'], 'title'],
    ['RUNBOOK', ['runbook', 'runbooks'], 'runbook'],
    ['zebra', ['title', 'runbook'], undefined],
    ['', ['a'], undefined],
    ['x'.repeat(65), ['x'.repeat(64)], undefined],
  ])('%j', (word, candidates, nearest) => {
    expect(nearestWord(word, candidates)).toBe(nearest);
  });

  it('finds a candidate after any one slip of the pen', () => {
    const words = ['requesters', 'channels', 'environment', 'approval'];
    fc.assert(
      fc.property(fc.constantFrom(...words), fc.nat(), fc.constantFrom('drop', 'double', 'swap'), (word, place, slip) => {
        const at = place % (word.length - 1);
        const letter = word.charAt(at);
        const typed = slip === 'drop' ? word.slice(0, at) + word.slice(at + 1) : slip === 'double' ? word.slice(0, at) + letter + word.slice(at) : word.slice(0, at) + word.charAt(at + 1) + letter + word.slice(at + 2);
        expect(nearestWord(typed, words)).toBe(word);
        expect(editDistance(typed, word)).toBeLessThanOrEqual(1);
      }),
    );
  });
});
