import type { Entity } from './html.js';
import type { InlineKeyboard } from './keyboard.js';

export interface TelegramUser {
  id: number;
  firstName: string;
  username?: string;
  languageCode?: string;
  isBot?: boolean;
}

export type MemberStatus = 'creator' | 'administrator' | 'member' | 'left' | 'kicked';

export interface TelegramTopic {
  id: number;
  name: string;
}

export interface TelegramChat {
  id: number;
  type: 'private' | 'group' | 'supergroup';
  title?: string;
  /** Topics of a forum; giving any makes the supergroup one. */
  topics?: TelegramTopic[];
  /** By user id; users not named are members. */
  members?: Record<number, MemberStatus>;
  /** The bot was removed: sends answer 403. */
  botKicked?: boolean;
  /** Set when the group became a supergroup. */
  migratedTo?: number;
}

export interface TelegramDocument {
  fileId: string;
  name: string;
  content: Buffer;
}

export interface TelegramRevision {
  /** Milliseconds since the epoch. */
  at: number;
  text: string;
  entities: Entity[];
  keyboard: InlineKeyboard;
}

export interface TelegramMessage extends TelegramRevision {
  id: number;
  chatId: number;
  from: TelegramUser;
  /** Set when an anonymous administrator wrote in the group's name. */
  anonymous?: boolean;
  topic?: number;
  replyTo?: number;
  document?: TelegramDocument;
  /** Extra fields of a service message, as sent. */
  service?: Record<string, unknown>;
  deleted: boolean;
  pinned: boolean;
  /** Every state, the first as sent, the last as it is now. */
  history: TelegramRevision[];
}

/** A pressed button and what planb answered. */
export interface CallbackPress {
  id: string;
  userId: number;
  chatId: number;
  messageId: number;
  data: string;
  at: number;
  /** Undefined until planb answers; a Telegram client shows a progress bar that long. */
  answer?: { text: string; showAlert: boolean; at: number };
}

/** From whom anonymous administrators' messages come, in every group. */
export const GROUP_ANONYMOUS_BOT: TelegramUser = { id: 1087968824, firstName: 'Group', username: 'GroupAnonymousBot', isBot: true };
