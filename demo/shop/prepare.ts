import { join } from 'node:path';
import { execa } from 'execa';
import { emptyShopDatabase, seedShopDatabase } from './database.js';
import { findFreePort } from '../../adapters/embedded/free-port.js';
import { waitForHealth } from './health.js';
import { isShopFolder, writeShopFiles } from './shop-files.js';

/** The names of the programs in the shop's bin folder. */
export type ShopProgram = 'release' | 'running' | 'releases' | 'probe-release' | 'settle-history' | 'probe-history' | 'migrate' | 'stop';

/** The sample target: two releases of a small web service behind a `current` link, its database, its process. */
export interface Shop {
  /** Absolute. Holds `bin/`, `releases/`, `current`, `log/shop.log`. */
  readonly dir: string;
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string;
  readonly databaseUrl: string;
  readonly logFile: string;
  /** Absolute path of a program, to put into an argument array. */
  program(name: ShopProgram): string;
  /** Ends the shop's process; its files and database stay. */
  stop(): Promise<void>;
}

export interface PrepareShopOptions {
  /** A new or empty folder, or that of an earlier shop, which is replaced. Absolute. */
  readonly dir: string;
  /** An existing database of the shop's own: tables of an earlier shop are dropped, anything else is refused. */
  readonly databaseUrl: string;
  /** 0 chooses a free one. */
  readonly port: number;
  /** Told before each stage. */
  readonly onProgress?: (line: string) => void;
}

/**
 * Makes the world of the demo: 1.0.0 deployed and healthy with customers and orders, then 1.1.0 deployed over it, its second
 * migration failed half-way and its health failing. Takes about two seconds. Resolves once that state has been seen.
 *
 * @throws Error when the folder or the database is not the shop's, or a release does not start.
 */
export async function prepareShop(options: PrepareShopOptions): Promise<Shop> {
  const { dir, databaseUrl, onProgress = () => undefined } = options;
  const program = (name: ShopProgram): string => join(dir, 'bin', name);
  const run = async (name: ShopProgram, ...args: string[]): Promise<void> => {
    await execa(process.execPath, [program(name), ...args], { extendEnv: false, env: { PATH: '/usr/local/bin:/usr/bin:/bin' } });
  };

  if (await isShopFolder(dir)) await run('stop');
  const port = options.port === 0 ? await findFreePort() : options.port;
  const url = `http://127.0.0.1:${String(port)}`;
  await emptyShopDatabase(databaseUrl);
  await writeShopFiles(dir, { databaseUrl, port });

  onProgress('deploying shop 1.0.0');
  await run('release', '1.0.0');
  await seedShopDatabase(databaseUrl);
  await waitForHealth(url, { version: '1.0.0', status: 200 });

  onProgress('deploying shop 1.1.0, whose migration will fail half-way');
  await run('release', '1.1.0');
  await waitForHealth(url, { version: '1.1.0', status: 503 });

  return { dir, url, databaseUrl, logFile: join(dir, 'log', 'shop.log'), program, stop: () => run('stop') };
}
