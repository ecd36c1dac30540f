import { GROUP_ANONYMOUS_BOT, type TelegramChat, type TelegramMessage, type TelegramUser } from './model.js';
import type { TelegramStore } from './store.js';

export function userToWire(user: TelegramUser): Record<string, unknown> {
  return {
    id: user.id,
    is_bot: user.isBot ?? false,
    first_name: user.firstName,
    ...(user.username === undefined ? {} : { username: user.username }),
    ...(user.languageCode === undefined ? {} : { language_code: user.languageCode }),
  };
}

export function chatToWire(chat: TelegramChat, store: TelegramStore): Record<string, unknown> {
  const person = chat.type === 'private' ? store.users.get(chat.id) : undefined;
  return {
    id: chat.id,
    type: chat.type,
    ...(chat.title === undefined ? {} : { title: chat.title }),
    ...(person ? { first_name: person.firstName, ...(person.username ? { username: person.username } : {}) } : {}),
    ...(chat.topics ? { is_forum: true } : {}),
  };
}

export function messageToWire(message: TelegramMessage, store: TelegramStore, depth = 0): Record<string, unknown> {
  const chat = chatToWire(store.chat(message.chatId), store);
  const original = message.replyTo === undefined ? undefined : store.find(message.chatId, message.replyTo);
  const editedAt = message.history.length > 1 ? message.history.at(-1)?.at : undefined;
  return {
    message_id: message.id,
    from: userToWire(message.anonymous ? GROUP_ANONYMOUS_BOT : message.from),
    ...(message.anonymous ? { sender_chat: chat } : {}),
    chat,
    date: Math.floor((message.history[0]?.at ?? message.at) / 1000),
    ...(editedAt === undefined ? {} : { edit_date: Math.floor(editedAt / 1000) }),
    ...(message.topic === undefined ? {} : { message_thread_id: message.topic, is_topic_message: true }),
    ...(original && depth === 0 ? { reply_to_message: messageToWire(original, store, 1) } : {}),
    ...(message.document ? { document: { file_id: message.document.fileId, file_unique_id: message.document.fileId, file_name: message.document.name, file_size: message.document.content.length } } : {}),
    ...(message.text === '' ? {} : message.document ? { caption: message.text, caption_entities: message.entities } : { text: message.text }),
    ...(message.entities.length > 0 && !message.document ? { entities: message.entities } : {}),
    ...(message.keyboard.length > 0 ? { reply_markup: { inline_keyboard: message.keyboard } } : {}),
    ...message.service,
  };
}
