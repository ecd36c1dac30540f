import type { Command } from 'commander';
import { describeMenu } from '../../../src/command/menu.js';
import { nearestWord } from '../../../src/nearest-word.js';
import { CliExit, exitCodes } from '../exit.js';
import { outputOf } from '../output.js';
import { plainText } from '../render.js';
import type { CliServices } from '../services.js';

const topics = ['words', 'actions'] as const;

/** `help`, `help <command>`, and two topics that belong to no command. */
export function addHelpCommand(program: Command, services: CliServices): void {
  program.helpCommand(false);
  program
    .command('help [topic]')
    .description('Help on a command, on the chat\'s words ("words") or on what runbooks can use ("actions")')
    .action(async (topic: string | undefined) => {
      const output = outputOf(services);
      if (topic === undefined) output.print(program.helpInformation().trimEnd());
      else if (topic === 'words') output.print(listed(describeMenu('rollback', 'en').map(({ usage, description }) => [usage, description] as const)));
      else if (topic === 'actions') output.print(listed((await services.actionSummaries()).map(({ name, summary }) => [name, summary] as const)));
      else output.print(commandHelp(program, topic));
    });
}

function commandHelp(program: Command, topic: string): string {
  const command = program.commands.find((one) => one.name() === topic);
  if (command !== undefined) return command.helpInformation().trimEnd();
  const nearest = nearestWord(topic, [...topics, ...program.commands.map((one) => one.name())]);
  throw new CliExit(exitCodes.usage, `There is no help on "${plainText(topic)}"${nearest === undefined ? '' : ` (did you mean "${nearest}"?)`}; "planb help" lists the commands.`);
}

function listed(entries: readonly (readonly [string, string])[]): string {
  return entries.map(([word, meaning]) => `${word}\n    ${meaning}`).join('\n');
}
