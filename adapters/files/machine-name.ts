import { randomBytes } from 'node:crypto';
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/**
 * Names the machine by a file in planb's data folder, made when it is first asked for: a container that is made anew gets another host name, and keeps its files. The name begins with the
 * host's, since people read it.
 */
export function machineNamer(dataFolder: string): () => Promise<string> {
  let name: Promise<string> | undefined;
  return () => (name ??= readOrMake(dataFolder).catch((error: unknown) => {
    name = undefined;
    throw error;
  }));
}

async function readOrMake(dataFolder: string): Promise<string> {
  const path = join(dataFolder, 'machine');
  const known = await readName(path);
  if (known !== undefined) return known;
  await mkdir(dataFolder, { recursive: true, mode: 0o700 });
  const draft = `${path}.${String(process.pid)}.${randomBytes(4).toString('hex')}`;
  await writeFile(draft, `${hostname()}-${randomBytes(2).toString('hex')}\n`, { flush: true });
  try {
    // Whole or not at all, and never over the name that another process has just given.
    await link(draft, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    await rm(draft, { force: true });
  }
  const made = await readName(path);
  if (made === undefined) throw new Error(`${path} is empty; remove it`);
  return made;
}

async function readName(path: string): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  });
  return text.trim() === '' ? undefined : text.trim();
}
