import type { webApi } from '@slack/bolt';
import type { Notice } from '../../../src/board/model.js';
import type { ChannelAddress, Mentions, MessageRef } from '../../../src/ports/chat.js';
import { renderNotice } from '../render/notice.js';
import { slackErrorOf, toChatError } from './chat-error.js';
import { messageRef } from './post-board.js';

/** What Slack answers where the board was deleted meanwhile. */
const NO_THREAD = new Set(['thread_not_found', 'message_not_found', 'cannot_reply_to_message']);

/**
 * A new message that wakes people. With a board it is a reply in the board's thread that is also sent to the channel: it rings the
 * mentioned phones either way, everyone else sees it in the channel, and the thread keeps the run's story together. A deleted board
 * must not silence it, so it goes to the channel alone then.
 */
export async function postNotice(client: webApi.WebClient, to: ChannelAddress, notice: Notice, board: MessageRef | undefined, mentions: Mentions): Promise<MessageRef> {
  // Plain text, since a mention in it is certain to notify. parse none: an address in someone's reason does not become a link.
  const text = renderNotice(notice, mentions) || '…';
  const shared = { text, parse: 'none', link_names: false, unfurl_links: false, unfurl_media: false } as const;
  try {
    if (board !== undefined && board.channel === to.channel) {
      const thread = board.thread ?? board.message;
      try {
        const posted = await client.chat.postMessage({ channel: to.channel, thread_ts: thread, reply_broadcast: true, ...shared });
        return messageRef(posted, { channel: to.channel, thread });
      } catch (error) {
        if (!NO_THREAD.has(slackErrorOf(error) ?? '')) throw error;
      }
    }
    return messageRef(await client.chat.postMessage({ channel: to.channel, ...(to.thread === undefined ? {} : { thread_ts: to.thread }), ...shared }), to);
  } catch (error) {
    throw toChatError(error, 'post a notice');
  }
}
