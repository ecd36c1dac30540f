import { createTarDecoder } from 'modern-tar';
import type { ActionContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import { docker, lastOf } from './docker-cli.js';

/** One entry of a tar stream. */
export interface TarEntry {
  /** As it stands in the archive, without `./` and slashes at the ends. */
  readonly path: string;
  readonly type: 'file' | 'hard-link' | 'symbolic-link' | 'other';
  /** Bytes of a file. */
  readonly size: number;
  /** Where a link leads: a hard link within the archive, a symbolic one as it is written. */
  readonly to: string;
  /** The file's bytes; at most once, before the next entry. */
  readonly read: () => Promise<Buffer>;
}

/** No image takes longer, however large. */
const streamMs = 30 * 60_000;

/**
 * Runs a docker command that writes a tar stream, and hands over its entries one after another; nothing is stored and no more than a piece of it is in memory. False: docker
 * says that there is no such path. Throws ActionError, also for a stream that ends too early.
 */
export async function readTar(context: ActionContext, args: readonly string[], onEntry: (entry: TarEntry) => Promise<void> | void): Promise<boolean> {
  let broken: { readonly error: unknown } | undefined;
  const outcome = await docker(context, args, {
    timeoutMs: streamMs,
    readStdout: async (stdout) => {
      try {
        await readEntries(stdout, onEntry);
      } catch (error) {
        broken = { error };
      }
    },
  });
  if (broken?.error instanceof ActionError) throw broken.error;
  if (!outcome.ok && missing.test(outcome.output)) return false;
  if (!outcome.ok || broken !== undefined) {
    const why = broken?.error instanceof Error ? broken.error.message : '';
    throw new ActionError('docker-failed', `docker ${args[0] ?? ''}: ${lastOf(outcome.output) || (outcome.ok ? why : outcome.summary)}`, { retryable: true, cause: broken?.error });
  }
  return true;
}

/** Docker up to 20.10, later ones, Podman. A path below a file is no path either. */
const missing = /no such container:path|could not find the file|could not be found on container|no such file or directory|not a directory/i;

/** The entries of a tar stream, one after another. Throws what `onEntry` throws, and for a stream that is none. */
export async function readEntries(stdout: AsyncIterable<Uint8Array>, onEntry: (entry: TarEntry) => Promise<void> | void): Promise<void> {
  // Strict: checksums count, and a stream that was cut is an error.
  const entries = ReadableStream.from(stdout).pipeThrough(createTarDecoder({ strict: true }));
  for await (const { header, body } of entries) {
    await onEntry({
      path: header.name.replace(/^(?:\.?\/)+/, '').replace(/\/+$/, ''),
      type: typeOf(header.type),
      size: header.size,
      to: header.linkname ?? '',
      read: async () => {
        const chunks: Uint8Array[] = [];
        for await (const chunk of body) chunks.push(chunk);
        return Buffer.concat(chunks);
      },
    });
    // What was not read has to pass by before the next entry comes.
    await body.cancel();
  }
}

function typeOf(type: string | undefined): TarEntry['type'] {
  if (type === undefined || type === 'file') return 'file';
  return type === 'link' ? 'hard-link' : type === 'symlink' ? 'symbolic-link' : 'other';
}
