import { z } from 'zod';

import type { BotApi } from './bot-api.js';
import { explainFailure, pauseAfter } from './failure.js';
import type { TelegramLog, TelegramTiming } from './options.js';
import { pause } from './pause.js';
import { ALLOWED_UPDATES, NumberedUpdate } from './updates/schema.js';

export interface PollParts {
  readonly api: BotApi;
  /** Rejects where the update could not be stored. */
  readonly receive: (update: unknown) => Promise<void>;
  readonly timing: TelegramTiming;
  readonly log: TelegramLog;
  /** The last contact with Telegram; undefined: it worked. */
  readonly contact: (problem: string | undefined) => void;
}

/** What Telegram itself needs to answer on top of the time it holds a poll open. */
const ANSWER_SPARE_MS = 15_000;

/**
 * Polls until the signal aborts. Telegram forgets an update when a later offset is asked for, so the offset moves only past what has been
 * stored: after a crash or a failed write Telegram delivers the rest again.
 */
export async function poll(parts: PollParts, signal: AbortSignal): Promise<void> {
  let offset: number | undefined;
  let failures = 0;
  let reported = '';
  while (!signal.aborted) {
    try {
      for (const update of await getUpdates(parts, offset, signal)) {
        if (signal.aborted) return;
        await parts.receive(update);
        offset = Math.max(offset ?? 0, update.update_id + 1);
      }
      if (failures > 0) parts.log.info({}, 'Telegram updates are received again');
      failures = 0;
      reported = '';
    } catch (error) {
      if (signal.aborted) return;
      failures += 1;
      const problem = explainFailure(error);
      if (problem !== reported) parts.log.warn({ error: String(error) }, problem);
      reported = problem;
      await pause(pauseAfter(error, failures, parts.timing.backoffMs), signal);
    }
  }
}

async function getUpdates({ api, timing, contact }: PollParts, offset: number | undefined, signal: AbortSignal): Promise<z.infer<typeof NumberedUpdate>[]> {
  try {
    const payload = { timeout: Math.round(timing.longPollMs / 1000), allowed_updates: ALLOWED_UPDATES, ...(offset === undefined ? {} : { offset }) };
    const answer = await api.call('getUpdates', payload, { signal, timeoutMs: timing.longPollMs + ANSWER_SPARE_MS });
    contact(undefined);
    return z.array(NumberedUpdate).parse(answer);
  } catch (error) {
    if (!signal.aborted) contact(explainFailure(error));
    throw error;
  }
}
