import type { webApi } from '@slack/bolt';
import type { Delivery } from '../../../src/command/command.js';
import { ChatError } from '../../../src/ports/chat.js';
import type { SlackContent } from '../render/board.js';
import { slackErrorOf, toChatError } from './chat-error.js';

const TIMEOUT_MS = 5000;
/** planb is not in the channel, or the person left it: the conversation with the person remains. */
const NOT_THERE = new Set(['not_in_channel', 'channel_not_found', 'user_not_in_channel', 'is_archived']);

export type ReplyTo = Pick<Delivery, 'actor' | 'place' | 'replyHandle'>;

/** Answers one person: by the command's response URL, else as an ephemeral message, else in the conversation with them. */
export class ReplySender {
  readonly #client: webApi.WebClient;
  readonly #apiUrl: string;

  constructor(client: webApi.WebClient, apiUrl: string) {
    this.#client = client;
    this.#apiUrl = apiUrl;
  }

  async send(to: ReplyTo, content: SlackContent): Promise<void> {
    if (to.replyHandle !== undefined && (await this.#byResponseUrl(to.replyHandle, to.place.thread, content))) return;
    const { userId } = to.actor;
    try {
      const thread = to.place.thread === undefined ? {} : { thread_ts: to.place.thread };
      await this.#client.chat.postEphemeral({ channel: to.place.channel, user: userId, ...thread, ...content });
    } catch (error) {
      if (!NOT_THERE.has(slackErrorOf(error) ?? '')) throw toChatError(error, 'answer a person');
      await this.#direct(userId, content);
    }
  }

  async #direct(userId: string, content: SlackContent): Promise<void> {
    try {
      await this.#client.chat.postMessage({ channel: userId, ...content, unfurl_links: false, unfurl_media: false });
    } catch (error) {
      throw toChatError(error, 'answer a person directly');
    }
  }

  /** False where the URL is spent (5 uses, 30 minutes), so that another way is taken. */
  async #byResponseUrl(url: string, thread: string | undefined, content: SlackContent): Promise<boolean> {
    if (!isSlackAddress(url, this.#apiUrl)) return false;
    const body = { ...content, response_type: 'ephemeral', replace_original: false, ...(thread === undefined ? {} : { thread_ts: thread }) };
    let answer: Response;
    try {
      answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        redirect: 'error',
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
    } catch (error) {
      throw new ChatError('unavailable', 'Slack: the response URL could not be reached', { cause: error });
    }
    await answer.body?.cancel();
    if (answer.ok) return true;
    if (answer.status === 429) {
      const seconds = Number.parseInt(answer.headers.get('retry-after') ?? '', 10);
      throw new ChatError('rate-limited', 'Slack: the response URL is rate limited', Number.isNaN(seconds) ? {} : { retryAfterMs: seconds * 1000 });
    }
    if (answer.status >= 500) throw new ChatError('unavailable', `Slack: the response URL answered ${answer.status}`);
    return false;
  }
}

/** A response URL is stored with its delivery for a while; nothing but Slack is ever posted to, whatever a row says. */
export function isSlackAddress(url: string, apiUrl: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname, origin } = new URL(url);
  if (origin === new URL(apiUrl).origin) return true;
  return protocol === 'https:' && (hostname.endsWith('.slack.com') || hostname.endsWith('.slack-gov.com'));
}
