import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { missingFrom } from '../../../jobs/actions/json-subset.js';
import type { Json } from '../../../src/plan/plan.js';

const json = fc.jsonValue().map((value) => JSON.parse(JSON.stringify(value)) as Json);

describe('what an answer lacks of what was expected', () => {
  it('is nothing when the answer is what was expected', () => {
    fc.assert(fc.property(json, (value) => { expect(missingFrom(value, value)).toEqual([]); }));
  });

  it('is nothing when the answer holds more keys', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), json), fc.dictionary(fc.string(), json), (more, expected) => {
        expect(missingFrom({ ...more, ...expected }, expected)).toEqual([]);
      }),
    );
  });

  it('names the place', () => {
    expect(missingFrom({ checks: [{ db: 'Not connected' }] }, { checks: [{ db: 'connected' }] })).toEqual([
      { path: 'checks[0].db', expected: 'connected', actual: 'Not connected' },
    ]);
    expect(missingFrom({}, { constructor: { name: 'x' } })).toEqual([{ path: 'constructor', expected: { name: 'x' } }]);
    expect(missingFrom([1, 2], [1])).toEqual([{ path: '', expected: [1], actual: [1, 2] }]);
  });
});
