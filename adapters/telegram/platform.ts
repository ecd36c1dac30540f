import type { ChatPlatform } from '../../src/ports/chat.js';
import type { BotApi } from './bot-api.js';
import type { CallbackAnswers } from './callback-answers.js';
import { isNotModified } from './chat-error.js';
import { renderBoard } from './render/board.js';
import { renderKeyboard } from './render/keyboard.js';
import { renderPerson } from './render/line.js';
import { renderDetails, renderFile, renderNotice, renderPopup, renderReply, type Content } from './render/messages.js';
import { CALLBACK_ANSWER_LIMIT, concat, joinLines, MESSAGE_LIMIT, plain } from './render/text.js';
import { editText, sendContent, sendText } from './send.js';

/** How planb writes to Telegram. */
export function createPlatform(api: BotApi, answers: CallbackAnswers): ChatPlatform & { readonly platform: 'telegram' } {
  return {
    platform: 'telegram',
    async postBoard(to, board, mentions) {
      const text = renderBoard(board, mentions);
      return { ...(await sendText(api, to, text, { keyboard: renderKeyboard(board.buttons) })), shortened: text.shortened };
    },

    async editBoard(ref, board, mentions) {
      const text = renderBoard(board, mentions);
      try {
        await editText(api, ref, text, renderKeyboard(board.buttons));
      } catch (error) {
        // An edit that was sent twice, or whose first answer was lost.
        if (!isNotModified(error)) throw error;
      }
      return { shortened: text.shortened };
    },

    postNotice: (to, notice, board, mentions) => sendText(api, to, renderNotice(notice, mentions), replyingTo(board?.message)),

    async reply({ actor, place, replyHandle }, reply, mentions) {
      const popup = renderPopup(reply, mentions, CALLBACK_ANSWER_LIMIT);
      if (replyHandle !== undefined && (await answers.tryAnswer(replyHandle, popup))) return;
      const to = { channel: place.channel, ...(place.thread === undefined ? {} : { thread: place.thread }) };
      const content = renderReply(reply, mentions);
      // A press has no message of its own to reply to, so its sender is named.
      const named = replyHandle === undefined ? content : addressedTo({ id: actor.userId, name: actor.displayName }, content);
      await sendContent(api, to, named, replyingTo(place.message));
    },

    async postDetails(board, details, mentions) {
      const to = { channel: board.channel, ...(board.thread === undefined ? {} : { thread: board.thread }) };
      await sendContent(api, to, renderDetails(details, mentions), replyingTo(board.message));
    },

    async postFile(board, file) {
      const to = { channel: board.channel, ...(board.thread === undefined ? {} : { thread: board.thread }) };
      await sendContent(api, to, renderFile(file), replyingTo(board.message));
    },
  };
}

function replyingTo(message: string | undefined) {
  return message === undefined ? {} : { replyTo: message };
}

function addressedTo(person: { readonly id: string; readonly name: string }, content: Content): Content {
  if (content.kind === 'file') return content;
  const text = joinLines([concat(renderPerson(person, 60), plain(':')), content.text]);
  return text.length <= MESSAGE_LIMIT ? { kind: 'message', text } : content;
}
