import type { SlackMessage } from '../../../demo/workspace/slack/model.js';
import type { TelegramMessage } from '../../../demo/workspace/telegram/model.js';
import { ALICE, type RunningPlanb, SLACK_OPS, TELEGRAM_OPS, TOPIC } from './planb.js';

/** A run's board in both places. */
export interface Boards {
  readonly run: string;
  readonly slack: SlackMessage;
  readonly telegram: TelegramMessage;
}

/** Types a slash command and waits for the answer that only its sender sees. */
export async function ask({ workspace }: RunningPlanb, user: string, text: string, channel = SLACK_OPS): Promise<string> {
  const before = workspace.slack.ephemerals(user).length;
  await workspace.slack.slash(user, channel, text);
  return answerTo(workspace, user, before, text);
}

/** Clicks a button of a Slack message and waits for the answer. */
export async function click({ workspace }: RunningPlanb, user: string, message: { readonly channel: string; readonly ts: string }, button: string, revision?: number): Promise<string> {
  const before = workspace.slack.ephemerals(user).length;
  await workspace.slack.click(user, message, button, revision === undefined ? {} : { revision });
  return answerTo(workspace, user, before, button);
}

async function answerTo(workspace: RunningPlanb['workspace'], user: string, before: number, what: string): Promise<string> {
  const answer = await workspace.waitFor(() => workspace.slack.ephemerals(user)[before], { what: `the answer to ${user}: ${what}` });
  return workspace.slack.read(answer);
}

/** Presses a button in Telegram and waits for the words that pop up. */
export async function press({ workspace }: RunningPlanb, user: number, message: TelegramMessage, button: string, revision?: number): Promise<string> {
  const pressed = workspace.telegram.press(user, message.chatId, message.id, button, revision === undefined ? {} : { revision });
  const answer = await workspace.waitFor(() => pressed.answer, { what: `the answer to the press of ${button}` });
  return answer.text;
}

/** Writes in Telegram and waits for the reply. */
export async function write({ workspace }: RunningPlanb, user: number, text: string, options: { readonly replyTo?: number; readonly anonymous?: boolean; readonly chat?: number } = {}): Promise<string> {
  const { chat = TELEGRAM_OPS, ...how } = options;
  const { message } = workspace.telegram.say(user, chat, text, { ...(chat === TELEGRAM_OPS ? { topic: TOPIC } : {}), ...how });
  const reply = await workspace.waitFor(() => workspace.telegram.posted(chat).find((one) => one.replyTo === message.id), { what: `the reply to "${text}"` });
  return reply.text;
}

/** Asks for a plan and waits until both boards show it. */
export async function openPlan(planb: RunningPlanb, text = '/rollback shop because 500s since deploy'): Promise<Boards> {
  const said = await ask(planb, ALICE.slack, text);
  const run = /\b(?:Run|Запуск) ([0-9A-Z]{5})\b/.exec(said)?.[1] ?? '';
  const { workspace } = planb;
  const slack = await workspace.waitFor(() => boardInSlack(planb, run, /Approve|Одобрить/), { what: 'the plan in Slack' });
  const telegram = await workspace.waitFor(() => boardInTelegram(planb, run, /Approve|Одобрить/), { what: 'the plan in Telegram' });
  return { run, slack, telegram };
}

/** Asks for a run that needs no votes, and waits for its boards. */
export async function openLook(planb: RunningPlanb, text: string): Promise<Boards> {
  const run = /\b(?:Run|Запуск) ([0-9A-Z]{5})\b/.exec(await ask(planb, ALICE.slack, text))?.[1] ?? '';
  const { workspace } = planb;
  const slack = await workspace.waitFor(() => workspace.slack.posted(SLACK_OPS).find((one) => one.threadTs === undefined && workspace.slack.read(one).includes(run)), { what: 'the board in Slack' });
  const telegram = await workspace.waitFor(() => workspace.telegram.posted(TELEGRAM_OPS).find((one) => one.text.includes(run)), { what: 'the board in Telegram' });
  return { run, slack, telegram };
}

export function boardInSlack({ workspace }: RunningPlanb, run: string, button: RegExp): SlackMessage | undefined {
  return workspace.slack.posted(SLACK_OPS).find((one) => workspace.slack.read(one).includes(run) && workspace.slack.buttons(one).some((label) => button.test(label)));
}

export function boardInTelegram({ workspace }: RunningPlanb, run: string, button: RegExp): TelegramMessage | undefined {
  return workspace.telegram.posted(TELEGRAM_OPS).find((one) => one.text.includes(run) && workspace.telegram.buttons(TELEGRAM_OPS, one.id).flat().some((label) => button.test(label)));
}

/** Waits until both boards hold the words. */
export async function untilBothShow({ workspace }: RunningPlanb, boards: Boards, words: string): Promise<void> {
  await workspace.waitFor(() => workspace.slack.read(boards.slack).includes(words), { what: `"${words}" on Slack's board` });
  await workspace.waitFor(() => workspace.telegram.message(boards.telegram.chatId, boards.telegram.id).text.includes(words), { what: `"${words}" on Telegram's board` });
}
