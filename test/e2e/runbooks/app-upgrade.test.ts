import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { findPostgres } from '../../../adapters/embedded/find-binaries.js';
import { buildImage, buildPostgresImage, buildShopImages } from '../../../demo/images/build.js';
import { runCompose, runDocker } from '../../../demo/images/engine.js';
import { prepareComposeShop } from '../../../demo/shop/compose.js';
import { readHealth } from '../../../demo/shop/health.js';
import type { RunState } from '../../../src/run/state.js';
import { eventually } from '../../support/eventually.js';
import { tempFolder } from '../../support/temp-folder.js';
import { builtIn } from './built-in-run.js';

const good = '1.0.1';
const statuses = ({ steps }: RunState): Readonly<Record<string, string>> => Object.fromEntries(steps.map(({ id, status, error }) => [id, error === undefined ? status : `${status}: ${error.message}`]));

test('app-upgrade: a good release is deployed and verified; one that fails is stopped, and the way back that this posts takes it back; the whole stack restarts on it with its data', async () => {
  const [binaries] = await findPostgres();
  if (binaries === undefined) throw new Error('no PostgreSQL on this machine');
  const [built, postgresImage] = [await buildShopImages(), await buildPostgresImage(binaries.directory)];
  // Names of its own: the demo, which may run at the same time, would find the third release among its own and propose it.
  const images = { '1.0.0': 'planb-upgrade/shop:1.0.0', '1.1.0': 'planb-upgrade/shop:1.1.0' };
  for (const release of ['1.0.0', '1.1.0'] as const) await runDocker(['tag', built[release], images[release]]);
  const goodImage = images['1.0.0'].replace('1.0.0', good);
  await buildImage(goodImage, {}, async () => `FROM ${images['1.0.0']}\nLABEL org.opencontainers.image.version=${good}\n`);
  const shop = await prepareComposeShop({ dir: await mkdtemp(join(await tempFolder('planb-upgrade'), 'shop-')), images, postgresImage, until: '1.0.0' });
  onTestFinished(() => shop.stop());
  const runs = await builtIn('app-compose', {
    project: shop.dir, services: ['shop'], database: '${env:SHOP_DATABASE_URL}', health: `${shop.url}/health`, prisma: true, migrations: '/app/migrations', logMinutes: '2s', hold: '2s',
    smoke: { baseUrl: shop.url, vars: {}, requests: [{ name: 'public health', path: '/health', expect: { db: 'connected' } }] },
  }, { SHOP_DATABASE_URL: shop.databaseUrl }, { upgrade: 'app-upgrade' });

  const upgraded = await runs.carryOut((await runs.plan({ kind: 'upgrade', to: good })).id);
  expect(statuses(upgraded)).toEqual(Object.fromEntries(['backup', 'deploy', 'ready', 'smoke', 'watch'].map((id) => [id, 'succeeded'])));
  expect(upgraded.outcome).toBe('verified');

  const failing = await runs.carryOut((await runs.plan({ kind: 'upgrade', to: '1.1.0' })).id);
  expect(statuses(failing)).toMatchObject({ backup: 'succeeded', deploy: expect.stringMatching(/^failed: /) as string });
  await runs.say('bob', { kind: 'answer', run: failing.id, answer: 'stop' });
  const wayBack = await runs.wayBackOf(failing.id);
  expect(wayBack).toMatchObject({ kind: 'rollback', requester: 'alice', params: { to: good }, plan: { verdict: { kind: 'clean-history' }, from: { name: '1.1.0' } } });
  expect(wayBack.reason).toContain(`upgrade ${failing.id} was stopped at "Deploy 1.1.0"`);
  const back = await runs.carryOut(wayBack.id);
  expect(statuses(back)).toEqual(Object.fromEntries(['backup', 'prove', 'history', 'revert', 'ready', 'smoke', 'log', 'after-app'].map((id) => [id, 'succeeded'])));
  expect(back.outcome).toBe('verified');
  expect(await readHealth(shop.url)).toMatchObject({ code: 200, db: 'connected' });

  // The compose file still names 1.0.0: that 1.0.1 runs is planb's to keep.
  const [before, orders] = [await runCompose(shop.dir, ['ps', '-q', 'db']), await countOrders(shop.databaseUrl)];
  expect(orders).toBeGreaterThan(0);
  const stack = await builtIn('stack', { project: shop.dir });
  const restarted = await stack.carryOut((await stack.plan({ kind: 'repair', params: { do: 'full-restart' } })).id);
  expect(statuses(restarted)).toEqual({ status: 'succeeded', errors: 'succeeded', 'full-restart': 'succeeded', after: 'succeeded' });
  expect(await runCompose(shop.dir, ['ps', '-q', 'db'])).not.toBe(before);
  const running = await runDocker(['inspect', '--format', '{{.Image}}', await runCompose(shop.dir, ['ps', '-q', 'shop'])]);
  expect(running).toBe(await runDocker(['image', 'inspect', '--format', '{{.Id}}', goodImage]));
  expect(await eventually(() => countOrders(shop.databaseUrl))).toBe(orders);
});

async function countOrders(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<{ n: number }>('SELECT count(*)::int AS n FROM orders')).rows[0]?.n ?? 0;
  } finally {
    await client.end();
  }
}
