import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { startPostgres } from '../../adapters/embedded/postgres-server.js';
import { startRedis } from '../../adapters/embedded/redis-server.js';
import { DemoRefused } from './demo-refused.js';
import { COMPOSE_SHOP_PREFIX, removeComposeShop, stopShop } from './stop-shop.js';

/** Where one demo lives; nothing outside `path` is written. */
export interface DemoFolder {
  readonly path: string;
  readonly shop: string;
  /** The "new server" of the move. */
  readonly newShop: string;
  readonly config: string;
  /** PLANB_DATA of the demo's planb. */
  readonly planbData: string;
  readonly shopPostgres: string;
  /** Lets the next demo have it; to be called when everything in it has ended. */
  release(): Promise<void>;
}

/**
 * Takes `<data>/demo` and empties it, after ending whatever a killed demo left running there.
 *
 * @throws DemoRefused while another demo is alive in it
 */
export async function claimDemoFolder(data: string): Promise<DemoFolder> {
  const path = resolve(data, 'demo');
  const unlock = await lockFolder(path);
  const inUse = join(path, 'in-use');
  const folder: DemoFolder = {
    path,
    shop: join(path, 'shop'), newShop: join(path, 'new-shop'), config: join(path, 'config'), planbData: join(path, 'planb'), shopPostgres: join(path, 'shop-postgres'),
    release: async () => {
      await rm(inUse, { force: true });
      unlock();
    },
  };
  try {
    // Still there only when the last demo did not come to its end.
    if (existsSync(inUse)) await endLeftovers(folder);
    await rm(path, { recursive: true, force: true });
    await mkdir(path, { recursive: true });
    await writeFile(inUse, `${String(process.pid)}\n`);
    return folder;
  } catch (error) {
    unlock();
    throw error;
  }
}

/** A name in the kernel's own namespace: it goes with the process, however that ends, so no stale lock has to be judged. */
async function lockFolder(path: string): Promise<() => void> {
  const lock = createServer();
  lock.listen(`\0planb-demo-${createHash('sha256').update(path).digest('hex').slice(0, 32)}`);
  try {
    await once(lock, 'listening');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    throw new DemoRefused(`Another demo runs in ${path}: end it with Ctrl-C in its terminal, or set PLANB_DATA to another folder for this one.`);
  }
  lock.unref();
  return () => { lock.close(); };
}

/** A demo that was killed leaves the shops, which live by themselves, and servers that the kernel may still be ending. */
async function endLeftovers(folder: DemoFolder): Promise<void> {
  for (const shop of [folder.shop, folder.newShop]) await stopShop(shop);
  for (const name of await readdir(folder.path)) if (name.startsWith(COMPOSE_SHOP_PREFIX)) await removeComposeShop(join(folder.path, name));
  const servers = [
    { dataDir: folder.shopPostgres, start: startPostgres },
    { dataDir: join(folder.planbData, 'postgres'), start: startPostgres },
    { dataDir: join(folder.planbData, 'redis'), start: startRedis },
  ];
  for (const { dataDir, start } of servers) {
    if (!existsSync(dataDir)) continue;
    // Starting takes over what a dead owner left; then it can be ended in order.
    const server = await start({ dataDir, durable: false });
    await server.stop();
  }
}
