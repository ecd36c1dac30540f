import fc from 'fast-check';
import { expect, test } from 'vitest';

import { keepEnds } from '../../../adapters/process/kept-output.js';

test('what is kept is the two ends, within the limit, and every other byte is counted', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme', maxLength: 30 }), { maxLength: 60 }), fc.integer({ min: 8, max: 200 }), (parts, limit) => {
      const kept = keepEnds(limit);
      parts.forEach((part) => kept.add(part));
      const { text, droppedBytes } = kept.finish();
      const whole = Buffer.from(parts.join('')).toString('utf8');
      const [head = '', tail = ''] = text.split(`\n[… ${droppedBytes} bytes left out …]\n`);
      expect(whole.startsWith(head)).toBe(true);
      expect(whole.endsWith(tail)).toBe(true);
      expect(Buffer.byteLength(head) + Buffer.byteLength(tail) + droppedBytes).toBe(Buffer.byteLength(whole));
      expect(Buffer.byteLength(head) + Buffer.byteLength(tail)).toBeLessThanOrEqual(limit);
      if (Buffer.byteLength(whole) <= limit / 2) expect(text).toBe(whole);
    }),
    { numRuns: 500 },
  );
});
