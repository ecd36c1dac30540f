import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { EmbeddedServiceError } from './embedded-error.js';

/** Deletes paths when told to, or when planb dies. */
export interface Remover {
  /** Deletes them now; returns when they are gone. */
  remove(): Promise<void>;
}

/** Until nothing is left, for a minute at most: what is being ended with planb may still write there, and `rm` gives up where a folder fills behind it. */
const REMOVE = 'tries=60; until rm -rf -- "$@" || [ "$tries" -eq 0 ]; do tries=$((tries - 1)); sleep 1; done';

/**
 * Sees to it that `paths` are deleted with planb's end, however it comes, once nobody holds `lockFile` (a server holds its own as long as one of its processes lives).
 *
 * xargs reads the command from planb and runs it at the end of its input: a planb that is killed closes that input too. It is in a session of its own, so that
 * Ctrl-C in planb's terminal does not end it first.
 */
export async function removeWithPlanb(lockFile: string, paths: readonly string[]): Promise<Remover> {
  const child = spawn('xargs', ['-0', '-r', 'flock', '--exclusive'], {
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: process.env['PATH'] ?? '' },
  });
  const exited = once(child, 'exit');
  exited.catch(() => undefined);
  await once(child, 'spawn').catch((cause: unknown) => {
    throw new EmbeddedServiceError('embedded.binary_missing', 'xargs is missing: install findutils.', { cause });
  });
  child.stdin.on('error', () => undefined);
  child.stdin.write([lockFile, 'sh', '-c', REMOVE, 'sh', ...paths].map((word) => `${word}\0`).join(''));
  child.unref();
  return {
    remove: async () => {
      child.ref();
      child.stdin.end();
      await exited;
    },
  };
}
