import { access, mkdir, writeFile } from 'node:fs/promises';
import { dirname, relative, resolve } from 'node:path';
import { Option, type Command } from 'commander';
import type { TargetSettings } from '../../../src/runbook/target-settings.js';
import { parseRunbookReference } from '../../../src/runbook/reference.js';
import { formatProblem } from '../../../src/yaml/problem.js';
import { checkFiles } from '../check-files.js';
import { configPath } from '../config-path.js';
import { CliExit, exitCodes } from '../exit.js';
import { readChat, readPerson, readSetting, type InitAnswers } from '../init/answers.js';
import { askAnswers, type Given } from '../init/ask-answers.js';
import { nextSteps } from '../init/next-steps.js';
import { optionalLines, readSettings, typedSettings } from '../init/runbook-settings.js';
import { renderConfig, renderRunbook } from '../init/render-files.js';
import { collected, countOption } from '../options.js';
import { outputOf } from '../output.js';
import type { CliServices } from '../services.js';

interface InitOptions {
  readonly person?: readonly string[];
  readonly slackChannel?: string;
  readonly telegramChat?: string;
  readonly locale?: 'en' | 'ru';
  readonly target?: string;
  readonly title?: string;
  readonly runbook?: string;
  readonly set?: readonly string[];
  readonly approvals: number;
  readonly force?: boolean;
}

export function addInitCommand(program: Command, services: CliServices): void {
  program
    .command('init')
    .description('Write a first planb.yaml: asks on a terminal, else takes the options')
    .option('--person <id,slack=U…,telegram=…>', 'who may ask and approve; several times', collected)
    .option('--slack-channel <id>', 'the Slack channel for the boards')
    .option('--telegram-chat <id[:topic]>', 'the Telegram chat for the boards')
    .addOption(new Option('--locale <locale>', 'the language of the boards (default: en)').choices(['en', 'ru']))
    .option('--target <id>', 'the first system to take back')
    .option('--title <title>', 'what people call it')
    .option('--runbook <name>', 'a built-in\'s name or a path (default: ./runbooks/<target>.yaml, written for you)')
    .option('--set <key=value>', 'a value under the target\'s "with:"; several times', collected)
    .option('--approvals <number>', 'how many people must approve', countOption, 2)
    .option('--force', 'replace planb.yaml')
    .action(async (options: InitOptions) => init(options, services));
}

async function init(options: InitOptions, services: CliServices): Promise<void> {
  const path = configPath(services.env);
  const output = outputOf(services);
  if (options.force !== true && (await exists(path))) throw new CliExit(exitCodes.usage, `${path} exists already: --force replaces it.`);
  const given = givenBy(options);
  const settingsOf = (runbook: string) => readSettings(runbook, dirname(path), services);
  const answers = services.ask === undefined ? complete(given, given.runbook === undefined ? undefined : await settingsOf(given.runbook)) : await askAnswers(given, services.ask, (line) => { output.progress(line); }, settingsOf);
  if (answers.people.length < answers.approvals) throw new CliExit(exitCodes.usage, `${answers.approvals} people must approve, but there ${answers.people.length === 1 ? 'is' : 'are'} only ${answers.people.length}: name more with --person, or lower --approvals.`);

  const config = renderConfig(answers);
  const runbook = await starterRunbook(answers, path);
  await requireSound(config, path, runbook, services);
  await write(path, config);
  if (runbook !== undefined) await write(runbook.file, runbook.text);
  output.print(`Written: ${path}${runbook === undefined ? '' : ` and ${shortest(runbook.file)}`}`);
  nextSteps(answers).forEach((step, index) => { output.print(`${index + 1}. ${step}`); });
}

function givenBy(options: InitOptions): Given {
  const { slackChannel, telegramChat, locale, target, title, runbook, approvals } = options;
  return {
    people: (options.person ?? []).map(readPerson), with: Object.fromEntries((options.set ?? []).map(readSetting)), approvals,
    ...(slackChannel === undefined ? {} : { slack: slackChannel }), ...(telegramChat === undefined ? {} : { telegram: telegramChat }), ...(locale === undefined ? {} : { locale }),
    ...(target === undefined ? {} : { target }), ...(title === undefined ? {} : { title }), ...(runbook === undefined ? {} : { runbook }),
  };
}

/** Without a terminal the options must have said everything that has no default. */
function complete(given: Given, settings: TargetSettings | undefined): InitAnswers {
  const missing = [...(given.people.length === 0 ? ['--person'] : []), ...(given.slack === undefined && given.telegram === undefined ? ['--slack-channel or --telegram-chat'] : []), ...(given.target === undefined ? ['--target'] : [])];
  if (given.target === undefined || missing.length > 0) throw new CliExit(exitCodes.usage, `Nobody can be asked here (no terminal): give ${missing.join(' and ')}.`);
  const { target: id, slack, telegram } = given;
  const values = typedSettings(given.with, settings);
  return {
    people: given.people, approvals: given.approvals,
    channel: { locale: given.locale ?? 'en', ...(slack === undefined ? {} : { slack }), ...(telegram === undefined ? {} : { telegram: readChat(telegram) }) },
    target: {
      id, title: given.title ?? id, environment: 'production', runbook: given.runbook ?? `./runbooks/${id}.yaml`,
      with: given.runbook === undefined ? { url: 'http://127.0.0.1:8080/health', ...values } : values, optional: optionalLines(settings, values),
    },
  };
}

interface StarterRunbook {
  readonly name: string;
  readonly file: string;
  readonly text: string;
}

/** Written only where the target names a file of its own that is not there yet: a runbook is work, and --force is about planb.yaml. */
async function starterRunbook(answers: InitAnswers, path: string): Promise<StarterRunbook | undefined> {
  const name = answers.target.runbook;
  const reference = parseRunbookReference(name);
  if (reference.kind === 'built-in') return undefined;
  const file = resolve(dirname(path), reference.path);
  return (await exists(file)) ? undefined : { name, file, text: renderRunbook(answers) };
}

/** What planb would refuse later is not written at all. */
async function requireSound(config: string, path: string, runbook: StarterRunbook | undefined, services: CliServices): Promise<void> {
  const { problems } = await checkFiles(config, path, {
    actionSchemas: services.actionSchemas, actionPlaces: services.actionPlaces,
    readRunbook: async (name, folder) => (name === runbook?.name ? { ok: true, text: runbook.text } : services.readRunbook(name, folder)),
  });
  if (problems.length > 0) throw new CliExit(exitCodes.usage, `Nothing was written, since "planb check" would refuse it:\n${problems.map(formatProblem).join('\n')}`);
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

function shortest(file: string): string {
  const short = relative(process.cwd(), file);
  return short.startsWith('..') ? file : short;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(() => true, () => false);
}
