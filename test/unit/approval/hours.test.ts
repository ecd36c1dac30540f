import { expect, test } from 'vitest';
import { areHours, isWithinHours } from '../../../src/approval/hours.js';

const at = (iso: string): number => Date.parse(iso);

test.each([
  ['09:00-18:00 Europe/Berlin', '2026-07-01T07:00:00Z', true],
  ['09:00-18:00 Europe/Berlin', '2026-07-01T06:59:59Z', false],
  ['09:00-18:00 Europe/Berlin', '2026-07-01T16:00:00Z', false],
  // Winter: an hour later by UTC.
  ['09:00-18:00 Europe/Berlin', '2026-01-05T07:30:00Z', false],
  ['09:00-18:00 Europe/Berlin', '2026-01-05T16:59:00Z', true],
  ['22:00-06:00 UTC', '2026-01-05T23:00:00Z', true],
  ['22:00-06:00 UTC', '2026-01-05T05:59:00Z', true],
  ['22:00-06:00 UTC', '2026-01-05T06:00:00Z', false],
  ['Mon-Fri 09:00-18:00 UTC', '2026-01-03T10:00:00Z', false],
  ['Mon-Fri 09:00-18:00 UTC', '2026-01-05T10:00:00Z', true],
  // The night of Friday ends on Saturday morning; the one of Sunday has not begun.
  ['Mon-Fri 22:00-06:00 UTC', '2026-01-03T05:00:00Z', true],
  ['Mon-Fri 22:00-06:00 UTC', '2026-01-05T05:00:00Z', false],
  ['Sat 00:00-24:00 UTC', '2026-01-03T23:59:00Z', true],
  ['always', '2026-01-03T23:59:00Z', true],
])('%s at %s: %s', (hours, when, inside) => {
  expect(areHours(hours)).toBe(true);
  expect(isWithinHours(hours, at(when))).toBe(inside);
});

test.each(['', '09:00-18:00', '9-18 UTC', '09:00-18:00 Mars/Base', '24:00-25:00 UTC', '09:00-09:00 UTC', '09:00-24:30 UTC', 'never', '09:00-18:00 UTC; x'])('%j is no time of day, and never', (hours) => {
  expect(areHours(hours)).toBe(false);
  expect(isWithinHours(hours, at('2026-01-05T10:00:00Z'))).toBe(false);
});
