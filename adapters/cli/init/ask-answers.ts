import type { TargetSettings } from '../../../src/runbook/target-settings.js';
import { patterns, readChat, withAccounts, type InitAnswers, type InitPerson, type InitSetting } from './answers.js';
import { optionalLines, typedSetting, typedSettings } from './runbook-settings.js';

type Ask = (question: string) => Promise<string>;
type Say = (line: string) => void;

/** What the flags have said already; the rest is asked. */
export interface Given {
  readonly people: readonly InitPerson[];
  readonly slack?: string;
  readonly telegram?: string;
  readonly locale?: 'en' | 'ru';
  readonly target?: string;
  readonly title?: string;
  readonly runbook?: string;
  readonly with: Readonly<Record<string, string>>;
  readonly approvals: number;
}

/** Asks for what is missing, one question at a time, and again where an answer cannot be right. */
export async function askAnswers(given: Given, ask: Ask, say: Say, settingsOf: (runbook: string) => Promise<TargetSettings | undefined>): Promise<InitAnswers> {
  const question = asker(ask, say);
  say('Ids are shown by each platform; once planb runs, "/rollback whoami" in a chat tells them too. Leave empty what you do not use.');
  const slack = given.slack ?? (await question('Slack channel id for the boards (C…): ', patterns.slackChannel, ''));
  // One of the two there must be.
  const telegram = given.telegram ?? (await question('Telegram chat id, with :topic where there are topics (-100…): ', patterns.telegramChat, slack === '' ? undefined : ''));
  const locale = given.locale ?? (await question('Language of the boards, en or ru [en]: ', /^(?:en|ru)$/, 'en'));
  const people = given.people.length > 0 ? given.people : await askPeople(question, say, given.approvals, { slack: slack !== '', telegram: telegram !== '' });
  const target = given.target ?? (await question('The first system to take back, one word (for example shop): ', patterns.id));
  const title = given.title ?? (await question(`What people call it [${target}]: `, /^.{1,80}$/, target));
  const runbook = given.runbook ?? (await question(`Its runbook, a built-in's name or a path [./runbooks/${target}.yaml, written for you]: `, /^\S+$/, `./runbooks/${target}.yaml`));
  const settings = await settingsOf(runbook);
  const values = settings === undefined ? { url: await askUrl(given, question), ...given.with } : await askSettings(settings, given.with, question);
  return {
    people, approvals: given.approvals,
    channel: { locale: locale === 'ru' ? 'ru' : 'en', ...(slack === '' ? {} : { slack }), ...(telegram === '' ? {} : { telegram: readChat(telegram) }) },
    target: { id: target, title, environment: 'production', runbook, with: values, optional: optionalLines(settings, values) },
  };
}

async function askUrl({ with: settings }: Given, question: Question): Promise<string> {
  return settings['url'] ?? question('A URL that answers 200 when it is healthy [http://127.0.0.1:8080/health]: ', /^https?:\/\/\S+$/, 'http://127.0.0.1:8080/health');
}

/** What the runbook cannot do without. */
async function askSettings(settings: TargetSettings, given: Given['with'], question: Question): Promise<Readonly<Record<string, InitSetting>>> {
  const answers: Record<string, InitSetting> = { ...typedSettings(given, settings) };
  for (const [key, { type, required, description }] of Object.entries(settings)) {
    if (!required || Object.hasOwn(given, key) || type === 'mapping') continue;
    answers[key] = typedSetting(await question(`${description ?? key} (${key}${type === 'list' ? ', with commas between' : ''}): `, /\S/), type);
  }
  return answers;
}

type Question = (text: string, pattern: RegExp, fallback?: string) => Promise<string>;

function asker(ask: Ask, say: Say): Question {
  return async (text, pattern, fallback) => {
    for (;;) {
      const answer = (await ask(text)).trim();
      if (answer === '' && fallback !== undefined) return fallback;
      if (pattern.test(answer)) return answer;
      say('That cannot be right.');
    }
  };
}

async function askPeople(question: Question, say: Say, needed: number, used: { readonly slack: boolean; readonly telegram: boolean }): Promise<readonly InitPerson[]> {
  say(`Who may ask and approve? At least ${needed}, since ${needed} must approve.`);
  const people: InitPerson[] = [];
  for (;;) {
    const enough = people.length >= needed;
    const id = await question(`Person ${people.length + 1}, one word${enough ? ' (empty: no more)' : ''}: `, patterns.id, enough ? '' : undefined);
    if (id === '') return people;
    const slack = used.slack ? await question(`  Slack user id of ${id} (U…): `, patterns.slackUser, '') : '';
    const telegram = used.telegram ? await question(`  Telegram user id of ${id}: `, patterns.telegramUser, '') : '';
    people.push(withAccounts(id, slack === '' ? undefined : slack, telegram === '' ? undefined : telegram));
  }
}
