import { join } from 'node:path';
import { Client } from 'pg';
import { findPostgres } from '../../adapters/embedded/find-binaries.js';
import { startPostgres } from '../../adapters/embedded/postgres-server.js';
import { buildPostgresImage, buildShopImages } from '../images/build.js';
import { engineAnswers } from '../images/engine.js';
import { prepareComposeShop } from '../shop/compose.js';
import { findFreePort } from '../../adapters/embedded/free-port.js';
import { prepareShop } from '../shop/prepare.js';
import { writeShopFiles } from '../shop/shop-files.js';
import type { DemoFolder } from './demo-folder.js';
import { DemoRefused } from './demo-refused.js';
import { COMPOSE_SHOP_PREFIX, stopShop } from './stop-shop.js';

/** The sample target as planb is to know it. */
export interface ShopWorld {
  readonly url: string;
  /** Values for the templates of demo/config. */
  readonly values: Readonly<Record<string, string>>;
  /** Secrets for planb's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** Fragments of planb.yaml that describe it. */
  readonly targets: readonly string[];
  stop(): Promise<void>;
}

type Say = (line: string) => void;

/** The shop as processes, its own private PostgreSQL, and an empty second server to move to. */
export async function startShop(folder: DemoFolder, say: Say): Promise<ShopWorld> {
  say('starting a PostgreSQL for the shop');
  const postgres = await startPostgres({ dataDir: folder.shopPostgres, durable: false });
  try {
    const [databaseUrl, newDatabaseUrl] = [await createDatabase(postgres.url, 'shop'), await createDatabase(postgres.url, 'new_shop')];
    const shop = await prepareShop({ dir: folder.shop, databaseUrl, port: 0, onProgress: say });
    const newPort = await findFreePort();
    await writeShopFiles(folder.newShop, { databaseUrl: newDatabaseUrl, port: newPort });
    return {
      url: shop.url,
      values: { shop: shop.dir, shopUrl: shop.url, newShop: folder.newShop, newShopUrl: `http://127.0.0.1:${String(newPort)}`, movePrograms: join(import.meta.dirname, '..', 'config', 'move') },
      env: { SHOP_DATABASE_URL: databaseUrl, NEW_SHOP_DATABASE_URL: newDatabaseUrl },
      targets: ['target-shop.yaml', 'target-shop-move.yaml'],
      stop: async () => {
        await stopShop(folder.newShop);
        await shop.stop();
        await postgres.stop();
      },
    };
  } catch (error) {
    await stopShop(folder.shop);
    await postgres.stop();
    throw error;
  }
}

/**
 * The shop as containers. Moving it is left out here.
 *
 * @throws DemoRefused when no engine answers
 */
export async function startComposeShop(folder: DemoFolder, say: Say): Promise<ShopWorld> {
  if (!(await engineAnswers())) throw new DemoRefused('No Docker Engine answers: start it (as root: dockerd), join its group, or leave --docker out to use plain processes.');
  const [binaries] = await findPostgres();
  if (binaries === undefined) throw new DemoRefused('PostgreSQL is not installed, and its image is made out of this machine\'s own: on Debian, apt-get install postgresql.');
  say('building the images of shop 1.0.0 and 1.1.0');
  const images = await buildShopImages();
  const postgresImage = await buildPostgresImage(binaries.directory);
  // The folder's name is the Compose project's, which has to be unique on the engine.
  const dir = join(folder.path, `${COMPOSE_SHOP_PREFIX}${String(process.pid)}`);
  const shop = await prepareComposeShop({ dir, images, postgresImage, onProgress: say });
  return {
    url: shop.url,
    values: { shop: dir, shopUrl: shop.url },
    env: { SHOP_DATABASE_URL: shop.databaseUrl },
    targets: ['target-shop-compose.yaml'],
    stop: () => shop.stop(),
  };
}

async function createDatabase(serverUrl: string, name: string): Promise<string> {
  const client = new Client({ connectionString: serverUrl });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${name}`);
  } finally {
    await client.end();
  }
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
