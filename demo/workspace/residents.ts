import type { SlackChannel, SlackUser } from './slack/model.js';
import type { TelegramChat, TelegramUser } from './telegram/model.js';

/** Who lives in the workspace when a test or the demo names nobody else. Alice and Bob are in both. */
export const DEFAULT_SLACK_USERS: SlackUser[] = [
  { id: 'U01ALICE', name: 'alice', realName: 'Alice Moreau' },
  { id: 'U02BOB', name: 'bob', realName: 'Bob Lindqvist' },
  { id: 'U03CAROL', name: 'carol', realName: 'Carol Okafor' },
  { id: 'U04GUEST', name: 'gus', realName: 'Gus (guest)', isGuest: true },
  { id: 'U05BOT', name: 'buildbot', realName: 'Build Bot', isBot: true },
  { id: 'U06STRANGER', name: 'steve', realName: 'Steve (other company)', teamId: 'T0OTHER' },
];

export const DEFAULT_SLACK_CHANNELS: SlackChannel[] = [
  { id: 'C0123456', name: 'ops' },
  { id: 'C0GENERAL', name: 'general' },
  { id: 'C0SECRET', name: 'secret', isPrivate: true, botMissing: true },
];

export const DEFAULT_TELEGRAM_USERS: TelegramUser[] = [
  { id: 1001, firstName: 'Alice', username: 'alice', languageCode: 'en' },
  { id: 1002, firstName: 'Bob', username: 'bob', languageCode: 'en' },
  { id: 1003, firstName: 'Carol', username: 'carol', languageCode: 'ru' },
  { id: 1004, firstName: 'Gus', languageCode: 'en' },
];

export const DEFAULT_TELEGRAM_CHATS: TelegramChat[] = [
  {
    id: -1001234,
    type: 'supergroup',
    title: 'Ops',
    topics: [
      { id: 7, name: 'Releases' },
      { id: 9, name: 'Chatter' },
    ],
    members: { 1001: 'creator', 1002: 'administrator' },
  },
  { id: -4001, type: 'group', title: 'Old ops group' },
];
