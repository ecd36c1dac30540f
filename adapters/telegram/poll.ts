import { z } from 'zod';

import type { Log } from '../../src/ports/log.js';
import type { BotApi } from './bot-api.js';
import { isConflict } from './chat-error.js';
import { explainFailure, pauseAfter } from './failure.js';
import type { TelegramTiming } from './options.js';
import { hasAborted, pause } from './pause.js';
import type { Received } from './receive.js';
import { ALLOWED_UPDATES, NumberedUpdate } from './updates/schema.js';

export interface PollParts {
  readonly api: BotApi;
  readonly receive: (update: unknown) => Promise<Received>;
  readonly timing: TelegramTiming;
  readonly log: Log;
  /** The last contact with Telegram; undefined: it worked. */
  readonly contact: (problem: string | undefined) => void;
}

/** What Telegram itself needs to answer on top of the time it holds a poll open. */
const ANSWER_SPARE_MS = 15_000;

/**
 * Polls until `stopping` aborts. Telegram forgets an update when a later offset is asked for, so the offset moves only past what has been
 * stored: after a crash or a failed write Telegram delivers the rest again.
 *
 * Leadership is lost when PostgreSQL is, and then people still have to be told that nothing can be stored. So a lost leader goes on until storing
 * works again or another process polls (Telegram itself lets only one: 409), and then returns to compete for its turn.
 */
export async function poll(parts: PollParts, stopping: AbortSignal, leading: AbortSignal): Promise<void> {
  let offset: number | undefined;
  let failures = 0;
  let reported = '';
  while (!hasAborted(stopping)) {
    try {
      for (const update of await getUpdates(parts, offset, stopping)) {
        if (hasAborted(stopping)) return;
        const received = await parts.receive(update);
        offset = Math.max(offset ?? 0, update.update_id + 1);
        if (hasAborted(leading) && received === 'stored') return;
      }
      if (failures > 0) parts.log.info({}, 'Telegram updates are received again');
      failures = 0;
      reported = '';
    } catch (error) {
      if (hasAborted(stopping) || (hasAborted(leading) && isConflict(error))) return;
      failures += 1;
      const problem = explainFailure(error);
      if (problem !== reported) parts.log.warn({ error: String(error) }, problem);
      reported = problem;
      await pause(pauseAfter(error, failures, parts.timing.backoffMs), stopping);
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
    if (!hasAborted(signal)) contact(explainFailure(error));
    throw error;
  }
}
