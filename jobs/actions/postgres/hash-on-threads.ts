import { once } from 'node:events';
import { stat } from 'node:fs/promises';
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
  /** Each file is on the disk when it returns. */
  readonly flush?: boolean;
  readonly signal?: AbortSignal;
}

/** A thread takes about 5 MB, and no disk feeds more. */
const mostThreads = 4;
const program = new URL('./hash-worker.mjs', import.meta.url);
const answers = z.tuple([z.object({ bytes: z.number(), sha256: z.string() })]);

/** Hashes files on threads of their own, the largest first; in the order of `names`. Throws the file system's errors, and what an aborted signal throws. */
export async function hashOnThreads(folder: string, names: readonly string[], { flush = false, signal }: HashOptions = {}): Promise<readonly HashedFile[]> {
  const sizes = await Promise.all(names.map(async (name) => ({ name, size: (await stat(join(folder, name))).size })));
  const left = sizes.sort((a, b) => b.size - a.size).map(({ name }) => name);
  const found = new Map<string, HashedFile>();
  const threads = Array.from({ length: Math.min(availableParallelism(), mostThreads, left.length) }, () => new Worker(program));
  // The first one to fail is told of; the others are ended.
  for (const thread of threads) thread.on('error', () => undefined);
  try {
    await Promise.all(threads.map(async (thread) => {
      for (let name = left.shift(); name !== undefined; name = left.shift()) {
        thread.postMessage({ path: join(folder, name), flush });
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
