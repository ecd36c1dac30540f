import type { TelegramMessage } from '../../../demo/workspace/telegram/model.js';
import type { Workspace } from '../../../demo/workspace/workspace.js';
import type { Move } from './move.js';

const people = { alice: 1001, bob: 1002 } as const;
type Person = keyof typeof people;

/** A little less than a test may take, for machines under load: it ends what hangs, and says what was seen. */
export const deadline = 560_000;
const isOver = (text: string): boolean => /^(?:✅|❌|⏹)/u.test(text);

/** What people do in the chat of one move. */
export class Chat {
  readonly #workspace: Workspace;
  readonly #move: Move;

  constructor(workspace: Workspace, move: Move) {
    this.#workspace = workspace;
    this.#move = move;
  }

  /** Says a line, and returns the first message with this button that comes after it. */
  async ask(line: string, button: string): Promise<TelegramMessage> {
    const { message } = this.#workspace.telegram.say(people.alice, this.#move.chat, line);
    return this.#next(message, line, button);
  }

  /** Taps, and returns the first message with another button that comes after it. */
  async press(on: TelegramMessage, button: string, next: string): Promise<TelegramMessage> {
    const last = this.#posted().at(-1) ?? on;
    this.#workspace.telegram.press(people.alice, this.#move.chat, on.id, button);
    return this.#next(last, button, next);
  }

  #next(message: TelegramMessage, line: string, button: string): Promise<TelegramMessage> {
    return this.#until(`${button} after ${line}`, () => {
      const since = this.#posted().filter(({ id }) => id > message.id);
      const found = since.find((one) => buttonsOf(one).includes(button));
      const over = since.find(({ text }) => isOver(text));
      if (found === undefined && over !== undefined) throw new Error(`${line} ended so:\n${over.text}`);
      return found;
    });
  }

  /** The answer to a line that asks for no run: what comes after it and says so. */
  async answerTo(line: string, says: RegExp): Promise<string> {
    const { message } = this.#workspace.telegram.say(people.alice, this.#move.chat, line);
    return (await this.#until(`an answer to ${line}`, () => this.#posted().find(({ id, text }) => id > message.id && says.test(text)))).text;
  }

  /** Both tap, once the board has this button; planb has taken it when this returns. */
  async tap(board: TelegramMessage, button: string, who: readonly Person[] = ['alice', 'bob']): Promise<void> {
    for (const person of who) {
      await this.#until(`${button} on the board of ${this.#move.name}`, () => {
        if (hasFailed(board)) throw new Error(`${this.#move.name} asks:\n${board.text}`);
        if (isOver(board.text)) throw new Error(`${this.#move.name} is over:\n${board.text}`);
        return buttonsOf(board).includes(button);
      });
      const press = this.#workspace.telegram.press(people[person], this.#move.chat, board.id, button);
      await this.#until(`an answer to ${button}`, () => this.#workspace.telegram.answers.find(({ id }) => id === press.id)?.answer);
    }
  }

  /** The board's last words. */
  async end(board: TelegramMessage): Promise<string> {
    await this.#until(`the end of ${this.#move.name}`, () => {
      if (hasFailed(board)) throw new Error(`${this.#move.name} asks:\n${board.text}`);
      return isOver(board.text);
    });
    return board.text;
  }

  /** The board of the run that comes after this one's by itself, once that is over. */
  nextEnd(after: TelegramMessage): Promise<TelegramMessage> {
    return this.#until(`another end in ${this.#move.name}`, () => this.#posted().find((one) => one.id > after.id && isOver(one.text) && runOf(one) !== runOf(after)));
  }

  file(name: string): Promise<string> {
    return this.#until(name, () => this.#posted().find(({ document }) => document?.name === name)?.document?.content.toString());
  }

  /** Those of these stages that the users' chat was told of, in the order in which it was. */
  stages(known: readonly string[]): readonly string[] {
    return this.#workspace.telegram.posted(this.#move.usersChat).map(({ text }) => text.split(' · ')[0] ?? '').filter((text) => known.includes(text));
  }

  /** Until the users' chat reads something like this. */
  async usersRead(says: RegExp): Promise<void> {
    await this.#until(`${String(says)} for users`, () => this.#workspace.telegram.posted(this.#move.usersChat).some(({ text }) => says.test(text)));
  }

  transcript(): string {
    const { telegram } = this.#workspace;
    return [this.#move.chat, this.#move.usersChat].flatMap((chat) => telegram.messages(chat).map((one) => `[${chat}] ${one.from.firstName}: ${one.text}${buttonsOf(one).length === 0 ? '' : `  [${buttonsOf(one).join('] [')}]`}`)).join('\n');
  }

  #posted(): readonly TelegramMessage[] {
    return this.#workspace.telegram.posted(this.#move.chat);
  }

  #until<T>(what: string, probe: () => T): Promise<NonNullable<Exclude<T, false | '' | 0>>> {
    return this.#workspace.waitFor(probe, { what, deadline, describe: () => this.transcript() });
  }
}

/** The run that a board or a notice is of. */
export function runOf({ text }: TelegramMessage): string {
  const run = /(?:run|запуск) ([0-9A-Z]{4,})/u.exec(text)?.[1];
  if (run === undefined) throw new Error(`no run in:\n${text}`);
  return run;
}

/** A step failed and asks; other questions stay on the board for a moment after they were answered. */
const hasFailed = (board: TelegramMessage): boolean => ['Retry', 'Повторить'].some((label) => buttonsOf(board).includes(label));
const buttonsOf = ({ keyboard }: TelegramMessage): readonly string[] => keyboard.flat().map(({ text }) => text);
