import { randomUUID } from 'node:crypto';
import type { webApi } from '@slack/bolt';
import type { BoardModel } from '../../../src/board/model.js';
import type { ChannelAddress, Mentions, MessageRef, ShownBoard } from '../../../src/ports/chat.js';
import { ChatError } from '../../../src/ports/chat.js';
import type { SlackLog } from '../options.js';
import { MAX_BLOCKS_CHARACTERS, renderBoard, type SlackContent } from '../render/board.js';
import type { ChecklistStyle } from '../render/checklist.js';
import { slackErrorOf, toChatError } from './chat-error.js';

/** How long a workspace that refused the native checklist is spared it. */
const REFUSED_FOR_MS = 6 * 60 * 60 * 1000;

/** Posts and edits boards, and remembers whether this workspace knows the `plan` block. */
export class BoardSender {
  readonly #client: webApi.WebClient;
  readonly #log: SlackLog;
  readonly #now: () => number;
  #listUntil = 0;

  constructor(client: webApi.WebClient, log: SlackLog, now: () => number) {
    this.#client = client;
    this.#log = log;
    this.#now = now;
  }

  async post(to: ChannelAddress, board: BoardModel, mentions: Mentions): Promise<MessageRef & ShownBoard> {
    return this.#send(board, mentions, 'post a board', async (content) => {
      const thread = to.thread === undefined ? {} : { thread_ts: to.thread };
      const posted = await this.#client.chat.postMessage({ channel: to.channel, ...thread, ...content, unfurl_links: false, unfurl_media: false });
      return messageRef(posted, to);
    });
  }

  async edit(ref: MessageRef, board: BoardModel, mentions: Mentions): Promise<ShownBoard> {
    return this.#send(board, mentions, 'edit a board', async (content) => {
      await this.#client.chat.update({ channel: ref.channel, ts: ref.message, ...content });
      return {};
    });
  }

  /** Two more tries at most, each with less that Slack could dislike; neither is a repetition of the same call. */
  async #send<T extends object>(board: BoardModel, mentions: Mentions, doing: string, call: (content: SlackContent) => Promise<T>): Promise<T & ShownBoard> {
    let checklist: ChecklistStyle = this.#now() < this.#listUntil ? 'list' : 'plan';
    let maxCharacters = MAX_BLOCKS_CHARACTERS;
    let refusedPlan = false;
    for (;;) {
      try {
        const { shortened, ...content } = renderBoard(board, { mentions, checklist, maxCharacters, revision: `${board.run}:${randomUUID()}` });
        const sent = await call(content);
        // Only now is it known that the checklist was what Slack disliked.
        if (refusedPlan) this.#listUntil = this.#now() + REFUSED_FOR_MS;
        return { ...sent, shortened };
      } catch (error) {
        const word = slackErrorOf(error);
        if (checklist === 'plan' && board.tasks.length > 0 && (word === 'invalid_blocks' || word === 'invalid_blocks_format')) {
          this.#log.warn({ err: error, run: board.run }, 'Slack refused the native checklist; sending it as text');
          checklist = 'list';
          refusedPlan = true;
        } else if (word === 'msg_blocks_too_long' && maxCharacters === MAX_BLOCKS_CHARACTERS) {
          maxCharacters = MAX_BLOCKS_CHARACTERS / 2;
        } else {
          throw toChatError(error, doing);
        }
      }
    }
  }
}

/** Slack answers with the channel it really posted to: a user's id becomes the conversation with them. */
export function messageRef(posted: webApi.ChatPostMessageResponse, to: ChannelAddress): MessageRef {
  if (posted.ts === undefined) throw new ChatError('unavailable', 'Slack: chat.postMessage answered without a timestamp');
  const channel = posted.channel ?? to.channel;
  return to.thread === undefined ? { channel, message: posted.ts } : { channel, message: posted.ts, thread: to.thread };
}
