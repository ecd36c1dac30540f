import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { Channel, Config } from '../../../src/config.js';
import { nearestWord } from '../../../src/nearest-word.js';
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
    .description('Post a message to a channel of planb.yaml, on every platform that it is on')
    .option('--channel <id>', 'a key under "channels:" (default: the only one)')
    .option('--json', 'print what was stored as JSON')
    .action(async (words: readonly string[], options: NotifyOptions) => {
      const text = words.join(' ').trim();
      if (text === '' || text.length > longestText) throw new CliExit(exitCodes.usage, `The text must have 1 to ${longestText} characters; this one has ${text.length}.`);
      const channel = chooseChannel(await services.loadConfig(), options.channel);
      const messages = messagesFor(channel, text, randomUUID());
      await services.withStore(async (store) => store.enqueueMessages(messages));
      const output = outputOf(services);
      if (options.json === true) output.printJson({ stored: messages.map(({ key, to }) => ({ id: key, ...to })) });
      else output.print(`Stored for ${channel.id} (${messages.map(({ to }) => to.platform).join(', ')}): a bot posts it.`);
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

function messagesFor(channel: Channel, text: string, id: string): readonly NoticeMessage[] {
  const places: readonly BoardAddress[] = [
    ...(channel.slack === undefined ? [] : [{ platform: 'slack' as const, channel: channel.slack }]),
    ...(channel.telegram === undefined ? [] : [{ platform: 'telegram' as const, ...channel.telegram }]),
  ];
  return places.map((to) => ({ kind: 'notice', key: `cli-notice:${id}:${to.platform}`, to, notice: { locale: channel.locale, lines: text.split('\n').map((line) => [line]), mention: [] } }));
}
