import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../../src/duration.js';

describe('parseDuration', () => {
  it.each<[string, number | undefined]>([
    ['500ms', 500],
    ['90s', 90_000],
    ['30m', 1_800_000],
    ['1.5h', 5_400_000],
    ['24h', 86_400_000],
    ['2d', 172_800_000],
    ['366d', 366 * 86_400_000],
    ['367d', undefined],
    ['30', undefined],
    ['-5m', undefined],
    ['1h30m', undefined],
    ['', undefined],
    ['1e9s', undefined],
  ])('%j', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it('never gives anything but whole milliseconds that a timer can hold', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^\d{1,12}(\.\d{1,3})?(ms|s|m|h|d)$/)), (text) => {
        const ms = parseDuration(text);
        expect(ms === undefined || (Number.isSafeInteger(ms) && ms >= 0)).toBe(true);
      }),
    );
  });
});
