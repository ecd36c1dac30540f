import { z } from 'zod';

import type { ChannelAddress, MessageRef } from '../../src/ports/chat.js';
import type { BotApi } from './bot-api.js';
import type { InlineKeyboard } from './render/keyboard.js';
import type { Content } from './render/messages.js';
import type { Rich } from './render/text.js';

const SentMessage = z.object({ message_id: z.int() });

const NO_PREVIEW = { link_preview_options: { is_disabled: true } };

export interface SendExtra {
  /** The message that this one answers; a deleted one does not keep the answer from being sent. */
  readonly replyTo?: string;
  readonly keyboard?: InlineKeyboard;
}

/** Sends one message. Throws ChatError. */
export async function sendText(api: BotApi, to: ChannelAddress, text: Rich, extra: SendExtra = {}): Promise<MessageRef> {
  const answer = await api.call('sendMessage', {
    ...addressed(to),
    ...(extra.replyTo === undefined ? {} : { reply_parameters: replyParameters(extra.replyTo) }),
    ...(extra.keyboard === undefined ? {} : { reply_markup: extra.keyboard }),
    ...NO_PREVIEW,
    text: text.html,
    parse_mode: 'HTML',
  });
  return refOf(to, answer);
}

/** Sends a message, or a document where the content is too long for one. Throws ChatError. */
export async function sendContent(api: BotApi, to: ChannelAddress, content: Content, extra: SendExtra = {}): Promise<MessageRef> {
  if (content.kind === 'message') return sendText(api, to, content.text, extra);
  const answer = await api.call('sendDocument', {
    ...addressed(to),
    // telegraf's multipart writer drops nested objects that are not files, so this one goes as JSON, as the Bot API allows.
    ...(extra.replyTo === undefined ? {} : { reply_parameters: JSON.stringify(replyParameters(extra.replyTo)) }),
    caption: content.caption.html,
    parse_mode: 'HTML',
    document: { source: Buffer.from(content.content, 'utf8'), filename: content.filename },
  });
  return refOf(to, answer);
}

/** Replaces a message's text and keyboard. Throws ChatError, also for identical content. */
export async function editText(api: BotApi, ref: MessageRef, text: Rich, keyboard: InlineKeyboard): Promise<void> {
  await api.call('editMessageText', {
    chat_id: ref.channel,
    message_id: Number(ref.message),
    ...NO_PREVIEW,
    text: text.html,
    parse_mode: 'HTML',
    reply_markup: keyboard,
  });
}

function addressed(to: ChannelAddress) {
  return { chat_id: to.channel, ...(to.thread === undefined ? {} : { message_thread_id: Number(to.thread) }) };
}

function replyParameters(message: string) {
  return { message_id: Number(message), allow_sending_without_reply: true };
}

function refOf(to: ChannelAddress, answer: unknown): MessageRef {
  return { channel: to.channel, message: String(SentMessage.parse(answer).message_id), ...(to.thread === undefined ? {} : { thread: to.thread }) };
}
