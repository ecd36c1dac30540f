import type { Actor, Place } from '../../../src/person.js';
import type { CallbackQuery, Message, User } from './schema.js';

/** GroupAnonymousBot and Channel Bot: whom Telegram names where a person hides behind a group or a channel. */
const FACELESS = new Set([1_087_968_824, 136_817_688]);

/** Who wrote a message. A sender who cannot be told apart from others is barred, and still delivered: the refusal is on the record. */
export function senderOf(message: Message): Actor {
  const { from, sender_chat: behind } = message;
  if (behind !== undefined || from === undefined || FACELESS.has(from.id)) {
    const id = from?.id ?? behind?.id ?? message.chat.id;
    return { platform: 'telegram', userId: String(id), displayName: behind?.title ?? message.chat.title ?? 'anonymous', barred: 'anonymous-admin' };
  }
  return actorOf(from);
}

/** Who pressed a button: always a user, since Telegram reveals even an anonymous administrator here. */
export function actorOf(user: User): Actor {
  const actor: Actor = { platform: 'telegram', userId: String(user.id), displayName: nameOf(user) };
  if (FACELESS.has(user.id)) return { ...actor, barred: 'anonymous-admin' };
  return user.is_bot ? { ...actor, barred: 'bot' } : actor;
}

export function placeOf(message: Message): Place {
  const place: Place = { platform: 'telegram', channel: String(message.chat.id), message: String(message.message_id) };
  const topic = topicOf(message);
  return topic === undefined ? place : { ...place, thread: topic };
}

export function placeOfPress(query: CallbackQuery): Place {
  return query.message === undefined ? { platform: 'telegram', channel: String(query.from.id) } : placeOf(query.message);
}

/** In groups without topics `message_thread_id` names a chain of replies, to which nothing can be posted. */
export function topicOf(message: Message): string | undefined {
  return message.is_topic_message === true && message.message_thread_id !== undefined ? String(message.message_thread_id) : undefined;
}

function nameOf(user: User): string {
  const name = [user.first_name, user.last_name].filter((part) => part !== undefined && part !== '').join(' ');
  return name === '' ? (user.username ?? String(user.id)) : name;
}
