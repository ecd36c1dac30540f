import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';

import { EmbeddedServiceError } from './embedded-error.js';

/**
 * Runs `work` while no other planb, in whatever container, starts a server in the same folder.
 *
 * Node has no flock(2), so flock(1) holds the lock around a `cat` that ends when its input does: a planb that is
 * killed closes that input, and the lock is free again without anyone cleaning up.
 */
export async function withStartLock<T>(lockFile: string, timeoutMs: number, work: () => Promise<T>): Promise<T> {
  // Private before flock makes it: whoever may open the file may also hold the lock.
  await (await open(lockFile, 'a', 0o600)).close();
  const seconds = String(timeoutMs / 1000);
  const holder = spawn('flock', ['--exclusive', '--timeout', seconds, lockFile, 'cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
  const failed = once(holder, 'error').then(([cause]) => {
    throw new EmbeddedServiceError(
      'embedded.binary_missing',
      'flock is missing: install util-linux (Debian: apt-get install util-linux; Fedora: dnf install util-linux), or set DATABASE_URL and REDIS_URL.',
      { cause },
    );
  });
  const exited = once(holder, 'exit').then(() => {
    throw new EmbeddedServiceError('embedded.folder_busy', `Another planb has been starting a server for ${seconds} s (${lockFile}).`, {
      retryable: true,
    });
  });
  // After the handshake both only report the ordinary end of the holder.
  failed.catch(() => undefined);
  exited.catch(() => undefined);
  holder.stdin.on('error', () => undefined);
  holder.stdin.write('locked\n');
  try {
    await Promise.race([once(holder.stdout, 'data'), failed, exited]);
    return await work();
  } finally {
    holder.stdin.end();
  }
}
