import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { Channel, Config } from '../../../src/config.js';
import { nearestWord } from '../../../src/nearest-word.js';
import { ChatError } from '../../../src/ports/chat.js';
import type { BoardAddress, OutgoingMessage } from '../../../src/ports/store.js';
import { CliExit, exitCodes } from '../exit.js';
import { outputOf } from '../output.js';
import type { CliServices } from '../services.js';

interface NotifyOptions {
  readonly channel?: string;
  readonly json?: boolean;
}

/** Longer than any platform shows in one piece, and nobody reads it. */
const longestText = 2_000;

export function addNotifyCommand(program: Command, services: CliServices): void {
  program
    .command('notify <text...>')
    .description('Post a message to a channel of planb.yaml, on every platform that it is on, Telegram first')
    .option('--channel <id>', 'a key under "channels:" (default: the only one)')
    .option('--json', 'print what was stored as JSON')
    .action(async (words: readonly string[], options: NotifyOptions) => {
      const text = words.join(' ').trim();
      if (text === '' || text.length > longestText) throw new CliExit(exitCodes.usage, `The text must have 1 to ${longestText} characters; this one has ${text.length}.`);
      const channel = chooseChannel(await services.loadConfig(), options.channel);
      const messages = messagesFor(channel, text, randomUUID());
      const outcomes = await post(services, messages);
      const output = outputOf(services);
      if (options.json === true) output.printJson({ messages: outcomes.map(({ message: { key, to }, outcome, why }) => ({ id: key, ...to, outcome, ...(why === undefined ? {} : { why }) })) });
      else output.print(`${sayOutcomes(channel.id, outcomes)}.`);
      const failed = outcomes.filter(({ outcome }) => outcome === 'failed');
      if (failed.length > 0) throw new CliExit(exitCodes.failed, failed.map(({ message, why = '' }) => `${message.to.platform}: ${why}`).join('; '));
    });
}

function chooseChannel(config: Config, wanted: string | undefined): Channel {
  const ids = Object.keys(config.channels);
  if (wanted === undefined && ids.length !== 1) throw new CliExit(exitCodes.usage, `Which channel? Give --channel with one of ${ids.join(', ')}.`);
  const id = wanted ?? ids[0] ?? '';
  const channel = Object.hasOwn(config.channels, id) ? config.channels[id] : undefined;
  if (channel !== undefined) return channel;
  const nearest = nearestWord(id, ids);
  throw new CliExit(exitCodes.usage, `Unknown channel "${id}"${nearest === undefined ? '' : ` (did you mean "${nearest}"?)`}; there are ${ids.join(', ')}.`);
}

type NoticeMessage = Extract<OutgoingMessage, { kind: 'notice' }>;

interface Outcome {
  readonly message: NoticeMessage;
  readonly outcome: 'posted' | 'stored' | 'failed';
  /** What the platform said, where it was not posted at once. */
  readonly why?: string;
}

/** From here where there is a token, so that it works while no bot runs; what has to wait, and what this machine has no token for, is stored for a bot. */
async function post(services: CliServices, messages: readonly NoticeMessage[]): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const message of messages) outcomes.push(await postOne(services, message));
  return outcomes;
}

async function postOne(services: CliServices, message: NoticeMessage): Promise<Outcome> {
  let why: string | undefined;
  try {
    if ((await services.postNotice(message.to, message.notice)) === 'posted') return { message, outcome: 'posted' };
  } catch (error) {
    if (!(error instanceof ChatError)) throw error;
    if (!error.retryable) return { message, outcome: 'failed', why: error.message };
    why = error.message;
  }
  await services.withStore(async (store) => store.enqueueMessages([message]));
  return { message, outcome: 'stored', ...(why === undefined ? {} : { why }) };
}

function sayOutcomes(channel: string, outcomes: readonly Outcome[]): string {
  const on = (wanted: Outcome['outcome']): string => outcomes.filter(({ outcome }) => outcome === wanted).map(({ message, why }) => message.to.platform + (why === undefined ? '' : `, ${why}`)).join('; ');
  const parts = [['Posted', on('posted'), ''], ['Stored', on('stored'), ': a bot posts it'], ['Not posted', on('failed'), '']] as const;
  return parts.filter(([, places]) => places !== '').map(([deed, places, more]) => `${deed} to ${channel} (${places})${more}`).join('. ');
}

function messagesFor(channel: Channel, text: string, id: string): readonly NoticeMessage[] {
  const places: readonly BoardAddress[] = [
    ...(channel.telegram === undefined ? [] : [{ platform: 'telegram' as const, ...channel.telegram }]),
    ...(channel.slack === undefined ? [] : [{ platform: 'slack' as const, channel: channel.slack }]),
  ];
  return places.map((to) => ({ kind: 'notice', key: `cli-notice:${id}:${to.platform}`, to, notice: { locale: channel.locale, lines: text.split('\n').map((line) => [line]), mention: [] } }));
}
