import { once } from 'node:events';
import { open, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { z } from 'zod';

/** A file of a dump: its name in the folder, its size and its SHA-256 in hex. */
export interface HashedFile {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

export interface HashOptions {
  /** The files, and the folder that names them, are on the disk when it returns. */
  readonly flush?: boolean;
  readonly signal?: AbortSignal;
}

const program = new URL('./hash-worker.mjs', import.meta.url);
const answers = z.tuple([z.object({ bytes: z.number(), sha256: z.string() })]);

/** Hashes files on as many threads as there are cores, the largest first; in the order of `names`. Throws the file system's errors, and what an aborted signal throws. */
export async function hashOnThreads(folder: string, names: readonly string[], { flush: flushes = false, signal }: HashOptions = {}): Promise<readonly HashedFile[]> {
  // The disk works while the processors do.
  const [files] = await Promise.all([hashAll(folder, names, signal), flushes ? flushAll(folder, names) : undefined]);
  return files;
}

async function hashAll(folder: string, names: readonly string[], signal: AbortSignal | undefined): Promise<readonly HashedFile[]> {
  const sizes = await Promise.all(names.map(async (name) => ({ name, size: (await stat(join(folder, name))).size })));
  const left = sizes.sort((a, b) => b.size - a.size).map(({ name }) => name);
  const found = new Map<string, HashedFile>();
  const threads = Array.from({ length: Math.min(availableParallelism(), left.length) }, () => new Worker(program));
  // The first one to fail is told of; the others are ended.
  for (const thread of threads) thread.on('error', () => undefined);
  try {
    await Promise.all(threads.map(async (thread) => {
      for (let name = left.shift(); name !== undefined; name = left.shift()) {
        thread.postMessage(join(folder, name));
        // Rejects with what the thread dies of.
        const [said] = answers.parse(await once(thread, 'message', { signal }));
        found.set(name, { name, ...said });
      }
    }));
  } finally {
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
  return names.flatMap((name) => found.get(name) ?? []);
}

/** What is written so far of these files is on the disk when it returns. */
export async function flushAll(folder: string, names: readonly string[]): Promise<void> {
  await Promise.all(names.map((name) => flush(join(folder, name))));
  await flush(folder);
}

/** A file's contents, or the names that a folder holds, are on the disk when it returns. */
export async function flush(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
