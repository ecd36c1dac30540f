import { isObject } from '../http/request.js';
import type { Entity } from './html.js';
import { parseHtml } from './html.js';
import { readKeyboard } from './keyboard.js';
import { badRequest, type TelegramArguments, type TelegramContext, type TelegramMethod, TelegramRefusal } from './method.js';
import type { TelegramChat, TelegramMessage } from './model.js';
import { messageToWire } from './wire.js';

const MAX_TEXT = 4096;
const MAX_CAPTION = 1024;

/** The chat named by chat_id, as far as the bot may act in it. */
export function reachableChat(args: TelegramArguments, { store }: TelegramContext): TelegramChat {
  const id = args.integer('chat_id');
  if (id === undefined) throw badRequest('chat_id is empty');
  const chat = store.chats.get(id);
  if (!chat) {
    if (store.users.has(id)) throw new TelegramRefusal(403, "Forbidden: bot can't initiate conversation with a user");
    throw badRequest('chat not found');
  }
  if (chat.migratedTo !== undefined) {
    throw new TelegramRefusal(400, 'Bad Request: group chat was upgraded to a supergroup chat', { migrate_to_chat_id: chat.migratedTo });
  }
  if (chat.botKicked) throw new TelegramRefusal(403, `Forbidden: bot was kicked from the ${chat.type} chat`);
  return chat;
}

function formatted(args: TelegramArguments, field: string, max: number): { text: string; entities: Entity[] } {
  const source = args.text(field) ?? '';
  const mode = args.text('parse_mode');
  if (mode !== undefined && mode !== '' && mode.toUpperCase() !== 'HTML') throw badRequest('unsupported parse_mode');
  const parsed = mode ? parseHtml(source) : { ok: true as const, text: source.trim(), entities: [] };
  if (!parsed.ok) throw badRequest(parsed.description);
  // Telegram counts characters, not UTF-16 code units.
  if (Array.from(parsed.text).length > max) throw badRequest(field === 'text' ? 'message is too long' : 'message caption is too long');
  return { text: parsed.text, entities: parsed.entities };
}

function topicOf(args: TelegramArguments, chat: TelegramChat): number | undefined {
  const topic = args.integer('message_thread_id');
  if (topic === undefined) return undefined;
  if (!chat.topics?.some((one) => one.id === topic)) throw badRequest('message thread not found');
  return topic;
}

function replyOf(args: TelegramArguments, { store }: TelegramContext, chat: TelegramChat): number | undefined {
  const parameters = args.structured('reply_parameters');
  const wanted = isObject(parameters) ? Number(parameters['message_id']) : args.integer('reply_to_message_id');
  if (wanted === undefined) return undefined;
  if (store.find(chat.id, wanted)) return wanted;
  if ((isObject(parameters) && parameters['allow_sending_without_reply'] === true) || args.flag('allow_sending_without_reply')) return undefined;
  throw badRequest('message to be replied not found');
}

function send(args: TelegramArguments, context: TelegramContext, field: 'text' | 'caption'): TelegramMessage {
  const { store } = context;
  const chat = reachableChat(args, context);
  const { text, entities } = formatted(args, field, field === 'text' ? MAX_TEXT : MAX_CAPTION);
  if (field === 'text' && text === '') throw badRequest('message text is empty');
  const keyboard = readKeyboard(args.structured('reply_markup'));
  const topic = topicOf(args, chat);
  const replyTo = replyOf(args, context, chat);
  return store.add({
    chatId: chat.id,
    from: store.bot,
    text,
    entities,
    keyboard,
    ...(topic === undefined ? {} : { topic }),
    ...(replyTo === undefined ? {} : { replyTo }),
  });
}

const sendMessage: TelegramMethod = (args, context) => messageToWire(send(args, context, 'text'), context.store);

const sendDocument: TelegramMethod = (args, context) => {
  const { store } = context;
  const reference = /^attach:\/\/(.+)$/.exec(args.text('document') ?? '')?.[1];
  const file = args.files[reference ?? 'document'];
  if (!file || file.content.length === 0) throw badRequest(file ? 'file must be non-empty' : 'there is no document in the request');
  reachableChat(args, context);
  const message = send(args, context, 'caption');
  message.document = { fileId: store.newFileId(), name: file.name, content: file.content };
  store.documents.set(message.document.fileId, message.document);
  store.changed('document');
  return messageToWire(message, store);
};

function editable(args: TelegramArguments, context: TelegramContext): TelegramMessage {
  const chat = reachableChat(args, context);
  const message = context.store.find(chat.id, args.integer('message_id') ?? 0);
  if (!message) throw badRequest('message to edit not found');
  if (message.from.id !== context.store.bot.id) throw badRequest("message can't be edited");
  return message;
}

const NOT_MODIFIED =
  'message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message';

function edit(message: TelegramMessage, content: Pick<TelegramMessage, 'text' | 'entities' | 'keyboard'>, context: TelegramContext): unknown {
  const same = JSON.stringify([content.text, content.entities, content.keyboard]) === JSON.stringify([message.text, message.entities, message.keyboard]);
  if (same) throw badRequest(NOT_MODIFIED);
  context.store.edit(message, content);
  return messageToWire(message, context.store);
}

const editMessageText: TelegramMethod = (args, context) => {
  const message = editable(args, context);
  const content = formatted(args, 'text', MAX_TEXT);
  if (content.text === '') throw badRequest('message text is empty');
  // Without reply_markup an edit takes the keyboard away.
  return edit(message, { ...content, keyboard: readKeyboard(args.structured('reply_markup')) }, context);
};

const editMessageReplyMarkup: TelegramMethod = (args, context) => {
  const message = editable(args, context);
  const keyboard = readKeyboard(args.structured('reply_markup'));
  return edit(message, { text: message.text, entities: message.entities, keyboard }, context);
};

const deleteMessage: TelegramMethod = (args, context) => {
  const chat = reachableChat(args, context);
  const message = context.store.find(chat.id, args.integer('message_id') ?? 0);
  if (!message) throw badRequest('message to delete not found');
  message.deleted = true;
  context.store.changed('delete');
  return true;
};

const pinChatMessage: TelegramMethod = (args, context) => {
  const chat = reachableChat(args, context);
  const message = context.store.find(chat.id, args.integer('message_id') ?? 0);
  if (!message) throw badRequest('message to pin not found');
  message.pinned = true;
  context.store.changed('pin');
  return true;
};

const unpinChatMessage: TelegramMethod = (args, context) => {
  const chat = reachableChat(args, context);
  const message = context.store.find(chat.id, args.integer('message_id') ?? 0);
  if (!message) throw badRequest('message to unpin not found');
  message.pinned = false;
  context.store.changed('pin');
  return true;
};

const sendChatAction: TelegramMethod = (args, context) => {
  reachableChat(args, context);
  return true;
};

export const messageMethods: Record<string, TelegramMethod> = {
  sendmessage: sendMessage,
  senddocument: sendDocument,
  editmessagetext: editMessageText,
  editmessagereplymarkup: editMessageReplyMarkup,
  deletemessage: deleteMessage,
  pinchatmessage: pinChatMessage,
  unpinchatmessage: unpinChatMessage,
  sendchataction: sendChatAction,
};
