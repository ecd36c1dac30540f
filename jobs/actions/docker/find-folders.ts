import type { ActionContext } from '../../../src/ports/action.js';
import type { WantedFiles } from './image-files.js';
import { readTar } from './tar-stream.js';

/** What package managers keep for themselves is not what runs. */
const cache = /\/\.?cache\//i;

/**
 * The folders of a container that hold wanted files, found for certain: by the headers of its whole file system, which passes by and is not stored (about 5 s for 1 GB). Those of
 * the first pattern that finds any, in order of their names.
 */
export async function findFolders(context: ActionContext, container: string, { anywhere, files }: Pick<WantedFiles, 'anywhere' | 'files'>): Promise<readonly string[]> {
  const found = anywhere.map(() => new Set<string>());
  await readTar(context, ['export', container], ({ path, type }) => {
    if (type === 'other') return;
    const absolute = `/${path}`;
    for (let slash = absolute.lastIndexOf('/'); slash > 0; slash = absolute.lastIndexOf('/', slash - 1)) {
      if (!files.test(absolute.slice(slash + 1))) continue;
      const folder = absolute.slice(0, slash);
      anywhere.forEach((pattern, index) => {
        if (pattern.test(folder) && !cache.test(folder)) found[index]?.add(folder);
      });
    }
  });
  return [...(found.find((folders) => folders.size > 0) ?? [])].sort();
}
