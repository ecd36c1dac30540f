import { posix } from 'node:path';
import type { ActionContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import { readTar } from './tar-stream.js';

/** How much is read at most. */
export interface FileLimit {
  readonly bytes: number;
  readonly files: number;
}

/** A link to a link to a link: deeper is a circle. */
const maxDepth = 8;
/** Each is a command of its own. */
const maxLinks = 200;

/**
 * The files of a folder of a container that count, by their path relative to it; empty where there is no such folder. Links are followed as the application would. Throws
 * ActionError `too-many-files`.
 */
export async function readFolder(context: ActionContext, container: string, folder: string, files: RegExp, limit: FileLimit): Promise<ReadonlyMap<string, Buffer>> {
  const found = new Map<string, Buffer>();
  let bytes = 0;
  const take = (path: string, content: Buffer): void => {
    found.set(path, content);
    bytes += content.length;
  };
  const refuseBeyond = (size: number): void => {
    if (bytes + size > limit.bytes || found.size >= limit.files) throw new ActionError('too-many-files', `${folder} of the image holds more than planb reads (${limit.files} files, ${limit.bytes / 1_048_576} MB)`);
  };

  const walk = async (source: string, prefix: string, depth: number): Promise<void> => {
    const links: { readonly path: string; readonly to: string }[] = [];
    const names = new Map<string, string>();
    // Without docker's --follow-link, which Podman does not know.
    await readTar(context, ['cp', `${container}:${source}`, '-'], async (entry) => {
      // The archive begins with the folder's own name.
      const below = entry.path.split('/').slice(1).join('/');
      const path = [prefix, below].filter((part) => part !== '').join('/');
      names.set(entry.path, path);
      if (entry.type === 'symbolic-link') {
        links.push({ path, to: posix.resolve(below === '' ? posix.dirname(source) : posix.dirname(posix.join(source, below)), entry.to) });
      } else if (entry.type === 'file' && files.test(path)) {
        refuseBeyond(entry.size);
        take(path, await entry.read());
      } else if (entry.type === 'hard-link' && files.test(path)) {
        // A second name of a file in this folder; names of files elsewhere come as files.
        const first = names.get(entry.to.replace(/^(?:\.?\/)+/, ''));
        const content = first === undefined ? undefined : found.get(first);
        if (content === undefined) links.push({ path, to: posix.join(source, entry.to.split('/').slice(1).join('/')) });
        else take(path, content);
      }
    });
    if (links.length > maxLinks) throw new ActionError('too-many-files', `${folder} of the image holds more than ${maxLinks} links`);
    for (const { path, to } of links) {
      if (depth < maxDepth) await walk(to, path, depth + 1);
    }
  };
  await walk(folder, '', 0);
  return found;
}
