import { type ComposeProgram, composeArguments } from './compose-command.js';
import { overrideName } from './override.js';
import type { ComposeProject } from './project.js';

/** What can be done to services that changes what runs. */
export type ServiceDeed = 'stop' | 'start' | 'restart' | 'down-up';
export type Argv = readonly [string, ...string[]];

/**
 * The argument arrays of a deed, in order. planb's override is among the files where the project is held: without it `up` would bring the release back that was taken away. Volumes are never
 * removed, and services that nobody named are left alone.
 */
export function serviceCommands(program: ComposeProgram, project: Pick<ComposeProject, 'folder' | 'name' | 'files'>, deed: ServiceDeed, services: readonly string[] | 'all', held: boolean): readonly Argv[] {
  const begin = composeArguments(program, project, held ? [...project.files, overrideName] : project.files);
  const named = services === 'all' ? [] : services;
  const up: Argv = [...begin, 'up', '-d', '--no-build', ...(services === 'all' ? [] : ['--no-deps']), ...named];
  switch (deed) {
    case 'stop':
    case 'restart':
      return [[...begin, deed, ...named]];
    case 'start':
      return [up];
    case 'down-up':
      return [[...begin, 'down'], up];
    default:
      return deed satisfies never;
  }
}
