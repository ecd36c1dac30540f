import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { findPostgres } from '../../../adapters/embedded/find-binaries.js';
import { buildPostgresImage, buildShopImages, type ShopRelease } from '../../../demo/images/build.js';
import { runCompose } from '../../../demo/images/engine.js';
import { prepareComposeShop, type ComposeShop } from '../../../demo/shop/compose.js';
import { readHealth } from '../../../demo/shop/health.js';
import type { RunState } from '../../../src/run/state.js';
import { tempFolder } from '../../support/temp-folder.js';
import { builtIn } from './built-in-run.js';

let images: Record<ShopRelease, string>;
let postgresImage: string;
let shop: ComposeShop;

beforeAll(async () => {
  const [binaries] = await findPostgres();
  if (binaries === undefined) throw new Error('no PostgreSQL on this machine');
  [images, postgresImage] = [await buildShopImages(), await buildPostgresImage(binaries.directory)];
});
beforeEach(async () => { shop = await prepareComposeShop({ dir: await mkdtemp(join(await tempFolder('planb-app'), 'shop-')), images, postgresImage }); });
afterEach(async () => { await shop.stop(); });

const statuses = ({ steps }: RunState): Readonly<Record<string, string>> => Object.fromEntries(steps.map(({ id, status, error }) => [id, error === undefined ? status : `${status}: ${error.message}`]));

test('app-compose: a release whose migration failed half-way is taken back with its history settled, smoke tests, a changelog note and the follow-up', async () => {
  const changelog = join(shop.dir, 'CHANGELOG.md');
  await writeFile(changelog, '# Changelog\n\n## [Unreleased]\n\n## [1.1.0] - 2026-11-20\n');
  const runs = await builtIn('app-compose', {
    project: shop.dir, services: ['shop'], database: '${env:SHOP_DATABASE_URL}', health: `${shop.url}/health`, prisma: true, migrations: '/app/migrations', changelog, hold: '2s',
    smoke: { baseUrl: shop.url, vars: {}, requests: [{ name: 'public health', path: '/health', expect: { version: '1.0.0' } }] },
  }, { SHOP_DATABASE_URL: shop.databaseUrl });
  const planned = await runs.plan({ kind: 'rollback', to: '1.0.0', scope: 'app' });
  expect(planned.plan?.verdict.kind).toBe('clean-history');
  const ended = await runs.carryOut(planned.id);
  expect(statuses(ended)).toEqual(Object.fromEntries(['backup', 'prove', 'history', 'revert', 'ready', 'smoke', 'log', 'note', 'after-app'].map((id) => [id, 'succeeded'])));
  expect(ended.outcome).toBe('verified');
  expect(await readHealth(shop.url)).toMatchObject({ code: 200, version: '1.0.0', db: 'connected' });
  expect(await readFile(changelog, 'utf8')).toMatch(/## \[Unreleased\]\n\n### Fixed\n\n- Shop was taken back \(1\.1\.0 → 1\.0\.0, /);
});

test('stack: the emergency commands look, and restart one service', async () => {
  const runs = await builtIn('stack', { project: shop.dir }, {});
  const looked = await runs.plan({ kind: 'repair' });
  const seen = await runs.carryOut(looked.id);
  expect(statuses(seen)).toEqual({ status: 'succeeded', errors: 'succeeded' });
  expect(JSON.stringify(seen.steps.find(({ id }) => id === 'errors')?.receipt)).toContain('rror');

  const before = await runCompose(shop.dir, ['ps', '-q', 'db']);
  const restarted = await runs.carryOut((await runs.plan({ kind: 'repair', params: { do: 'restart', service: 'db' } })).id);
  expect(statuses(restarted)).toEqual({ status: 'succeeded', errors: 'succeeded', restart: 'succeeded', after: 'succeeded' });
  expect(await runCompose(shop.dir, ['ps', '-q', 'db'])).toBe(before);
});
