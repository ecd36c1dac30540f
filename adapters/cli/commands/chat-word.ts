import type { ChatCommand } from '../../../src/command/command.js';
import { parseCommand } from '../../../src/command/parse.js';
import { plainText } from '../render.js';
import { CliExit, exitCodes } from '../exit.js';

/** What the command line adds to a chat command's words. */
export interface RequestOptions {
  readonly to?: string;
  readonly for?: string;
  readonly because?: string;
}

/**
 * Understands a chat command as chat does: same words, same parser. Options stand for the words that they are named after, so `--to 1.2` is `to 1.2`. Throws
 * CliExit with what was expected.
 */
export function readChatCommand(verb: string, operands: readonly string[], options: RequestOptions = {}): ChatCommand {
  const words = [
    verb, ...operands,
    ...(options.to === undefined ? [] : ['to', options.to]),
    ...(options.for === undefined ? [] : ['for', options.for]),
    // Last: it takes the rest.
    ...(options.because === undefined ? [] : ['because', options.because]),
  ];
  const command = parseCommand(words.join(' '), { command: 'planb' });
  if (command.kind !== 'unparsed') return command;
  // In chat a rollback needs no word of its own, here every command has one.
  const form = command.expected?.replace(/^\/planb\s*/, '') ?? '';
  const expected = form === verb || form.startsWith(`${verb} `) ? form : `${verb} ${form}`.trim();
  const hint = command.nearest === undefined ? '' : ` (did you mean "${command.nearest}"?)`;
  throw new CliExit(exitCodes.usage, `"${plainText(command.text)}" is not understood${hint}. Expected: planb ${expected}`);
}
