import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanText as cleanLine } from '../../src/board/clean.js';
import { typedText, withoutMention } from '../../adapters/slack/receive/typed-text.js';
import { readMessage } from '../../adapters/telegram/updates/read-message.js';
import type { ChatCommand } from '../../src/command/command.js';
import { formatCommand } from '../../src/command/format.js';
import { parseCommand } from '../../src/command/parse.js';
import { saidToRun } from '../../src/command/parse-said.js';
import { parseWord } from '../../src/command/parse-word.js';
import { idPattern, isReleaseName, parameterPattern, runPattern } from '../../src/command/words.js';
import { cases, report } from '../support/fuzz/cases.js';
import { chatText } from '../support/fuzz/texts.js';

const options = { command: 'rollback', targets: ['shop', 'litellm'] };
/** What PostgreSQL's JSON refuses, what rewrites a terminal, what turns the reading direction. */
const unsafe = /[\p{Cc}\p{Cs}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/u;

/** Every text that a command carries. */
function textsOf(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([key, item]: [string, unknown]) => [key, ...textsOf(item)]) : [];
}

function expectSound(command: ChatCommand): void {
  for (const text of textsOf(command)) expect(text).not.toMatch(unsafe);
  if ('target' in command) expect(command.target).toMatch(idPattern);
  if ('run' in command && command.kind !== 'request') expect(command.run).toMatch(runPattern);
  if (command.kind !== 'request') return;
  expect(command.to === undefined || isReleaseName(command.to)).toBe(true);
  expect(command.runbook ?? 'none').toMatch(idPattern);
  for (const [name, value] of Object.entries(command.params ?? {})) {
    expect(`${name}=${value}`).toMatch(parameterPattern);
    // What is typed never begins a reference to a secret, nor an expression.
    expect(value).not.toContain('$');
  }
}

describe('whatever is typed', () => {
  test('is a sound command or a refusal, and what was understood reads back the same', async () => {
    const kinds: Record<string, number> = {};
    fc.assert(fc.property(chatText, (text) => {
      const command = parseCommand(text, options);
      kinds[command.kind] = (kinds[command.kind] ?? 0) + 1;
      expectSound(command);
      if (command.kind === 'unparsed' || command.kind === 'press' || command.kind === 'chat-moved' || command.kind === 'said' || command.kind === 'concern' || command.kind === 'alert') return;
      // A target that there is not may be a slip of a command's word.
      if (command.kind === 'request' && !options.targets.includes(command.target)) return;
      expect(parseCommand(formatCommand(command), options)).toEqual(command);
    }), cases());
    // A grammar that only ever made nonsense would test nothing.
    expect(Object.keys(kinds)).toEqual(expect.arrayContaining(['request', 'vote', 'answer', 'note', 'status', 'unparsed', 'word', 'help', 'targets']));
    await report('chat text: command parser', kinds);
  });

  test('is read without an error from Slack, from Telegram and in a thread', async () => {
    const kinds: Record<string, number> = {};
    const me = { id: 7, username: 'planb_bot' };
    const parse = { command: (words: string) => parseCommand(words, options), word: parseWord };
    fc.assert(fc.property(chatText, fc.constantFrom('', '/rollback ', '/rollback@planb_bot ', '@planb_bot ', '<@U0> '), fc.boolean(), (text, before, replies) => {
      const typed = typedText(withoutMention(before + text, 'U0'));
      expectSound(parseCommand(typed, options));
      expectSound(saidToRun(typed, parseCommand(typed, options)));
      const word = parseWord(typed);
      if (word !== undefined) expectSound(word);
      const replied = replies ? { reply_to_message: { message_id: 3, from: { id: 7, is_bot: true, first_name: 'planb' } } } : {};
      const meaning = readMessage({ message_id: 4, chat: { id: -100, type: 'supergroup' }, text: before + text, ...replied }, me, 'rollback', parse);
      kinds[meaning.kind] = (kinds[meaning.kind] ?? 0) + 1;
      if (meaning.kind === 'command') expectSound(meaning.command);
    }), cases());
    expect(Object.keys(kinds)).toEqual(expect.arrayContaining(['command', 'silent']));
    await report('chat text: Slack and Telegram readers', kinds);
  });

  test('is one line without connection strings on a board', async () => {
    fc.assert(fc.property(chatText, fc.constantFrom('postgres://shop:hunter2@db/shop', 'https://robot:hunter2@registry/v2/', 'password=hunter2'), chatText, (before, secret, after) => {
      const line = cleanLine(`${before} ${secret} ${after}`);
      expect(line.length).toBeLessThanOrEqual(600);
      expect(line).not.toMatch(/\p{Cc}/u);
      expect(line).not.toContain('hunter2');
    }), cases());
    await report('chat text: board line', {});
  });
});
