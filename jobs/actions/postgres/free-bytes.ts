import { statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ActionError } from '../action-error.js';

/** Free bytes where `path` is or will be. Throws ActionError `no-such-folder`. */
export async function freeBytes(path: string): Promise<number> {
  for (let folder = path; ; folder = dirname(folder)) {
    const stats = await statfs(folder).catch(() => undefined);
    if (stats !== undefined) return stats.bavail * stats.bsize;
    if (folder === dirname(folder)) throw new ActionError('no-such-folder', `${path} cannot be read`);
  }
}
