import { chmod, cp, mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';

/** The programs and releases, plain JavaScript: beside this file in the sources, and copied beside it by the build. */
export const SHOP_ASSETS = join(import.meta.dirname, 'assets');

/** Both releases, oldest first: 1.0.0 is good, 1.1.0 is the one to take back. */
export const SHOP_RELEASES = ['1.0.0', '1.1.0'] as const;

const SETTINGS = 'shop.json';

/** The folder that holds the installed packages, for `pg` and what it needs. */
export function findNodeModules(): string {
  return dirname(dirname(createRequire(import.meta.url).resolve('pg/package.json')));
}

async function listFolder(dir: string): Promise<string[]> {
  return readdir(dir).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
}

/** Copies one release with the migrator that it depends on: what an image of it holds. */
export async function writeRelease(version: string, to: string): Promise<void> {
  await cp(join(SHOP_ASSETS, 'releases', version), to, { recursive: true });
  await cp(join(SHOP_ASSETS, 'migrator'), join(to, 'migrator'), { recursive: true });
}

/** True when `dir` holds a shop that {@link writeShopFiles} wrote. */
export async function isShopFolder(dir: string): Promise<boolean> {
  return (await listFolder(dir)).includes(SETTINGS);
}

/**
 * Writes the programs, both releases and the settings into `dir`, replacing an earlier shop there.
 *
 * @throws Error when `dir` holds something else.
 */
export async function writeShopFiles(dir: string, settings: { databaseUrl: string; port: number }): Promise<void> {
  const found = await listFolder(dir);
  if (found.length > 0 && !found.includes(SETTINGS)) throw new Error(`${dir} is not empty and holds no sample shop; choose another folder.`);
  for (const name of found) await rm(join(dir, name), { recursive: true, force: true });

  await mkdir(dir, { recursive: true });
  // First, so that a half-written folder is still known as ours. It holds a password.
  await writeFile(join(dir, SETTINGS), `${JSON.stringify(settings, undefined, 2)}\n`, { mode: 0o600 });
  for (const part of ['package.json', 'lib', 'migrator', 'bin']) await cp(join(SHOP_ASSETS, part), join(dir, part), { recursive: true });
  for (const version of SHOP_RELEASES) await writeRelease(version, join(dir, 'releases', version));
  await symlink(findNodeModules(), join(dir, 'node_modules'));
  for (const file of await readdir(join(dir, 'bin'))) {
    await chmod(join(dir, 'bin', file), 0o755);
    await symlink(file, join(dir, 'bin', basename(file, '.mjs')));
  }
}
