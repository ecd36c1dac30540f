import type { SlackMessage } from '../workspace/slack/model.js';
import { lastAttempt } from '../workspace/slack/model.js';
import type { TelegramMessage } from '../workspace/telegram/model.js';
import type { Workspace } from '../workspace/workspace.js';
import type { Conversation } from './conversation.js';

/** Who lives in the demo, by name. */
export const PEOPLE = { Alice: { slack: 'U01ALICE', telegram: 1001 }, Bob: { slack: 'U02BOB', telegram: 1002 }, Carol: { slack: 'U03CAROL', telegram: 1003 } } as const;
export type PersonName = keyof typeof PEOPLE;

export const OPS_SLACK = 'C0123456';
export const OPS_TELEGRAM = { chat: -1001234, topic: 7 } as const;
export const MOVING_TELEGRAM = { chat: -1005678 } as const;

export interface TelegramPlace {
  readonly chat: number;
  readonly topic?: number;
}

/** The played scene went otherwise than it should; the message says how. */
export class SceneFailed extends Error {
  override readonly name = 'SceneFailed';
}

/** What the played people need: the workspace, who prints what they do, and until when all of it must be over. */
export interface Scene {
  readonly workspace: Workspace;
  readonly conversation: Conversation;
  /** Milliseconds since the epoch. */
  readonly deadline: number;
  /** Rejects when planb has ended. */
  readonly planbEnded: Promise<never>;
}

/** Follows the workspace's changes until `probe` is truthy; ends early when planb does. */
export async function until<T>(scene: Scene, what: string, probe: () => T): Promise<NonNullable<Exclude<T, false | '' | 0>>> {
  return Promise.race([scene.workspace.waitFor(probe, { what, deadline: Math.max(scene.deadline - Date.now(), 1) }), scene.planbEnded]);
}

export async function typeInSlack(scene: Scene, person: PersonName, line: string): Promise<void> {
  scene.conversation.did('Slack #ops', person, line);
  const delivery = await scene.workspace.slack.slash(PEOPLE[person].slack, OPS_SLACK, line);
  const { failure } = lastAttempt(delivery);
  if (failure !== undefined) throw new SceneFailed(`planb did not take ${person}'s command: ${failure}`);
}

export async function clickInSlack(scene: Scene, person: PersonName, board: SlackMessage, button: string): Promise<void> {
  scene.conversation.did('Slack #ops', person, `[${button}]`);
  const { failure } = lastAttempt(await scene.workspace.slack.click(PEOPLE[person].slack, board, button));
  if (failure !== undefined) throw new SceneFailed(`planb did not take ${person}'s click: ${failure}`);
}

export function sayInTelegram(scene: Scene, person: PersonName, at: TelegramPlace, line: string): void {
  scene.conversation.did(placeName(scene, at), person, line);
  scene.workspace.telegram.say(PEOPLE[person].telegram, at.chat, line, at.topic === undefined ? {} : { topic: at.topic });
}

/** Presses once planb shows that button there, and waits for the answer. */
export async function pressInTelegram(scene: Scene, person: PersonName, at: TelegramPlace, button: string): Promise<void> {
  const board = await until(scene, `a message in Telegram with the button ${button}`, () => findInTelegram(scene, at, button));
  scene.conversation.did(placeName(scene, at), person, `[${button}]`);
  const press = scene.workspace.telegram.press(PEOPLE[person].telegram, at.chat, board.id, button);
  await until(scene, `an answer to ${person}'s ${button}`, () => scene.workspace.telegram.answers.find((one) => one.id === press.id)?.answer);
}

/** planb's newest message in the channel that shows this button. */
export function findInSlack(scene: Scene, button: string): SlackMessage | undefined {
  return scene.workspace.slack.posted(OPS_SLACK).findLast((message) => scene.workspace.slack.buttons(message).includes(button));
}

export function findInTelegram(scene: Scene, at: TelegramPlace, button: string): TelegramMessage | undefined {
  const { telegram } = scene.workspace;
  return telegram.posted(at.chat, at.topic).findLast((message) => telegram.buttons(at.chat, message.id).flat().includes(button));
}

function placeName(scene: Scene, at: TelegramPlace): string {
  const chat = scene.workspace.telegram.store.chat(at.chat);
  const topic = chat.topics?.find((one) => one.id === at.topic)?.name;
  return `Telegram ${chat.title ?? ''}${topic === undefined ? '' : `/${topic}`}`;
}
