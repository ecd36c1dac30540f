import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findPostgres } from '../../adapters/embedded/find-binaries.js';
import { buildPostgresImage, buildShopImages, type ShopRelease } from '../../demo/images/build.js';
import { runCompose, runDocker } from '../../demo/images/engine.js';
import { writeConfig } from '../../demo/run/write-config.js';
import { prepareComposeShop, type ComposeShop } from '../../demo/shop/compose.js';
import { readHealth } from '../../demo/shop/health.js';
import type { SlackMessage } from '../../demo/workspace/slack/model.js';
import { startWorkspace, type Workspace } from '../../demo/workspace/workspace.js';
import { startPlanb } from '../support/planb-process.js';

const OPS = 'C0123456';
const RELEASES_TOPIC = 7;
const TELEGRAM_OPS = -1001234;

let folder: string;
let images: Record<ShopRelease, string>;
let shop: ComposeShop;
let workspace: Workspace;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'planb-main-job-'));
  images = await buildShopImages();
  const [binaries] = await findPostgres();
  if (binaries === undefined) throw new Error('no PostgreSQL on this machine');
  shop = await prepareComposeShop({ dir: await mkdtemp(join(folder, 'shop-')), images, postgresImage: await buildPostgresImage(binaries.directory) });
  workspace = await startWorkspace();
});

afterAll(async () => {
  await workspace.close();
  await shop.stop();
  await rm(folder, { recursive: true, force: true });
});

async function runningImage(): Promise<string> {
  return runDocker(['inspect', '--format', '{{.Image}}', await runCompose(shop.dir, ['ps', '-q', 'shop'])]);
}

async function imageId(release: ShopRelease): Promise<string> {
  return runDocker(['image', 'inspect', '--format', '{{.Id}}', images[release]]);
}

/** Types a command in Slack and returns planb's own answer to it. */
async function ask(line: string): Promise<string> {
  const before = workspace.slack.ephemerals('U01ALICE').length;
  await workspace.slack.slash('U01ALICE', OPS, line);
  const answer = await workspace.waitFor(() => workspace.slack.ephemerals('U01ALICE')[before], { what: `an answer to ${line}` });
  return workspace.slack.read(answer);
}

function boardWith(button: string): SlackMessage | undefined {
  return workspace.slack.posted(OPS).findLast((message) => workspace.slack.buttons(message).includes(button));
}

it('takes a bad release of Compose services back, one approval in Slack and one in Telegram, and holds the target until its file is mended', async () => {
  const { slack, telegram } = workspace;
  const config = await writeConfig(join(folder, 'config'), ['target-shop-compose.yaml'], { shop: shop.dir, shopUrl: shop.url });
  const planb = await startPlanb('up', { ...workspace.env, PLANB_CONFIG: config, PLANB_DATA: join(folder, 'data'), SHOP_DATABASE_URL: shop.databaseUrl });
  slack.connectTo(`http://127.0.0.1:${String(planb.port)}/slack/events`);
  expect(await runningImage()).toBe(await imageId('1.1.0'));

  await slack.slash('U01ALICE', OPS, '/rollback shop because 500s since deploy');
  const board = await workspace.waitFor(() => boardWith('Approve'), { what: 'the plan' });
  expect(slack.read(board)).toContain('Shop 1.1.0 → 1.0.0');
  await slack.click('U01ALICE', board, 'Approve');
  await workspace.waitFor(() => board.text.includes('1/2'), { what: 'the first vote on the board' });
  expect(await runningImage()).toBe(await imageId('1.1.0'));
  const inTelegram = await workspace.waitFor(() => telegram.posted(TELEGRAM_OPS, RELEASES_TOPIC).find((message) => message.keyboard.flat().some((key) => key.text === 'Approve')), { what: 'the plan in Telegram' });
  telegram.press(1002, TELEGRAM_OPS, inTelegram.id, 'Approve');

  await workspace.waitFor(() => /^(?:✅|❌|❓|⏹)/u.test(board.text), { deadline: 120_000, what: 'the end of the run' });
  expect(board.text).toMatch(/^✅ BACK ON 1\.0\.0, verified/);
  expect(board.text).toContain('approved by Alice (Slack), Bob (Telegram)');
  expect(await runningImage()).toBe(await imageId('1.0.0'));
  expect(await readHealth(shop.url)).toMatchObject({ code: 200, version: '1.0.0', db: 'connected' });
  await workspace.waitFor(() => /^✅ BACK ON 1\.0\.0/.test(inTelegram.text), { what: 'the end in Telegram' });

  // Held: the board, status and unhold name the line that still says 1.1.0.
  const lines = (await readFile(shop.composeFile, 'utf8')).split('\n');
  const line = lines.findIndex((text) => text.includes(images['1.1.0'])) + 1;
  const named = `docker-compose.yml:${String(line)}`;
  expect(board.text).toContain('TO DO');
  expect(board.text).toContain(named);
  expect(await ask('/rollback status')).toContain(named);
  expect(await ask('/rollback unhold shop')).toContain(named);
  expect(await runningImage()).toBe(await imageId('1.0.0'));

  await writeFile(shop.composeFile, lines.map((text) => text.replace(images['1.1.0'], images['1.0.0'])).join('\n'));
  expect(await ask('/rollback unhold shop')).toContain('shop is no longer held');
  await runCompose(shop.dir, ['up', '-d']);
  expect(await runningImage()).toBe(await imageId('1.0.0'));

  expect(slack.statistics()).toMatchObject({ ratelimited: 0, refused: [] });
  expect(telegram.statistics()).toMatchObject({ ratelimited: 0, refused: [] });
  expect(await planb.stop()).toBe(0);
});
