import { Command, CommanderError } from 'commander';
import { coloursFor } from './colours.js';
import { addAuditCommand } from './commands/audit.js';
import { addChatCommands } from './commands/chat.js';
import { addCheckCommand } from './commands/check.js';
import { addCollectCommand } from './commands/collect.js';
import { addDoctorCommand } from './commands/doctor.js';
import { addHelpCommand } from './commands/help.js';
import { addInitCommand } from './commands/init.js';
import { addNotifyCommand } from './commands/notify.js';
import { addPlanCommand } from './commands/plan.js';
import { addReportCommand } from './commands/report.js';
import { addDemoCommand, addProcessCommands } from './commands/processes.js';
import { CliExit, exitCodes } from './exit.js';
import { plainBlock } from './render.js';
import type { CliServices } from './services.js';

const footer = `
Exit codes: 0 done, 1 failed, 2 usage or configuration, 3 refused.
Settings come from planb.yaml and the environment: docs/cli.md.`;

/** All commands. Nothing is started before one is chosen. Errors are thrown: CommanderError for wrong usage, CliExit for an end that has its code. */
export function createProgram(services: CliServices): Command {
  const program = new Command('planb')
    .description('Takes a bad release back, when two people have approved the plan.')
    .version(services.version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .showHelpAfterError('("planb help" lists the commands, "planb help <command>" tells about one)')
    .exitOverride()
    .configureOutput({ writeOut: (text) => { services.stdout.write(text); }, writeErr: (text) => { services.stderr.write(text); } })
    .addHelpText('after', footer);

  program.commandsGroup('Run planb:');
  addProcessCommands(program, services);
  addDemoCommand(program, services);
  program.commandsGroup('Set up and look after:');
  addInitCommand(program, services);
  addCheckCommand(program, services);
  addDoctorCommand(program, services);
  addAuditCommand(program, services);
  addReportCommand(program, services);
  program.commandsGroup('Without a run:');
  addPlanCommand(program, services);
  addNotifyCommand(program, services);
  addCollectCommand(program, services);
  program.commandsGroup('As in chat (same words, same checks):');
  addChatCommands(program, services);
  program.commandsGroup('Help:');
  addHelpCommand(program, services);
  return program;
}

/** Runs one command line (`process.argv`, with node and script in front) and returns its exit code. Throws nothing but bugs of its own. */
export async function runCli(services: CliServices, argv: readonly string[]): Promise<number> {
  try {
    await createProgram(services).parseAsync([...argv]);
    return exitCodes.done;
  } catch (error) {
    return settle(error, services);
  }
}

function settle(error: unknown, services: CliServices): number {
  if (error instanceof CommanderError) {
    // commander has said it already; help and version that were asked for are no error.
    const asked = error.code === 'commander.helpDisplayed' || error.code === 'commander.version';
    return asked ? exitCodes.done : exitCodes.usage;
  }
  if (error instanceof CliExit) {
    complain(error.message, services);
    return error.exitCode;
  }
  const message = error instanceof Error ? error.message : String(error);
  // By its name: adapters do not import each other.
  const misconfigured = error instanceof Error && error.name === 'ConfigError';
  complain(message === '' ? 'planb failed without a reason' : message, services);
  if (!misconfigured && (services.env['PLANB_DEBUG'] ?? '') !== '' && error instanceof Error) complain(error.stack ?? '', services);
  return misconfigured ? exitCodes.usage : exitCodes.failed;
}

function complain(message: string, services: CliServices): void {
  if (message === '') return;
  const masked = services.mask?.(message) ?? message;
  const { red } = coloursFor(services.stderr, services.env);
  services.stderr.write(`${red('planb:')} ${plainBlock(masked)}\n`);
}
