import { expect, test } from 'vitest';
import { untilTurn } from '../../../jobs/chat-retry.js';

test('a turn that comes soon is waited for as foretold', () => {
  expect(untilTurn(1)).toBe(1);
  expect(untilTurn(2_000)).toBe(2_000);
});

test('a later one is asked for again on the way, since those before it may leave the line', () => {
  expect(untilTurn(3_000)).toBe(2_000);
  expect(untilTurn(30_000)).toBe(15_000);
  // Hundreds that stand there must not keep the bot busy with asking.
  expect(untilTurn(240_000)).toBe(20_000);
});
