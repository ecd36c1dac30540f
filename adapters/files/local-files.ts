import { constants, createReadStream } from 'node:fs';
import { access, readFile, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { HostError, type HostFiles } from '../../src/ports/host.js';

/** The files of this machine. */
export const localFiles: HostFiles = {
  readText: (path) => orNothing(path, () => readFile(path, 'utf8')),
  readFrom: (path, offset) => readFrom(path, offset),
  writeText: async (path, text, mode = 0o644) => {
    const fresh = `${path}.planb-new`;
    await refusing(path, async () => {
      // A file that is there already would keep its mode.
      await rm(fresh, { force: true });
      await writeFile(fresh, text, { mode });
      await rename(fresh, path);
    });
  },
  stat: (path) => orNothing(path, async () => {
    const found = await stat(path);
    return { kind: found.isFile() ? 'file' : found.isDirectory() ? 'folder' : 'other', bytes: found.size, modifiedAt: found.mtimeMs, inode: `${String(found.dev)}:${String(found.ino)}`, ...(found.birthtimeMs > 0 ? { createdAt: found.birthtimeMs } : {}) };
  }),
  remove: (path) => refusing(path, () => rm(path, { force: true })),
  realPath: (path) => realpath(path).catch(() => path),
  findProgram: async (name) => {
    for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
      const path = join(folder, name);
      if (folder !== '' && (await access(path, constants.X_OK).then(() => true, () => false))) return path;
    }
    return undefined;
  },
};

async function* readFrom(path: string, offset: number): AsyncGenerator<Uint8Array> {
  try {
    const bytes: AsyncIterable<Uint8Array> = createReadStream(path, { start: offset });
    for await (const chunk of bytes) yield chunk;
  } catch (error) {
    throw refusal(path, error);
  }
}

/** No such file, or a folder in its place. */
const nothing: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'EISDIR']);

async function orNothing<T>(path: string, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof Error && 'code' in error && nothing.has(String(error.code))) return undefined;
    throw refusal(path, error);
  }
}

async function refusing(path: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    throw refusal(path, error);
  }
}

function refusal(path: string, error: unknown): HostError {
  return new HostError('file-refused', `${path}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
}
