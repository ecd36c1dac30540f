import type { SlackMessage } from '../../../demo/workspace/slack/model.js';
import type { TelegramMessage } from '../../../demo/workspace/telegram/model.js';
import type { Workspace } from '../../../demo/workspace/workspace.js';

/** What a board said from one moment on. */
export interface Shown {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly buttons: readonly string[];
  /** Steps that it says are behind; undefined where it has no checklist yet. */
  readonly passed: number | undefined;
  readonly ended: boolean;
}

/** One message that shows a run: its board, or a second one that a dead bot left. */
export interface SeenBoard {
  readonly platform: 'slack' | 'telegram';
  readonly run: string;
  /** As in planb's own record. A message's id is its chat's own. */
  readonly channel: string;
  readonly message: string;
  readonly source: SlackMessage | TelegramMessage;
  shown(): readonly Shown[];
  /** Of this moment; cheaper than all of them. */
  now(): Shown;
}

/** A message that calls people: not a board. */
export interface SeenNotice {
  readonly platform: 'slack' | 'telegram';
  readonly run: string;
  readonly at: number;
  readonly text: string;
}

const runIn = (text: string): string | undefined => /\brun ([0-9A-Z]{5})\b/.exec(text)?.[1];
const passedIn = (text: string): number | undefined => {
  const found = /\bSteps (\d+)\/\d+/.exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
};
const endedIn = (text: string): boolean => /, verified \d\d:\d\d UTC|NOT VERIFIED|\bSTOPPED\b/.test(text.split('\n')[0] ?? '');

/** Reads what planb has posted, each message once; those that came since the last look are looked at. */
export class SeenMessages {
  readonly boards: SeenBoard[] = [];
  readonly notices: SeenNotice[] = [];
  readonly #workspace: Workspace;
  #slackRead = 0;
  #telegramRead = 0;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  look(): void {
    const { slack, telegram } = this.#workspace;
    const { messages } = slack.store;
    for (; this.#slackRead < messages.length; this.#slackRead += 1) {
      const message = messages[this.#slackRead];
      if (message !== undefined && message.user === slack.store.identity.botUserId && message.ephemeralFor === undefined) this.#addSlack(message);
    }
    for (; this.#telegramRead < telegram.store.messages.length; this.#telegramRead += 1) {
      const message = telegram.store.messages[this.#telegramRead];
      if (message !== undefined && message.from.id === telegram.store.bot.id) this.#addTelegram(message);
    }
  }

  #addSlack(message: SlackMessage): void {
    const [first] = message.history;
    const run = runIn(message.text);
    if (first === undefined || run === undefined || message.files.length > 0) return;
    // A notice has no blocks; a board has its title in one.
    if (message.blocks.length === 0) {
      this.notices.push({ platform: 'slack', run, at: first.at, text: message.text });
      return;
    }
    const read = (at: number, text: string, blocks: SlackMessage['blocks']): Shown => ({ at, buttons: slackButtons(blocks), passed: passedIn(JSON.stringify(blocks)), ended: endedIn(text) });
    this.boards.push({
      platform: 'slack', run, channel: message.channel, message: message.ts, source: message, shown: () => message.history.map(({ at, text, blocks }) => read(at, text, blocks)), now: () => read(message.history.at(-1)?.at ?? 0, message.text, message.blocks),
    });
  }

  #addTelegram(message: TelegramMessage): void {
    const [first] = message.history;
    const run = runIn(message.text);
    if (first === undefined || run === undefined || message.document !== undefined) return;
    if (message.replyTo !== undefined) {
      this.notices.push({ platform: 'telegram', run, at: first.at, text: message.text });
      return;
    }
    const read = ({ at, text, keyboard }: TelegramMessage['history'][number]): Shown => ({ at, buttons: keyboard.flat().map((button) => button.text), passed: passedIn(text), ended: endedIn(text) });
    this.boards.push({ platform: 'telegram', run, channel: String(message.chatId), message: String(message.id), source: message, shown: () => message.history.map(read), now: () => read(message) });
  }
}

function slackButtons(blocks: SlackMessage['blocks']): readonly string[] {
  return blocks.flatMap((block) => (block.type === 'actions' ? block.elements.flatMap((element) => (element.type === 'button' ? [element.text.text] : [])) : []));
}
