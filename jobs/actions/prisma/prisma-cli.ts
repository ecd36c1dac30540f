import type { ActionContext, StepContext } from '../../../src/ports/action.js';
import type { ProgramOutcome, ProgramRequest } from '../../../src/ports/program.js';
import { findCompose, runArguments } from '../compose/compose-command.js';
import { readOverrideText } from '../compose/override.js';
import { readState } from '../compose/state.js';
import { dockerVariables } from '../docker/docker-cli.js';
import { attemptLabels, endContainers } from '../docker/one-off.js';
import { paste } from '../paste.js';
import { type PrismaInput, databaseUrl } from './cli-input.js';

/** Step and attempt are absent while planning. */
type Caller = ActionContext & Partial<Pick<StepContext, 'step' | 'attemptId'>>;

/**
 * Runs `prisma ARGS` where the input says. The database's address travels in the environment. A container is gone when this returns: docker's client dying leaves it
 * running, so it is found by the attempt's label. Throws ActionError where docker or compose is not there.
 */
export async function runPrisma(context: Caller, given: PrismaInput, args: readonly string[], options: { readonly quiet?: boolean } = {}): Promise<ProgramOutcome> {
  const request = await requestOf(context, given, args);
  const outcome = await context.run({ ...request, signal: context.signal }, options);
  if (!('cwd' in given.cli) && !outcome.notFound && (outcome.aborted || outcome.exitCode === null)) await endContainers(context, 'attempt');
  context.signal.throwIfAborted();
  return outcome;
}

async function requestOf(context: Caller, given: PrismaInput, args: readonly string[]): Promise<ProgramRequest> {
  const { cli } = given;
  const env = environmentOf(given);
  if ('cwd' in cli) return { argv: [...cli.program, ...args], cwd: cli.cwd, env };
  const asked = { labels: attemptLabels(context), variables: Object.keys(env) };
  if ('container' in cli) return { argv: dockerArguments(cli.container, args, asked), env, passEnv: dockerVariables };
  const { project, service, workdir, entrypoint } = cli.compose;
  const state = await readState(context, project, [service]);
  const held = (await readOverrideText(context.files, project)) !== undefined;
  return { argv: runArguments(await findCompose(context), state.project, { service, workdir, entrypoint, held, args, ...asked }), cwd: project, env, passEnv: dockerVariables };
}

function environmentOf(given: PrismaInput): Readonly<Record<string, string>> {
  const url = databaseUrl(given);
  return { ...given.cli.env, ...(url === undefined ? {} : { DATABASE_URL: url }) };
}

type ContainerInput = Extract<PrismaInput['cli'], { container: unknown }>['container'];

/** The variables by name only: docker takes their values from its own environment, and nobody sees them in the list of processes. */
function dockerArguments(given: ContainerInput, args: readonly string[], asked: { readonly labels: readonly string[]; readonly variables: readonly string[] }): readonly [string, ...string[]] {
  const [program, ...first] = given.entrypoint;
  return [
    'docker', 'run', '--rm',
    ...asked.labels.flatMap((label) => ['--label', label]),
    ...(given.network === undefined ? [] : ['--network', given.network]),
    ...given.volumes.flatMap((volume) => ['--volume', volume]),
    ...(given.workdir === undefined ? [] : ['--workdir', given.workdir]),
    ...asked.variables.flatMap((name) => ['--env', name]),
    '--entrypoint', program, given.image, ...first, ...args,
  ];
}

/** As a person could paste it; references are still references here. */
export function pastePrisma(given: PrismaInput, args: readonly string[]): string {
  const { cli } = given;
  const env = environmentOf(given);
  if ('cwd' in cli) return `cd ${paste([cli.cwd])} && ${paste([...cli.program, ...args], env)}`;
  const variables = Object.keys(env);
  if ('container' in cli) return paste(dockerArguments(cli.container, args, { labels: [], variables }), env);
  const { project, service, workdir, entrypoint } = cli.compose;
  const [program, ...first] = entrypoint;
  const where = workdir === undefined ? [] : ['--workdir', workdir];
  return `cd ${paste([project])} && ${paste(['docker', 'compose', 'run', '--rm', '--no-deps', '-T', ...where, ...variables.flatMap((name) => ['-e', name]), '--entrypoint', program, service, ...first, ...args], env)}`;
}
