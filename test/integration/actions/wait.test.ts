import { describe, expect, it } from 'vitest';

import { waitAction } from '../../../jobs/actions/wait.js';
import { stepContext } from './step-context.js';

const input = waitAction.input.parse({ for: '90s' });

describe('wait', () => {
  it('counts from the first attempt when a worker takes over', async () => {
    let now = 1_000_000;
    const pauses: number[] = [];
    const clock = { now: () => now, pause: (ms: number) => { pauses.push(ms); now += ms; return Promise.resolve(); } };
    const { context } = await stepContext({ ...clock, firstStartedAt: now });
    const undo = await waitAction.before?.(context, input);
    expect(undo).toEqual({ until: 1_090_000 });

    // The first worker dies after a minute; the second one, on a machine of its own, starts the step again.
    now += 60_000;
    const { context: second } = await stepContext({ ...clock, firstStartedAt: 1_000_000 });
    expect(await waitAction.probe?.(second, input, undo)).toMatchObject({ outcome: 'absent' });
    expect(await waitAction.before?.(second, input)).toEqual(undo);
    expect(await waitAction.execute(second, input)).toMatchObject({ ok: true });
    expect(pauses.reduce((sum, ms) => sum + ms, 0)).toBe(30_000);
    expect(await waitAction.probe?.(second, input, undo)).toMatchObject({ outcome: 'happened' });
  });
});
