import { join } from 'node:path';
import type { ActionContext } from '../../../src/ports/action.js';
import type { ProgramOutcome } from '../../../src/ports/program.js';
import { ActionError } from '../action-error.js';
import { findCompose } from '../compose/compose-command.js';
import { findImage, obtainImage } from '../compose/local-images.js';
import { overrideName, readOverride } from '../compose/override.js';
import { readProject } from '../compose/project.js';
import { listContainers } from '../docker/containers.js';
import { dockerVariables } from '../docker/docker-cli.js';
import { attemptLabels } from '../docker/one-off.js';
import type { Readable } from './read-release.js';
import { type ContainerSource, type CurrentSource, type ServiceSource, environmentOf } from './source.js';

/** How the running release's manage.py is called. */
export interface Manage {
  /** The arguments up to and with `manage.py`. */
  readonly command: readonly [string, ...string[]];
  /** Image id or folder: the very release that was read. */
  readonly runsIn: string;
  readonly readable: Readable;
}

/** Throws ActionError, `other-image` where compose would start another image than the one that runs: migrations are reversed by the code that made them. */
export async function findManage(context: ActionContext, source: CurrentSource): Promise<Manage> {
  if ('program' in source) return { command: [...source.program, 'manage.py'], runsIn: source.cwd, readable: source };
  if ('image' in source) return manageInContainer(context, source);
  const containers = await listContainers(context, source.project, [source.service]);
  const project = await readProject(context.files, source.project, containers);
  const held = await readOverride(context.files, source.project);
  const running = [...containers].sort((a, b) => b.createdAt - a.createdAt)[0];
  const named = held.get(source.service)?.image ?? project.images.get(source.service)?.image ?? running?.imageName;
  const image = named === undefined ? undefined : await findImage(context, named);
  if (named === undefined || image === undefined) throw new ActionError('no-such-service', `${source.project} has no service ${source.service} whose image is on this machine`);
  if (running !== undefined && running.imageId !== image.id) throw new ActionError('other-image', `${source.service} runs another image than ${named}, which compose would start; migrations can only be reversed by the release that made them`);
  const files = [...project.files, ...(held.size > 0 ? [overrideName] : [])];
  const [program, ...rest] = await findCompose(context);
  return {
    command: [
      program, ...rest, ...(project.name === undefined ? [] : ['--project-name', project.name]), '--project-directory', project.folder, ...files.flatMap((file) => ['-f', join(project.folder, file)]),
      'run', '--rm', '-T', '--no-deps', '--entrypoint', source.python, source.service, 'manage.py',
    ],
    runsIn: image.id,
    readable: { imageId: image.id, python: source.python, ...(source.settings === undefined ? {} : { settings: source.settings }), ...(source.env === undefined ? {} : { env: source.env }) },
  };
}

/** By the image's id, so that it is the one that was read. Variables by name only: docker takes the values from its own environment. */
async function manageInContainer(context: ActionContext, source: ContainerSource): Promise<Manage> {
  const { id } = await obtainImage(context, source.image);
  const variables = Object.keys(environmentOf(source)).flatMap((name) => ['--env', name]);
  return {
    command: ['docker', 'run', '--rm', '--network', source.network, ...variables, '--entrypoint', source.python, id, 'manage.py'],
    runsIn: id, readable: { imageId: id, python: source.python, ...(source.settings === undefined ? {} : { settings: source.settings }), ...(source.env === undefined ? {} : { env: source.env }) },
  };
}

/** Runs `manage.py …` in the running release. `marked`: its container can be found by the attempt, since it outlives a killed planb. */
export function runManage(context: ActionContext, source: CurrentSource, { command }: Pick<Manage, 'command'>, args: readonly string[], { marked = false } = {}): Promise<ProgramOutcome> {
  const env = 'service' in source ? {} : environmentOf(source);
  if ('program' in source) return context.run({ argv: [...command, ...args], cwd: source.cwd, env }, { quiet: !marked });
  const at = command.indexOf('run') + 1;
  const labels = marked ? attemptLabels(context).flatMap((label) => ['--label', label]) : [];
  const argv: readonly [string, ...string[]] = [command[0], ...command.slice(1, at), ...labels, ...command.slice(at), ...args];
  return context.run({ argv, env, passEnv: dockerVariables }, { quiet: !marked });
}

/** Which of these services still have a container that runs, or that the engine would start again. */
export async function findRunning(context: ActionContext, source: ServiceSource, services: readonly string[]): Promise<readonly string[]> {
  const containers = await listContainers(context, source.project, services);
  return [...new Set(containers.filter(({ status }) => !['exited', 'created', 'dead'].includes(status)).map(({ service }) => service))];
}
