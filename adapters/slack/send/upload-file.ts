import type { webApi } from '@slack/bolt';
import type { MessageRef } from '../../../src/ports/chat.js';
import type { SlackLog } from '../options.js';
import { escapeMrkdwn } from '../render/clean-text.js';
import { textChunks } from '../render/details.js';
import { preformatted, richBlock } from '../render/rich-text.js';
import { wordsOf } from '../words.js';
import type { SlackContent } from '../render/board.js';
import { toChatError } from './chat-error.js';

/** About one message a second a channel is allowed; more would starve the board. */
const MAX_CHUNKS = 3;

/** Text files in the thread of a board, or a few messages where Slack refuses them (no `files:write`). */
export class FileUploader {
  readonly #client: webApi.WebClient;
  readonly #log: SlackLog;
  readonly #locale: 'en' | 'ru';

  constructor(client: webApi.WebClient, log: SlackLog, locale: 'en' | 'ru') {
    this.#client = client;
    this.#log = log;
    this.#locale = locale;
  }

  async upload(board: MessageRef, file: { readonly name: string; readonly title: string; readonly text: string }): Promise<void> {
    const thread = board.thread ?? board.message;
    try {
      await this.#client.filesUploadV2({ channel_id: board.channel, thread_ts: thread, filename: file.name, title: file.title, content: file.text });
    } catch (error) {
      const failed = toChatError(error, `upload ${file.name}`);
      if (failed.code !== 'refused') throw failed;
      this.#log.warn({ err: failed }, 'Slack refused the file; sending it as messages');
      await this.#postChunks(board.channel, thread, textChunks(file.text));
    }
  }

  /** One message in the thread. Throws ChatError. */
  async post(channel: string, thread: string, content: SlackContent): Promise<void> {
    try {
      await this.#client.chat.postMessage({ channel, thread_ts: thread, ...content, unfurl_links: false, unfurl_media: false });
    } catch (error) {
      throw toChatError(error, 'post in a thread');
    }
  }

  async #postChunks(channel: string, thread: string, chunks: readonly string[]): Promise<void> {
    for (const chunk of chunks.slice(0, MAX_CHUNKS)) {
      const block = richBlock([preformatted(chunk)]);
      await this.post(channel, thread, { text: escapeMrkdwn(chunk.slice(0, 300)) || '…', blocks: block === undefined ? [] : [block] });
    }
    if (chunks.length > MAX_CHUNKS) await this.post(channel, thread, { text: wordsOf(this.#locale).detailsCut, blocks: [] });
  }
}
