import type { Command } from 'commander';
import { CliExit, exitCodes } from '../exit.js';
import { portOption } from '../options.js';
import type { CliServices } from '../services.js';

const services = [
  ['up', 'Run bot, HTTP and worker in one process'],
  ['bot', 'Run the bot and HTTP: listens to the chats and shows boards'],
  ['worker', 'Run a worker: plans and carries out runs; as many as you like, on any machine that reaches the same Redis and PostgreSQL'],
] as const;

/** What runs until it is stopped. */
export function addProcessCommands(program: Command, cli: CliServices): void {
  for (const [name, description] of services) {
    program.command(name).description(description).action(async () => cli.runService(name));
  }
}

interface DemoFlags {
  readonly auto?: boolean;
  readonly docker?: boolean;
  readonly port?: number;
}

export function addDemoCommand(program: Command, cli: CliServices): void {
  program
    .command('demo')
    .description('Try planb on this machine: a local chat workspace, and a real shop to take back')
    .option('--auto', 'play both people, print the conversation, exit 0 only when the shop was verified healthy')
    .option('--docker', 'releases are containers instead of processes')
    .option('--port <port>', 'port of the page (default: a free one)', portOption)
    .action(async ({ auto, docker, port }: DemoFlags) => {
      const code = await cli.runDemo({ auto: auto === true, docker: docker === true, ...(port === undefined ? {} : { port }) });
      if (code !== exitCodes.done) throw new CliExit(exitCodes.failed);
    });
}
