import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';

import { abortAfter } from '../../../jobs/abort-after.js';
import { collectGarbage } from '../../support/collect-garbage.js';

/** Listens to a signal that nothing else holds on to, as a request does. */
function heard(limitMs: number): Promise<unknown> {
  const outer = new AbortController();
  const nested = AbortSignal.any([outer.signal, AbortSignal.any([outer.signal, abortAfter(limitMs)])]);
  return once(nested, 'abort').then(() => nested.reason as unknown);
}

test('a limit within AbortSignal.any outlives a garbage collection', async () => {
  const ended = heard(100);
  for (let times = 0; times < 3; times += 1) {
    await turn();
    collectGarbage();
  }
  expect(await ended).toMatchObject({ name: 'TimeoutError' });
});

test('a limit beyond the longest timer does not end at once', async () => {
  const signal = abortAfter(2 ** 40);
  await turn();
  expect(signal.aborted).toBe(false);
});
