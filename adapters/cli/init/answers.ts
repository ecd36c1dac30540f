import { idPattern } from '../../../src/command/words.js';
import { CliExit, exitCodes } from '../exit.js';

/** What a first planb.yaml is made of. */
export interface InitAnswers {
  readonly people: readonly InitPerson[];
  readonly channel: { readonly slack?: string; readonly telegram?: { readonly chat: string; readonly topic?: string }; readonly locale: 'en' | 'ru' };
  readonly target: { readonly id: string; readonly title: string; readonly environment: string; readonly runbook: string; readonly with: Readonly<Record<string, InitSetting>>; /** Comment lines below `with`: what may be set as well. */ readonly optional?: readonly string[] };
  /** Distinct people who must approve. */
  readonly approvals: number;
}

export type InitSetting = string | number | boolean | readonly string[];

export interface InitPerson {
  readonly id: string;
  readonly slack?: string;
  readonly telegram?: string;
}

export const patterns = {
  id: idPattern,
  slackUser: /^[UW][A-Z0-9]{2,}$/,
  telegramUser: /^[1-9]\d*$/,
  slackChannel: /^[CGD][A-Z0-9]{2,}$/,
  telegramChat: /^-?[1-9]\d*(?::[1-9]\d*)?$/,
} as const;

/** `alice,slack=U01ALICE,telegram=1001`. Throws CliExit. */
export function readPerson(text: string): InitPerson {
  const [id = '', ...accounts] = text.split(',').map((part) => part.trim());
  if (!patterns.id.test(id)) throw malformed(text, 'person');
  const person = { id, slack: undefined as string | undefined, telegram: undefined as string | undefined };
  for (const account of accounts) {
    const [platform, value = ''] = account.split('=');
    if (platform === 'slack' && patterns.slackUser.test(value)) person.slack = value;
    else if (platform === 'telegram' && patterns.telegramUser.test(value)) person.telegram = value;
    else throw malformed(text, 'person');
  }
  return withAccounts(person.id, person.slack, person.telegram);
}

export function withAccounts(id: string, slack: string | undefined, telegram: string | undefined): InitPerson {
  return { id, ...(slack === undefined ? {} : { slack }), ...(telegram === undefined ? {} : { telegram }) };
}

/** `-1001234` or `-1001234:7`, chat and topic. Throws CliExit. */
export function readChat(text: string): { readonly chat: string; readonly topic?: string } {
  if (!patterns.telegramChat.test(text)) throw malformed(text, 'telegram-chat');
  const [chat = '', topic] = text.split(':');
  return { chat, ...(topic === undefined ? {} : { topic }) };
}

/** `key=value` of a target's `with`. Throws CliExit. */
export function readSetting(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  if (at < 1) throw malformed(text, 'set');
  return [text.slice(0, at).trim(), text.slice(at + 1)];
}

const forms = { 'person': 'alice,slack=U01ALICE,telegram=1001', 'telegram-chat': '-1001234 or -1001234:7', 'set': 'url=http://127.0.0.1:4000/health' } as const;

function malformed(text: string, option: keyof typeof forms): CliExit {
  return new CliExit(exitCodes.usage, `--${option} ${JSON.stringify(text)} is not understood; it looks like ${forms[option]}.`);
}
