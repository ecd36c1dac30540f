import { expect, test } from 'vitest';
import { replay } from '../../../src/run/evolve.js';
import type { RunEvent } from '../../../src/run/events.js';
import { priorEffectAt } from '../../../src/run/prior-effect.js';
import { begun, planOf, startedWith, step, succeeded, t0 } from './sample.js';
import type { PlannedStep } from '../../../src/plan/plan.js';

/** When what the last of these steps follows began to act, in milliseconds after the start. */
function priorTo(steps: readonly PlannedStep[], ...events: readonly RunEvent[]): number | undefined {
  const plan = planOf(steps);
  const last = steps.at(-1);
  const at = last === undefined ? undefined : priorEffectAt(replay('7KQ', [...startedWith(plan), ...events]), last);
  return at === undefined ? undefined : at - t0;
}

const backup = step('backup', { effect: 'idempotent' });
const revert = step('revert', { needs: ['backup'] });
const look = step('look', { effect: 'read', needs: ['revert'] });
const check = step('check', { effect: 'read', needs: ['look'] });

test('is the beginning of the nearest step before it that does more than read', () => {
  expect(priorTo([backup, revert, look, check], begun('backup', 1, t0 + 1), succeeded('backup', {}, t0 + 2), begun('revert', 1, t0 + 3), succeeded('revert', {}, t0 + 4))).toBe(3);
});

test('passes over what was skipped before it began, and over what prepares', () => {
  expect(priorTo([backup, revert, look, check], begun('backup', 1, t0 + 1), succeeded('backup', {}, t0 + 2))).toBe(1);
  expect(priorTo([{ ...backup, prepare: true }, revert, check], begun('backup', 1, t0 + 1), succeeded('backup', {}, t0 + 2))).toBeUndefined();
});

test('is the earliest of several', () => {
  const dns = step('dns', { needs: ['backup'] });
  const both = { ...check, needs: ['revert', 'dns'] };
  expect(priorTo([backup, revert, dns, both], begun('backup', 1, t0 + 1), succeeded('backup', {}, t0 + 2), begun('dns', 1, t0 + 5), begun('revert', 1, t0 + 7))).toBe(5);
});

test('each step is looked at once, however many ways lead to it', () => {
  // 2^60 ways from the last one to the first.
  const layers = Array.from({ length: 60 }, (_, layer) => ['a', 'b'].map((side) => step(`${side}${String(layer)}`, { effect: 'read', needs: layer === 0 ? ['revert'] : [`a${String(layer - 1)}`, `b${String(layer - 1)}`] }))).flat();
  expect(priorTo([step('revert'), ...layers], begun('revert', 1, t0 + 1))).toBe(1);
});
