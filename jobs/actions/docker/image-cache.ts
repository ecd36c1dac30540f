import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, readdir, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { ActionContext } from '../../../src/ports/action.js';
import type { ImageFiles } from './image-files.js';

/** All that is kept; what was not asked for the longest time goes first. */
const maxBytes = 512 * 1024 * 1024;
/** A worker that writes longer than this is dead. */
const staleMs = 60 * 60_000;

const indexSchema = z.object({ folder: z.string(), files: z.array(z.object({ path: z.string(), size: z.int().nonnegative() })) }).nullable();

/** What an image was found to hold earlier; undefined: nobody has looked, or the file was damaged. `found` is undefined where it holds none. */
export async function readKept(context: ActionContext, key: string): Promise<{ readonly found: ImageFiles | undefined } | undefined> {
  const path = join(await cacheOf(context), key);
  const bytes = await readFile(path).catch(() => undefined);
  if (bytes === undefined) return undefined;
  const kept = unpack(bytes);
  if (kept === undefined) {
    context.log(`${path} is damaged and is read from the image again`);
    await rm(path, { force: true });
    return undefined;
  }
  const now = new Date(context.now());
  // Another worker may just have removed it.
  await utimes(path, now, now).catch(() => undefined);
  return kept;
}

/** Keeps what was read. Whole or not at all, whoever else writes and whenever it is killed. A cache that cannot be written costs time and nothing else. */
export async function keepFiles(context: ActionContext, key: string, found: ImageFiles | undefined): Promise<void> {
  const folder = await cacheOf(context);
  const temporary = join(folder, `${key}.${randomUUID()}`);
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(temporary, pack(found), { mode: 0o600 });
    await rename(temporary, join(folder, key));
    await removeOldest(folder, context.now());
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    context.log(`what was read of the image is not kept: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function cacheOf(context: ActionContext): Promise<string> {
  return join(await context.cacheFolder(), 'image-files');
}

/** A line with the checksum of the rest, a line with the index, then the files' bytes one after another. */
function pack(found: ImageFiles | undefined): Buffer {
  const files = [...(found?.files ?? [])];
  const index = found === undefined ? null : { folder: found.folder, files: files.map(([path, { length }]) => ({ path, size: length })) };
  const rest = Buffer.concat([Buffer.from(`${JSON.stringify(index)}\n`), ...files.map(([, bytes]) => bytes)]);
  return Buffer.concat([Buffer.from(`${sha256(rest)}\n`), rest]);
}

function unpack(bytes: Buffer): { readonly found: ImageFiles | undefined } | undefined {
  const first = bytes.indexOf('\n');
  const rest = bytes.subarray(first + 1);
  if (first === -1 || bytes.toString('latin1', 0, first) !== sha256(rest)) return undefined;
  const second = rest.indexOf('\n');
  const index = indexSchema.parse(JSON.parse(rest.toString('utf8', 0, second)));
  if (index === null) return { found: undefined };
  let at = second + 1;
  const files = new Map(index.files.map(({ path, size }) => [path, rest.subarray(at, (at += size))] as const));
  return { found: { folder: index.folder, files } };
}

function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

async function removeOldest(folder: string, now: number): Promise<void> {
  const entries = await Promise.all((await readdir(folder)).map(async (name) => {
    const path = join(folder, name);
    const found = await stat(path).catch(() => undefined);
    return found === undefined ? [] : [{ path, temporary: name.includes('.'), size: found.size, usedAt: found.mtimeMs }];
  }));
  const files = entries.flat().sort((a, b) => b.usedAt - a.usedAt);
  let bytes = 0;
  for (const { path, temporary, size, usedAt } of files) {
    bytes += size;
    if (temporary ? usedAt < now - staleMs : bytes > maxBytes) await rm(path, { force: true });
  }
}
