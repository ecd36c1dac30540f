import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { execa } from 'execa';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { findPostgres } from '../../../../adapters/embedded/find-binaries.js';
import { buildPostgresImage, buildShopImages, type ShopRelease } from '../../../../demo/images/build.js';
import { runCompose, runDocker } from '../../../../demo/images/engine.js';
import { prepareComposeShop, type ComposeShop } from '../../../../demo/shop/compose.js';
import { readHealth, waitForHealth } from '../../../../demo/shop/health.js';

let folder: string;
let images: Record<ShopRelease, string>;
let shop: ComposeShop;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'planb-shop-'));
  images = await buildShopImages();
  const [binaries] = await findPostgres();
  if (binaries === undefined) throw new Error('no PostgreSQL on this machine');
  const postgresImage = await buildPostgresImage(binaries.directory);
  shop = await prepareComposeShop({ dir: folder, images, postgresImage });
});

afterAll(async () => {
  await shop.stop();
  await rm(folder, { recursive: true, force: true });
});

async function runningImage(): Promise<string> {
  const container = await runCompose(shop.dir, ['ps', '-q', 'shop']);
  return runDocker(['inspect', '--format', '{{.Image}}', container]);
}

test('1.1.0 runs in a container, and its health says which column is missing', async () => {
  expect(await readHealth(shop.url)).toMatchObject({ code: 503, version: '1.1.0', reason: 'column "coupon_code" does not exist' });
  expect(await runningImage()).toBe(await runDocker(['image', 'inspect', '--format', '{{.Id}}', images['1.1.0']]));
});

test('the database answers on its published port with the seeded rows', async () => {
  const client = new pg.Client({ connectionString: shop.databaseUrl });
  await client.connect();
  const { rows } = await client.query('SELECT (SELECT count(*)::int FROM customers) AS customers, (SELECT count(*)::int FROM orders) AS orders');
  await client.end();
  expect(rows).toEqual([{ customers: 123, orders: 1500 }]);
});

test('with the history settled, an override file puts 1.0.0 back, which stops at once when told', async () => {
  expect((await execa(shop.program('settle-history'))).stdout).toBe('marked as rolled back: 20260518081500_one_account_per_email');
  await writeFile(join(shop.dir, 'docker-compose.override.yml'), `version: "3.8"\nservices:\n  shop:\n    image: ${images['1.0.0']}\n`);
  await runCompose(shop.dir, ['up', '-d', 'shop']);
  await waitForHealth(shop.url, { version: '1.0.0', status: 200 });
  expect(await runningImage()).toBe(await runDocker(['image', 'inspect', '--format', '{{.Id}}', images['1.0.0']]));

  const container = await runCompose(shop.dir, ['ps', '-q', 'shop']);
  await runDocker(['stop', '--time', '60', container]);
  // 137 would be the engine's SIGKILL.
  expect(await runDocker(['inspect', '--format', '{{.State.ExitCode}}', container])).toBe('0');
});
