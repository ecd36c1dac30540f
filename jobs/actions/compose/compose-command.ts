import { join } from 'node:path';
import type { ActionContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import { docker } from '../docker/docker-cli.js';
import { overrideName } from './override.js';
import type { ComposeProject } from './project.js';

/** `docker compose` (v2) or `docker-compose` (v1). */
export type ComposeProgram = readonly ['docker', 'compose'] | readonly ['docker-compose'];

/** The compose of the machine: the plugin where it is there. Throws ActionError `no-compose`. */
export async function findCompose(context: ActionContext): Promise<ComposeProgram> {
  const plugin = await docker(context, ['compose', 'version', '--short']);
  if (plugin.ok) return ['docker', 'compose'];
  // Asking v1 for its version would take Python a third of a second.
  if ((await context.files.findProgram('docker-compose')) !== undefined) return ['docker-compose'];
  throw new ActionError('no-compose', `there is neither docker compose nor docker-compose on ${context.on ?? 'this machine'}; install docker-compose-plugin`);
}

/** The argument array that puts services on what the override says: the same project and files as before, with planb's as the last. */
export function upArguments(program: ComposeProgram, project: ComposeProject, services: readonly string[]): readonly [string, ...string[]] {
  return [...composeArguments(program, project, [...project.files, overrideName]), 'up', '-d', '--no-deps', '--no-build', ...services];
}

/** The argument array that shows the project's own files as compose understands them, without planb's. */
export function configArguments(program: ComposeProgram, project: Pick<ComposeProject, 'folder' | 'name' | 'files'>): readonly [string, ...string[]] {
  return [...composeArguments(program, project, project.files), 'config'];
}

/** A one-off container of a service, with another program as its first one; removed at its end. */
export interface OneOff {
  readonly service: string;
  readonly workdir: string | undefined;
  readonly entrypoint: readonly [string, ...string[]];
  readonly args: readonly string[];
  readonly labels: readonly string[];
  /** Names only: compose takes the values from its own environment. */
  readonly variables: readonly string[];
  /** planb's override is there, and says which image the service runs. */
  readonly held: boolean;
}

/** The argument array that runs a program in a one-off container of a service, alone and without its ports. Both versions of compose take it. */
export function runArguments(program: ComposeProgram, project: ComposeProject, one: OneOff): readonly [string, ...string[]] {
  const [entrypoint, ...first] = one.entrypoint;
  return [
    ...composeArguments(program, project, one.held ? [...project.files, overrideName] : project.files),
    'run',
    '--rm',
    '--no-deps',
    '-T',
    ...one.labels.flatMap((label) => ['--label', label]),
    ...(one.workdir === undefined ? [] : ['--workdir', one.workdir]),
    ...one.variables.flatMap((name) => ['-e', name]),
    '--entrypoint',
    entrypoint,
    one.service,
    ...first,
    ...one.args,
  ];
}

/** The beginning of every argument array: which project, and from which files. */
export function composeArguments(program: ComposeProgram, project: Pick<ComposeProject, 'folder' | 'name'>, files: readonly string[]): readonly [string, ...string[]] {
  const [name, ...rest] = program;
  return [
    name,
    ...rest,
    ...(project.name === undefined ? [] : ['--project-name', project.name]),
    // Relative paths in the files start here, whatever file comes first.
    '--project-directory',
    project.folder,
    ...files.flatMap((file) => ['-f', join(project.folder, file)]),
  ];
}
