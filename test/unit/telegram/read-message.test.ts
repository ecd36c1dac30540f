import { describe, expect, it } from 'vitest';

import type { ParseWords } from '../../../adapters/telegram/options.js';
import { readMessage } from '../../../adapters/telegram/updates/read-message.js';
import { Message } from '../../../adapters/telegram/updates/schema.js';
import { actorOf, placeOf, senderOf } from '../../../adapters/telegram/updates/sender.js';

const me = { id: 42, username: 'planb_bot' };
const parse: ParseWords = {
  command: (words) => (words === '' ? { kind: 'form' } : { kind: 'unparsed', text: words, why: 'unknown-command' }),
  // Like the real one, it looks past a mention.
  word: (text) => (text.replace(/^@\w+ /, '') === 'retry' ? { kind: 'word', word: 'retry' } : undefined),
};
const group = { id: -100, type: 'supergroup', title: 'Ops' };
const alice = { id: 1001, first_name: 'Alice', is_bot: false };

function message(fields: object) {
  return Message.parse({ message_id: 5, chat: group, from: alice, ...fields });
}
const read = (fields: object) => readMessage(message(fields), me, 'rollback', parse);
const ours = { message_id: 3, from: { id: 42, is_bot: true, first_name: 'planb' } };
const unparsed = (text: string) => ({ kind: 'unparsed', text, why: 'unknown-command' });

describe('what a message means', () => {
  it.each([
    ['/rollback', { kind: 'form' }],
    ['/rollback shop to 1.0.0', unparsed('shop to 1.0.0')],
    ['/ROLLBACK@Planb_Bot shop', unparsed('shop')],
    ['/rollback shop because\ntwo lines', unparsed('shop because\ntwo lines')],
    ['@planb_bot status', unparsed('status')],
    ['/help@planb_bot', { kind: 'help' }],
  ])('%s is a command', (text, command) => {
    expect(read({ text })).toEqual({ kind: 'command', command });
  });

  it.each(['hello', '/rollback@other_bot shop', '/deploy shop', '/help', 'mail me @planb_bot', '@planb_botter status', ''])('%s is not for planb', (text) => {
    expect(read({ text })).toEqual({ kind: 'silent' });
  });

  it('takes every text of a private chat', () => {
    const chat = { id: 1001, type: 'private' };
    expect(read({ chat, text: 'whoami' })).toEqual({ kind: 'command', command: unparsed('whoami') });
    expect(read({ chat, text: '/start' })).toEqual({ kind: 'command', command: { kind: 'help' } });
  });

  it.each(['retry', '@planb_bot retry'])('takes "%s" as a reply to a board', (text) => {
    expect(read({ text, reply_to_message: ours })).toEqual({ kind: 'command', command: { kind: 'word', word: 'retry' }, replyTo: '3' });
  });

  it('takes every other reply to a board as a note', () => {
    expect(read({ text: 'I am on it', reply_to_message: ours })).toEqual({ kind: 'command', command: { kind: 'said', text: 'I am on it' }, replyTo: '3' });
    expect(read({ text: '@planb_bot the disk was full', reply_to_message: ours })).toEqual({ kind: 'command', command: { kind: 'said', text: 'the disk was full', otherwise: unparsed('the disk was full') }, replyTo: '3' });
    expect(read({ text: '@planb_bot note: the disk was full', reply_to_message: ours })).toMatchObject({ command: { kind: 'said', text: 'the disk was full' } });
  });

  it('leaves other replies and words without a reply alone', () => {
    expect(read({ text: 'retry' })).toEqual({ kind: 'silent' });
    expect(read({ text: '@bob retry', reply_to_message: ours })).toEqual({ kind: 'silent' });
    expect(read({ text: 'retry', reply_to_message: { message_id: 3, from: alice } })).toEqual({ kind: 'silent' });
  });

  it('does not take the message that opened a topic for one replied to', () => {
    expect(read({ text: 'retry', is_topic_message: true, message_thread_id: 3, reply_to_message: ours })).toEqual({ kind: 'silent' });
  });

  it('reads a reason from a reply to the last question of a form', () => {
    const reply_to_message = { ...ours, reply_markup: { inline_keyboard: [[{ callback_data: 'f:1001:abcdefgh:-:a:!' }]] } };
    expect(read({ text: 'carts are empty', reply_to_message })).toMatchObject({ kind: 'form-reason', formMessage: 3, reason: 'carts are empty', form: { user: '1001', scope: 'app' } });
  });

  it('understands both reports of a group that became a supergroup', () => {
    expect(read({ chat: { id: -5, type: 'group' }, migrate_to_chat_id: -1005 })).toEqual({ kind: 'moved', from: '-5', to: '-1005' });
    expect(read({ chat: { id: -1005, type: 'supergroup' }, migrate_from_chat_id: -5 })).toEqual({ kind: 'moved', from: '-5', to: '-1005' });
  });
});

describe('who sent it and where', () => {
  it('is a person by id', () => {
    expect(senderOf(message({ from: { ...alice, last_name: 'Moreau' } }))).toEqual({ platform: 'telegram', userId: '1001', displayName: 'Alice Moreau' });
  });

  it.each([
    ['an anonymous administrator', { from: { id: 1087968824, is_bot: true, first_name: 'Group' }, sender_chat: group }, 'anonymous-admin'],
    ['a channel', { from: { id: 136817688, is_bot: true, first_name: 'Channel' }, sender_chat: { id: -200, type: 'channel', title: 'News' } }, 'anonymous-admin'],
    ['a person in the name of a channel', { sender_chat: { id: -200, type: 'channel', title: 'News' } }, 'anonymous-admin'],
    ['nobody', { from: undefined }, 'anonymous-admin'],
    ['a bot', { from: { id: 77, is_bot: true, first_name: 'CI' } }, 'bot'],
  ])('%s is barred', (_who, fields, barred) => {
    expect(senderOf(message(fields)).barred).toBe(barred);
  });

  it('names who pressed a button, bots barred', () => {
    expect(actorOf({ id: 7, is_bot: true, first_name: 'x' })).toMatchObject({ userId: '7', barred: 'bot' });
  });

  it('keeps a topic, but not the thread of a chain of replies', () => {
    expect(placeOf(message({ message_thread_id: 7, is_topic_message: true }))).toEqual({ platform: 'telegram', channel: '-100', message: '5', thread: '7' });
    expect(placeOf(message({ message_thread_id: 7 }))).toEqual({ platform: 'telegram', channel: '-100', message: '5' });
  });
});
