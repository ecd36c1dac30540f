import { createHash } from 'node:crypto';
import type { ActionContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import { findFolders } from './find-folders.js';
import { keepFiles, readKept } from './image-cache.js';
import { type FileLimit, readFolder } from './read-folder.js';
import { type NamedImage, withContainer } from './with-container.js';

/** Which files of an image are wanted. */
export interface WantedFiles {
  /** For sentences: "Prisma migrations". */
  readonly what: string;
  /** The folders where they usually are, absolute. Several that hold some must hold the same. */
  readonly candidates: readonly string[];
  /** Where no candidate holds any, the whole file system is searched for folders whose absolute path matches, earlier patterns before later ones. Empty: it is not searched. */
  readonly anywhere: readonly RegExp[];
  /** Which files count, by their path relative to the folder. An empty path is the candidate itself, where that is a file. */
  readonly files: RegExp;
}

/** What an image holds of what was wanted. */
export interface ImageFiles {
  /** The folder in the image, absolute. */
  readonly folder: string;
  /** By path relative to the folder. */
  readonly files: ReadonlyMap<string, Buffer>;
}

/** So many bytes in so many files are kept in memory and in the cache; an image that holds more is refused. */
const limit: FileLimit = { bytes: 128 * 1024 * 1024, files: 50_000 };
const maxFolders = 8;
/** To ask docker for a path that is not there takes some 30 ms, most of them its own start. */
const atOnce = 4;

/**
 * Reads files out of an image without starting it; undefined where it holds none. Images never change, so what was read is kept in the cache and a second read asks the engine
 * nothing. Throws ActionError, one clear sentence.
 */
export async function readImageFiles(context: ActionContext, image: NamedImage, wanted: WantedFiles): Promise<ImageFiles | undefined> {
  // By the question too: another version of planb may ask another one.
  const key = createHash('sha256').update(JSON.stringify([image.id, wanted.candidates, wanted.anywhere.map(String), String(wanted.files)])).digest('hex');
  const kept = await readKept(context, key);
  if (kept !== undefined) return kept.found;
  const found = await withContainer(context, image, (container) => readFrom(context, container, image, wanted));
  await keepFiles(context, key, found);
  return found;
}

async function readFrom(context: ActionContext, container: string, image: NamedImage, wanted: WantedFiles): Promise<ImageFiles | undefined> {
  const read = async (folders: readonly string[]): Promise<ImageFiles | undefined> => {
    const found: ImageFiles[] = [];
    for (let index = 0; index < folders.length; index += atOnce) {
      const some = await all(folders.slice(index, index + atOnce).map(async (folder) => ({ folder, files: await readFolder(context, container, folder, wanted.files, limit) })));
      found.push(...some.filter(({ files }) => files.size > 0));
    }
    const [one] = found;
    // Two Pythons may hold a package each, and nothing here says which one runs.
    if (one !== undefined && found.some(({ files }) => hashOf(files) !== hashOf(one.files))) throw severalFolders(image, wanted, found.map(({ folder }) => folder));
    return one;
  };
  const usual = await read(wanted.candidates);
  if (usual !== undefined || wanted.anywhere.length === 0) return usual;

  context.progress(`looking for ${wanted.what} in all of ${image.reference}`);
  const folders = await findFolders(context, container, wanted);
  if (folders.length > maxFolders) throw severalFolders(image, wanted, folders);
  return read(folders);
}

function severalFolders(image: NamedImage, { what }: WantedFiles, folders: readonly string[]): ActionError {
  const named = folders.slice(0, 4).join(', ');
  return new ActionError('several-folders', `${image.reference} holds ${what} in ${folders.length} folders that differ (${named}${folders.length > 4 ? ', …' : ''}); say which by path:`);
}

function hashOf(files: ReadonlyMap<string, Buffer>): string {
  const hash = createHash('sha256');
  for (const [path, bytes] of [...files].sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(JSON.stringify([path, bytes.length])).update(bytes);
  return hash.digest('hex');
}

/** Waits for all of them even where one fails: the container must not go while others still read it. */
async function all<T>(work: readonly Promise<T>[]): Promise<readonly T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}
