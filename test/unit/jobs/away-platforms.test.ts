import { expect, test } from 'vitest';
import { AwayPlatforms } from '../../../jobs/away-platforms.js';

function platforms() {
  let now = 1_000;
  return { away: new AwayPlatforms(() => now), pass: (ms: number) => { now += ms; } };
}

test('one failure is not an outage', () => {
  const { away } = platforms();
  away.failed('slack');
  away.failed('slack');
  away.answered('slack');
  away.failed('slack');
  expect(away.wait('slack')).toBe(0);
});

test('while a platform is away one sending at a time finds out whether it is back', () => {
  const { away, pass } = platforms();
  for (let failures = 0; failures < 3; failures += 1) away.failed('slack');
  expect(away.wait('slack')).toBeGreaterThan(0);
  expect(away.wait('telegram')).toBe(0);
  pass(3_000);
  expect(away.wait('slack')).toBe(0);
  away.calling('slack');
  // The probe hangs: nobody else hangs with it.
  pass(10_000);
  expect(away.wait('slack')).toBeGreaterThan(0);
  away.failed('slack');
  expect(away.wait('slack')).toBeGreaterThan(0);
  pass(3_000);
  away.calling('slack');
  away.answered('slack');
  expect(away.wait('slack')).toBe(0);
});

test('a probe that never reports does not close a platform for ever', () => {
  const { away, pass } = platforms();
  for (let failures = 0; failures < 3; failures += 1) away.failed('slack');
  pass(3_000);
  away.calling('slack');
  pass(15_000);
  expect(away.wait('slack')).toBe(0);
});
