import { z } from 'zod';
import type { Action } from '../../src/ports/action.js';
import { durationInput, sayDuration } from './duration-input.js';

const input = z.strictObject({ for: durationInput });
type Input = z.output<typeof input>;

/** Does nothing for a while. The end counts from the first attempt: a worker that takes over waits the rest only. */
export const waitAction: Action<Input> = {
  name: 'wait',
  summary: 'Waits for a duration; a worker that takes over waits only what is left.',
  input,
  remote: 'irrelevant',
  defaultTimeoutMs: 24 * 3_600_000,
  describe: (given) => ({
    commands: [`sleep ${given.for / 1_000}`],
    effect: 'idempotent',
    destructive: false,
    changes: [],
    estimateMs: given.for,
  }),
  before: (context, given) => Promise.resolve({ until: context.firstStartedAt + given.for }),
  execute: async (context, given) => {
    const until = context.firstStartedAt + given.for;
    for (;;) {
      const left = until - context.now();
      if (left <= 0) return { ok: true, receipt: { until: new Date(until).toISOString() } };
      context.progress(`${sayDuration(left)} left`);
      await context.pause(Math.min(left, 5_000));
    }
  },
  probe: (context, _given, undo) => {
    const until = typeof undo?.['until'] === 'number' ? undo['until'] : undefined;
    if (until === undefined) return Promise.resolve({ outcome: 'absent', saw: 'no deadline was stored' });
    const iso = new Date(until).toISOString();
    return Promise.resolve(
      until <= context.now()
        ? { outcome: 'happened', receipt: { until: iso }, saw: `the wait was over at ${iso}` }
        : { outcome: 'absent', saw: `the wait lasts until ${iso}` },
    );
  },
};
