import { expect, test } from 'vitest';
import { AcceptedRequests } from '../../../adapters/slack/receive/accepted-requests.js';

const start = 1_800_000_000;

test('a signature is taken once while it is valid', () => {
  const accepted = new AcceptedRequests();
  expect(accepted.take('a', start, start * 1000)).toBe(true);
  expect(accepted.take('a', start, (start + 300) * 1000)).toBe(false);
  expect(accepted.take('b', start, start * 1000)).toBe(true);
});

test('one that was not stored may come again', () => {
  const accepted = new AcceptedRequests();
  accepted.take('a', start, start * 1000);
  accepted.release('a');
  expect(accepted.take('a', start, start * 1000)).toBe(true);
});

test('what is no longer valid is forgotten, whatever comes', () => {
  const accepted = new AcceptedRequests();
  for (let second = 0; second < 2_000; second += 1) accepted.take(`s${String(second)}`, start + second, (start + second) * 1000);
  expect(accepted.size).toBeLessThanOrEqual(302);
});

test('a flood forgets the oldest first and stays bounded', () => {
  const accepted = new AcceptedRequests(100);
  for (let count = 0; count < 1_000; count += 1) accepted.take(`s${String(count)}`, start, start * 1000);
  expect(accepted.size).toBe(100);
  expect(accepted.take('s999', start, start * 1000)).toBe(false);
  expect(accepted.take('s0', start, start * 1000)).toBe(true);
});
