import { Option, type Command } from 'commander';
import picocolors from 'picocolors';
import { commandMenu } from '../../../src/command/menu.js';
import { requestWords } from '../../../src/command/words.js';
import type { Store } from '../../../src/ports/store.js';
import { deliver, deliveryOf, type Answered, type Typist } from '../deliver.js';
import { CliExit, exitCodes } from '../exit.js';
import { exitCodeOf, followRun } from '../follow-run.js';
import { durationOption } from '../options.js';
import { outputOf, type Output } from '../output.js';
import { renderReply } from '../render.js';
import type { CliServices } from '../services.js';
import { addRegister } from './backups.js';
import { lineText } from '../line-text.js';
import { readChatCommand, type RequestOptions } from './chat-word.js';

interface SpeakingOptions extends RequestOptions {
  readonly as?: string;
  readonly code?: string;
  readonly timeout: number;
  readonly json?: boolean;
  /** Milliseconds, or as long as it takes. */
  readonly wait?: number | true;
}

const defaultTimeoutMs = 30_000;

/** Words whose sender must be proven: one shell is not two people. */
const proven: ReadonlySet<string> = new Set(['approve', 'reject', 'retry', 'skip', 'done', 'failed', 'waive', 'here', 'stop', 'break-glass']);

/** Every chat command under its own name; carried out by the workers, judged by the same rules. */
export function addChatCommands(program: Command, services: CliServices): void {
  for (const verb of requestWords) addRequest(program, services, verb, '<target>');
  addRequest(program, services, 'run', '<target> <runbook>');
  for (const verb of proven) addSpoken(program, services, verb, '<run> [reason...]');
  addSpoken(program, services, 'note', '<run> <text...>');
  addSpoken(program, services, 'unhold', '<target>');
  addSpoken(program, services, 'status', '[run]');
  addSpoken(program, services, 'history', '[target]');
  addSpoken(program, services, 'targets', '');
  addRegister(addSpoken(program, services, 'backups', '<target>'), services);
  addSpoken(program, services, 'whoami', '');
}

function addRequest(program: Command, services: CliServices, verb: string, operands: string): void {
  const command = program.command(`${verb} ${operands} [words...]`).description(descriptionOf(verb)).summary(descriptionOf(verb));
  command.usage(`[options] ${operands} [to <release>] [for <scope>] [with <name>=<value>] [because <reason>]`);
  command
    .option('--to <release>', 'the release to go to (default: the last known good)')
    .addOption(new Option('--for <scope>', 'what it is about').choices(['app', 'migration', 'performance', 'security', 'other']))
    .option('--because <reason>', 'why, shown on the board')
    .option('--wait [limit]', 'follow the run to its end; exit code 0 only when it was verified', durationOption);
  withSpeaker(command).action(async (...given: unknown[]) => speak(services, verb, ...operandsAndOptions(given)));
}

function addSpoken(program: Command, services: CliServices, verb: string, operands: string): Command {
  const command = program.command(`${verb} ${operands}`.trim()).description(descriptionOf(verb)).summary(descriptionOf(verb));
  return withSpeaker(command).action(async (...given: unknown[]) => speak(services, verb, ...operandsAndOptions(given)));
}

function withSpeaker(command: Command): Command {
  return command
    .option('--as <person>', 'who you are: an id under "people:" in planb.yaml (default: PLANB_PERSON)')
    .option('--code <code>', 'your time-based code; votes and answers need it (asked for on a terminal)')
    .option('--timeout <duration>', 'how long to wait for a worker\'s answer', durationOption, defaultTimeoutMs)
    .option('--json', 'print the outcome as JSON');
}

/** commander hands over operands, then options, then the command. */
function operandsAndOptions(given: readonly unknown[]): [readonly string[], SpeakingOptions] {
  const operands = given.slice(0, -2).flat().filter((word) => typeof word === 'string');
  return [operands, given.at(-2) as SpeakingOptions];
}

async function speak(services: CliServices, verb: string, operands: readonly string[], options: SpeakingOptions): Promise<void> {
  const command = readChatCommand(verb, operands, options);
  const typist = await typistOf(services, verb, options);
  const output = outputOf(services);
  await services.withStore(async (store) => {
    const answer = await deliver(services, store, deliveryOf(command, typist), options.timeout);
    await report(services, store, answer, options, output);
  });
}

async function typistOf(services: CliServices, verb: string, options: SpeakingOptions): Promise<Typist> {
  const person = options.as ?? services.env['PLANB_PERSON'] ?? '';
  if (person === '') throw new CliExit(exitCodes.usage, 'Who are you? Give --as <person>, an id under "people:" in planb.yaml, or set PLANB_PERSON.');
  if (options.code !== undefined) return { person, code: options.code.replaceAll(' ', '') };
  if (!proven.has(verb) || services.ask === undefined) return { person };
  const code = (await services.ask(`Time-based code of ${person}: `)).replaceAll(' ', '');
  return code === '' ? { person } : { person, code };
}

async function report(services: CliServices, store: Store, answer: Answered, options: SpeakingOptions, output: Output): Promise<void> {
  const follows = options.wait !== undefined && answer.run !== undefined;
  if (options.json !== true && answer.reply !== undefined) output.print(renderReply(answer.reply, output.colours));
  if (options.json === true && !follows) output.printJson(jsonOf(answer));
  if (answer.refused !== undefined) throw new CliExit(exitCodes.refused);
  if (!follows) return;
  // With --json standard output is the result alone.
  const watching = options.json === true ? onStandardError(output) : output;
  const { outcome } = await followRun(services, store, answer.run, watching, typeof options.wait === 'number' ? options.wait : undefined);
  if (options.json === true) output.printJson({ ...jsonOf(answer), ended: outcome });
  const code = exitCodeOf(outcome);
  if (code !== exitCodes.done) throw new CliExit(code);
}

function onStandardError(output: Output): Output {
  return { ...output, colours: picocolors.createColors(false), print: (text) => { for (const line of text.split('\n')) output.progress(line); } };
}

function jsonOf(answer: Answered): Readonly<Record<string, unknown>> {
  const { outcome, refused, run, reply } = answer;
  return {
    outcome, ...(refused === undefined ? {} : { refused }), ...(run === undefined ? {} : { run }),
    lines: (reply?.lines ?? []).map(lineText), ...(reply?.block === undefined ? {} : { block: reply.block }),
  };
}

function descriptionOf(verb: string): string {
  // The menu shows the rollback without its word.
  return commandMenu.find((entry) => (verb === 'rollback' ? entry.word === '' && entry.usage !== '' : entry.word === verb))?.description.en ?? verb;
}
