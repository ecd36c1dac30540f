import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { noteResult, underClaim } from '../../../jobs/chat-claim.js';
import { StoreError } from '../../../src/ports/store.js';

beforeEach(() => { vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout', 'performance'] }); });
afterEach(() => { vi.useRealTimers(); });

const away = (): StoreError => new StoreError('57P03', 'starting up', true, undefined);

test('a claim is renewed for as long as the work lasts, before it runs out, and no longer', async () => {
  const extended: number[] = [];
  let finish = (): void => undefined;
  const work = underClaim((forMs) => { extended.push(forMs); return Promise.resolve(); }, () => new Promise<string>((resolve) => { finish = () => { resolve('sent'); }; }));
  await vi.advanceTimersByTimeAsync(4_500);
  expect(extended).toHaveLength(4);
  expect(Math.min(...extended)).toBeGreaterThan(2_000);
  finish();
  expect(await work).toBe('sent');
  await vi.advanceTimersByTimeAsync(5_000);
  expect(extended).toHaveLength(4);
});

test('work goes on while its claim cannot be renewed', async () => {
  const work = underClaim(() => Promise.reject(away()), () => new Promise<string>((resolve) => { setTimeout(() => { resolve('sent'); }, 2_500); }));
  await vi.advanceTimersByTimeAsync(3_000);
  expect(await work).toBe('sent');
});

test('what was sent is noted after PostgreSQL is back, a bug is not repeated, and an absence without end is told', async () => {
  let tries = 0;
  const noted = noteResult(() => { tries += 1; return tries < 4 ? Promise.reject(away()) : Promise.resolve('noted'); });
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await noted).toBe('noted');
  expect(tries).toBe(4);
  await expect(noteResult(() => Promise.reject(new Error('a bug')))).rejects.toThrow('a bug');
  const never = noteResult(() => Promise.reject(away()));
  const told = expect(never).rejects.toThrow('starting up');
  await vi.advanceTimersByTimeAsync(15_000);
  await told;
});
