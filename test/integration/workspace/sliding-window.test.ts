import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SlidingWindow } from '../../../demo/workspace/sliding-window.js';

it('never accepts more than max in any window, and says exactly how long to wait', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 50 }), fc.array(fc.integer({ min: 0, max: 30 })), (max, perMs, gaps) => {
      const window = new SlidingWindow({ max, perMs });
      const accepted: number[] = [];
      let now = 0;
      for (const gap of gaps) {
        now += gap;
        const delay = window.delay('key', now);
        if (delay > 0) {
          if (delay > 1) expect(window.delay('key', now + delay - 1)).toBeGreaterThan(0);
          expect(window.delay('key', now + delay)).toBe(0);
          now += delay;
        }
        window.accept('key', now);
        accepted.push(now);
      }
      for (const time of accepted) {
        expect(accepted.filter((other) => other > time - perMs && other <= time).length).toBeLessThanOrEqual(max);
      }
    }),
  );
});

it('counts each key by itself', () => {
  const window = new SlidingWindow({ max: 1, perMs: 100 });
  window.accept('a', 0);
  expect(window.delay('a', 40)).toBe(60);
  expect(window.delay('b', 40)).toBe(0);
});
