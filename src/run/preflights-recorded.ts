import { z } from 'zod';
import type { PreflightRecord } from '../ports/preflights.js';
import type { RunEvent } from './events.js';
import type { RunState } from './state.js';

/** What the receipt of `preflight.record` says. */
const receiptSchema = z.object({
  release: z.string(), digest: z.string().optional(), moving: z.boolean().optional(), commit: z.string().optional(),
  health: z.array(z.object({ url: z.string(), saw: z.string(), ms: z.number() })),
});

/** The last known good releases that these events' receipts tell of, to be kept with them. */
export function preflightsRecorded(events: readonly RunEvent[], after: RunState): readonly PreflightRecord[] {
  return events.flatMap((event) => {
    if (event.type !== 'StepSucceeded' || after.plan?.steps.find(({ id }) => id === event.step)?.uses !== 'preflight.record') return [];
    const parsed = receiptSchema.safeParse(event.receipt);
    // Somebody's "It was done" records nothing.
    if (!parsed.success) return [];
    const { release: name, digest, moving, commit, health } = parsed.data;
    const release = { name, ...(digest === undefined ? {} : { digest }), ...(moving === undefined ? {} : { moving }) };
    return [{ target: after.target, run: after.id, step: event.step, release, health, recordedAt: event.at, ...(commit === undefined ? {} : { commit }) }];
  });
}
