import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ShopRelease } from '../images/build.js';
import { runCompose, runDocker, type EngineOptions } from '../images/engine.js';
import { seedShopDatabase } from './database.js';
import { findFreePort } from '../../adapters/embedded/free-port.js';
import { waitForHealth } from './health.js';
import { writeShopFiles } from './shop-files.js';

/** The sample target as real containers: a Compose project of a shop and its PostgreSQL. */
export interface ComposeShop {
  /** The project's folder, absolute. */
  readonly dir: string;
  readonly composeFile: string;
  /** `http://127.0.0.1:<port>`, without a slash at the end. */
  readonly url: string;
  /** Reaches the database's container from this machine. */
  readonly databaseUrl: string;
  /** Absolute path of a program that works on the migration history from this machine, to put into an argument array. */
  program(name: 'settle-history' | 'probe-history'): string;
  /** Removes the project's containers, network and volume; its folder stays. */
  stop(): Promise<void>;
}

export interface PrepareComposeShopOptions {
  /** The project's folder, absolute. Its last part names the Compose project, so it must be unique on the engine. */
  readonly dir: string;
  readonly images: Readonly<Record<ShopRelease, string>>;
  readonly postgresImage: string;
  readonly engine?: EngineOptions;
  readonly onProgress?: (line: string) => void;
  /** The last release to be deployed; default 1.1.0, the bad one. */
  readonly until?: ShopRelease;
}

interface Ports {
  readonly shop: number;
  readonly database: number;
}

/** Written as a person would: the tag stands in the file, where a rollback leaves it and a later `up -d` finds it again. */
function composeFile(image: string, postgresImage: string, ports: Ports, password: string): string {
  return `version: "3.8"

services:
  shop:
    image: ${image}
    restart: unless-stopped
    depends_on:
      - db
    environment:
      DATABASE_URL: postgres://shop:${password}@db:5432/shop
    ports:
      - "127.0.0.1:${String(ports.shop)}:8080"

  db:
    image: ${postgresImage}
    restart: unless-stopped
    environment:
      POSTGRES_USER: shop
      POSTGRES_PASSWORD: ${password}
      POSTGRES_DB: shop
    ports:
      - "127.0.0.1:${String(ports.database)}:5432"
    volumes:
      - db-data:/var/lib/postgresql/data

volumes:
  db-data:
`;
}

async function waitUntilHealthy(dir: string, service: string, engine: EngineOptions): Promise<void> {
  const deadline = Date.now() + 60_000;
  const container = await runCompose(dir, ['ps', '-q', service], engine);
  for (;;) {
    const health = await runDocker(['inspect', '--format', '{{.State.Health.Status}}', container], engine);
    if (health === 'healthy') return;
    if (Date.now() > deadline) throw new Error(`the container of ${service} is ${health} after 60 s:\n${await runDocker(['logs', '--tail', '20', container], engine)}`);
    await sleep(100);
  }
}

/**
 * Writes the project and brings it up on 1.0.0, seeds it, then deploys 1.1.0 over it as an operator would: by changing the tag in
 * docker-compose.yml. Resolves when 1.1.0 runs and its health fails, or `until` is healthy. A project that is already up there is removed first.
 */
export async function prepareComposeShop(options: PrepareComposeShopOptions): Promise<ComposeShop> {
  const { dir, images, postgresImage, engine = {}, onProgress = () => undefined, until = '1.1.0' } = options;
  const ports: Ports = { shop: await findFreePort(), database: await findFreePort() };
  const password = randomBytes(12).toString('hex');
  const file = join(dir, 'docker-compose.yml');
  const deploy = async (version: ShopRelease): Promise<void> => {
    await writeFile(file, composeFile(images[version], postgresImage, ports, password), { mode: 0o600 });
    await runCompose(dir, ['up', '-d'], engine);
  };
  const stop = async (): Promise<void> => {
    await runCompose(dir, ['down', '--volumes', '--remove-orphans', '--timeout', '5'], engine);
  };

  const url = `http://127.0.0.1:${String(ports.shop)}`;
  const databaseUrl = `postgres://shop:${password}@127.0.0.1:${String(ports.database)}/shop`;
  const tools = join(dir, 'tools');
  await mkdir(dir, { recursive: true });
  await writeShopFiles(tools, { databaseUrl, port: ports.shop });
  await writeFile(file, composeFile(images['1.0.0'], postgresImage, ports, password), { mode: 0o600 });
  await stop();

  onProgress('starting PostgreSQL');
  await runCompose(dir, ['up', '-d', 'db'], engine);
  await waitUntilHealthy(dir, 'db', engine);
  onProgress('deploying shop 1.0.0');
  await deploy('1.0.0');
  await waitForHealth(url, { version: '1.0.0', status: 200 });
  await seedShopDatabase(databaseUrl);
  if (until === '1.1.0') {
    onProgress('deploying shop 1.1.0, whose migration will fail half-way');
    await deploy('1.1.0');
    await waitForHealth(url, { version: '1.1.0', status: 503 });
  }

  return { dir, composeFile: file, url, databaseUrl, program: (name) => join(tools, 'bin', name), stop };
}
