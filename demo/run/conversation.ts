import type { SlackMessage } from '../workspace/slack/model.js';
import { readMessage } from '../workspace/slack/reading.js';
import type { TelegramMessage } from '../workspace/telegram/model.js';
import type { Workspace } from '../workspace/workspace.js';
import type { Terminal } from './terminal.js';

const BOT = 'planb';

/**
 * Prints what is said in the workspace as it is said: planb's new messages whole, its boards by their title and again whenever that
 * changes. What people do is told by whoever plays them.
 */
export class Conversation {
  readonly #workspace: Workspace;
  readonly #terminal: Terminal;
  /** What was printed last of each message. */
  readonly #printed = new Map<string, string>();
  readonly #unsubscribe: () => void;

  constructor(workspace: Workspace, terminal: Terminal) {
    this.#workspace = workspace;
    this.#terminal = terminal;
    this.#unsubscribe = workspace.subscribe(() => { this.#catchUp(); });
  }

  /** A person did this, and where. */
  did(place: string, person: string, what: string): void {
    const { colours } = this.#terminal;
    this.#print(place, colours.cyan(person.padEnd(6)), colours.bold(what));
  }

  close(): void {
    this.#unsubscribe();
  }

  #catchUp(): void {
    const { slack, telegram } = this.#workspace;
    for (const message of slack.store.messages) {
      if (message.user === slack.store.identity.botUserId && (message.threadTs === undefined || message.broadcast === true)) this.#show(`slack ${message.ts}`, this.#slackPlace(message), this.#slackText(message));
    }
    for (const message of telegram.store.messages) {
      if (message.from.id === telegram.store.bot.id && message.service === undefined) this.#show(`telegram ${String(message.chatId)}/${String(message.id)}`, telegramPlace(this.#workspace, message), telegramText(message));
    }
  }

  #show(key: string, place: string, text: string): void {
    if (this.#printed.get(key) === text) return;
    this.#printed.set(key, text);
    this.#print(place, this.#terminal.colours.magenta(BOT.padEnd(6)), text);
  }

  #print(place: string, who: string, text: string): void {
    const { colours } = this.#terminal;
    const time = new Date().toISOString().slice(11, 19);
    const [first = '', ...rest] = text.split('\n');
    const indent = ' '.repeat(time.length + 2 + PLACE + 1 + BOT.length + 2);
    this.#terminal.line(`${colours.dim(time)}  ${place.padEnd(PLACE)} ${who} ${first}${rest.map((line) => `\n${indent}${line}`).join('')}`);
  }

  #slackPlace(message: SlackMessage): string {
    const { store } = this.#workspace.slack;
    const place = `Slack #${store.channels.get(message.channel)?.name ?? message.channel}`;
    return message.ephemeralFor === undefined ? place : `${place} to ${store.users.get(message.ephemeralFor)?.realName.split(' ')[0] ?? 'one'}`;
  }

  #slackText(message: SlackMessage): string {
    const isBoard = message.blocks.some((block) => block.type === 'header');
    const text = isBoard ? (message.text.split('\n')[0] ?? '') : readMessage({ ...message, blocks: [] });
    return plainText(text.replaceAll(/<@(\w+)>/g, (_all, id: string) => `@${this.#workspace.slack.store.users.get(id)?.name ?? id}`));
  }
}

/** Undoes what Slack's mrkdwn wants escaped. */
export function plainText(mrkdwn: string): string {
  return mrkdwn.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

/** Wide enough for "Telegram Переезд магазина". */
const PLACE = 26;

function telegramPlace(workspace: Workspace, message: TelegramMessage): string {
  const chat = workspace.telegram.store.chats.get(message.chatId);
  const topic = chat?.topics?.find((one) => one.id === message.topic)?.name;
  return `Telegram ${topic === undefined ? (chat?.title ?? 'private') : `${chat?.title ?? ''}/${topic}`}`;
}

function telegramText(message: TelegramMessage): string {
  const isBoard = message.keyboard.length > 0 || message.history.some((revision) => revision.keyboard.length > 0);
  return isBoard ? (message.text.split('\n')[0] ?? '') : message.text;
}
