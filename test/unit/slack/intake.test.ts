import { webApi } from '@slack/bolt';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ActorReader } from '../../../adapters/slack/actor.js';
import { IdentityReader } from '../../../adapters/slack/identity.js';
import { ANSWER_WITHIN_MS, Intake } from '../../../adapters/slack/receive/intake.js';
import { ReplySender } from '../../../adapters/slack/send/reply-to.js';
import { wordsOf } from '../../../adapters/slack/words.js';

const SLACK_WAITS_MS = 3_000;
const to = { actor: { platform: 'slack', userId: 'U01ALICE', displayName: 'alice' }, place: { platform: 'slack', channel: 'C0123456' } } as const;

class SlowReplies extends ReplySender {
  override send(): Promise<void> {
    return new Promise((resolve) => { setTimeout(resolve, 1_500); });
  }
}

/** An intake whose answers to people take Slack 1.5 s. */
function intake(): Intake {
  const client = new webApi.WebClient('xoxb-1');
  return new Intake({
    identity: new IdentityReader(client), actors: new ActorReader(client, Date.now), accept: () => Promise.reject(new Error('PostgreSQL is away')),
    replies: new SlowReplies(client, 'https://slack.com/api/'), words: wordsOf('en'), log: pino({ level: 'silent' }),
  });
}

beforeEach(() => { vi.useFakeTimers(); });
afterEach(() => { vi.useRealTimers(); });

it('a slow Slack has the time that is left to tell a person, so that what failed at once is not called unacknowledged', async () => {
  const telling = intake().tell(to, 'not stored', performance.now() + ANSWER_WITHIN_MS);
  await vi.advanceTimersByTimeAsync(1_500);
  await expect(telling).resolves.toBeUndefined();
});

it('telling ends before Slack gives up, also where the store has used up the time', async () => {
  const telling = expect(intake().tell(to, 'not confirmed', performance.now())).rejects.toMatchObject({ code: 'deadline' });
  await vi.advanceTimersByTimeAsync(SLACK_WAITS_MS - ANSWER_WITHIN_MS);
  await telling;
});
