import type { webApi } from '@slack/bolt';
import type { Details } from '../../../src/board/model.js';
import type { Mentions, MessageRef } from '../../../src/ports/chat.js';
import type { SlackLog } from '../options.js';
import type { SlackContent } from '../render/board.js';
import { escapeMrkdwn } from '../render/clean-text.js';
import { detailsChunks, detailsMessage, detailsText } from '../render/details.js';
import { preformatted, richBlock } from '../render/rich-text.js';
import { wordsOf } from '../words.js';
import { toChatError } from './chat-error.js';

/** About one message a second a channel is allowed; more would starve the board. */
const MAX_CHUNKS = 3;

/** Details in the board's thread: a message, or a file where they are long, or a few messages where Slack refuses the file. */
export class DetailsSender {
  readonly #client: webApi.WebClient;
  readonly #log: SlackLog;
  readonly #locale: 'en' | 'ru';

  constructor(client: webApi.WebClient, log: SlackLog, locale: 'en' | 'ru') {
    this.#client = client;
    this.#log = log;
    this.#locale = locale;
  }

  async send(board: MessageRef, details: Details, mentions: Mentions): Promise<void> {
    const thread = board.thread ?? board.message;
    const content = detailsMessage(details, mentions);
    if (content !== undefined) return this.#post(board.channel, thread, content);
    try {
      await this.#client.filesUploadV2({
        channel_id: board.channel,
        thread_ts: thread,
        filename: 'details.txt',
        title: details.title,
        content: detailsText(details, mentions),
      });
    } catch (error) {
      const failed = toChatError(error, 'upload details');
      if (failed.code !== 'refused') throw failed;
      this.#log.warn({ err: failed }, 'Slack refused the file; sending details as messages');
      await this.#postChunks(board.channel, thread, detailsChunks(details, mentions));
    }
  }

  async #postChunks(channel: string, thread: string, chunks: readonly string[]): Promise<void> {
    for (const chunk of chunks.slice(0, MAX_CHUNKS)) {
      const block = richBlock([preformatted(chunk)]);
      await this.#post(channel, thread, { text: escapeMrkdwn(chunk.slice(0, 300)) || '…', blocks: block === undefined ? [] : [block] });
    }
    if (chunks.length > MAX_CHUNKS) await this.#post(channel, thread, { text: wordsOf(this.#locale).detailsCut, blocks: [] });
  }

  async #post(channel: string, thread: string, content: SlackContent): Promise<void> {
    try {
      await this.#client.chat.postMessage({ channel, thread_ts: thread, ...content, unfurl_links: false, unfurl_media: false });
    } catch (error) {
      throw toChatError(error, 'post details');
    }
  }
}
