import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** A folder on a network share may not know how to be flushed; PostgreSQL passes over the same words. */
const cannotFlushFolders = new Set(['EBADF', 'EINVAL', 'EACCES', 'EISDIR', 'EPERM']);

/** Which names a folder holds is on the disk when it returns, where its file system can do that. Throws the file system's other errors. */
export async function flushFolder(path: string): Promise<void> {
  try {
    await flushFile(path);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && cannotFlushFolders.has(String(error.code)))) throw error;
  }
}

/** Has the disk take what grows in a folder, one file after the other. */
export class FolderFlusher {
  readonly #folder: string;
  readonly #flushed = new Map<string, number>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Flushes each file that grew since it was last flushed. Throws the file system's errors; a file that is gone is none. */
  async flush(): Promise<void> {
    for (const name of await readdir(this.#folder).catch(unlessGone([]))) {
      const path = join(this.#folder, name);
      const size = await stat(path).then((found) => found.size, unlessGone(undefined));
      if (size === undefined || size === this.#flushed.get(name)) continue;
      await flushFile(path).catch(unlessGone(undefined));
      this.#flushed.set(name, size);
    }
  }
}

async function flushFile(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function unlessGone<T>(instead: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return instead;
    throw error;
  };
}
