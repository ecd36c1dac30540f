import { lastAttempt, type SlackDelivery } from '../../../demo/workspace/slack/model.js';
import type { Workspace } from '../../../demo/workspace/workspace.js';
import { eventually } from '../../support/eventually.js';
import { ALICE, BOB } from './target.js';

/** The people of every world. */
export type RobotPerson = 'alice' | 'bob';

/** A button that a person sees on a board. */
export interface SeenButton {
  /** The board's own name: two boards of one run differ. */
  readonly board: string;
  /** Whether planb acknowledged the click, and did not tell the person that it was not stored. */
  readonly click: (person: RobotPerson) => Promise<boolean>;
}

/** One channel of a platform as people use it. */
export interface RobotChat {
  /** Types the command; whether planb has taken it. */
  say(person: RobotPerson, command: string): Promise<boolean>;
  /** The newest boards of a run with this button come last. */
  buttons(run: string, label: string): readonly SeenButton[];
}

/** What planb answers a person whose message it could not store. */
const isTryAgain = /try again|cannot say whether|may not have/i;

export function slackChat({ slack }: Workspace, channel: string): RobotChat {
  const ids: Record<RobotPerson, string> = { alice: ALICE, bob: BOB };
  const isTaken = async (person: string, act: () => Promise<SlackDelivery>): Promise<boolean> => {
    const told = (): number => slack.ephemerals(person).filter((message) => message.channel === channel && isTryAgain.test(message.text)).length;
    const before = told();
    const delivery = await act();
    return lastAttempt(delivery).failure === undefined && told() === before;
  };
  return {
    say: (person, command) => isTaken(ids[person], () => slack.slash(ids[person], channel, command)),
    buttons: (run, label) => slack.posted(channel).filter((message) => slack.buttons(message).includes(label) && slack.read(message).includes(run))
      .map((message) => ({ board: message.ts, click: (person) => isTaken(ids[person], () => slack.click(ids[person], message, label)) })),
  };
}

/** Telegram keeps what people say until planb has taken it. */
export function telegramChat({ telegram }: Workspace, chat: number): RobotChat {
  const ids: Record<RobotPerson, number> = { alice: 1001, bob: 1002 };
  return {
    say: async (person, command) => {
      telegram.say(ids[person], chat, command);
      return true;
    },
    buttons: (run, label) => telegram.posted(chat).filter(({ id, text }) => text.includes(run) && telegram.buttons(chat, id).flat().includes(label)).map(({ id }) => ({
      board: String(id),
      click: async (person) => {
        const pressed = telegram.press(ids[person], chat, id, label);
        return !isTryAgain.test((await eventually(() => pressed.answer)).text);
      },
    })),
  };
}
