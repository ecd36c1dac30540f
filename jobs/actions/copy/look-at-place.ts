import { dirname } from 'node:path';
import type { ActionContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import { lastOf } from '../docker/docker-cli.js';
import type { Place } from './place.js';
import { runAt } from './run-at.js';

export type PlaceKind = 'file' | 'folder' | 'missing';

/** What is at a place, links followed, and the nearest folder above it that exists. Throws ActionError. */
export async function lookAtPlace(context: ActionContext, place: Place, config: string | undefined): Promise<{ readonly kind: PlaceKind; readonly nearest: string }> {
  const paths = [place.path];
  while (paths.at(-1) !== '/') paths.push(dirname(paths.at(-1) ?? '/'));
  const { stdout, summary, output } = await runAt(context, place, config, ['stat', '-L', '-c', '%F|%n', '--', ...paths], { timeoutMs: 60_000 });
  const found = stdout.split('\n').filter((line) => line !== '').map((line) => ({ type: line.slice(0, line.indexOf('|')), path: line.slice(line.indexOf('|') + 1) }));
  if (found.length === 0) throw new ActionError('not-readable', `${place.path}: ${lastOf(output) || summary}`);
  const own = found.find(({ path }) => path === place.path);
  const nearest = found.find(({ type }) => type === 'directory')?.path ?? '/';
  if (own === undefined) {
    if (/permission denied/i.test(output)) throw new ActionError('not-readable', `${place.path} may not be read: ${lastOf(output)}`);
    return { kind: 'missing', nearest };
  }
  if (own.type === 'directory') return { kind: 'folder', nearest };
  if (own.type.startsWith('regular')) return { kind: 'file', nearest };
  throw new ActionError('not-a-file', `${place.path} is a ${own.type}, neither a file nor a folder`);
}

/** Bytes that an ordinary user may still write where `folder` is. */
export async function freeAt(context: ActionContext, place: Place, config: string | undefined, folder: string): Promise<number> {
  const outcome = await runAt(context, place, config, ['df', '-Pk', '--', folder], { timeoutMs: 60_000 });
  const free = Number(/\s(\d+)\s+\d+%\s/.exec(outcome.stdout.split('\n')[1] ?? '')?.[1] ?? Number.NaN);
  if (!outcome.ok || Number.isNaN(free)) throw new ActionError('not-readable', `the free space of ${folder} cannot be read: ${lastOf(outcome.output) || outcome.summary}`);
  return free * 1024;
}

/** Whether rsync is where the place is. */
export async function hasRsync(context: ActionContext, place: Place, config: string | undefined): Promise<boolean> {
  return (await runAt(context, place, config, ['rsync', '--version'], { timeoutMs: 60_000 })).ok;
}
