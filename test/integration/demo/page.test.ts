import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readHealth } from '../../../demo/shop/health.js';
import { startDemo } from '../../support/demo-process.js';

let folder: string;
let browser: Browser;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'planb-demo-page-'));
  browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
});

afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
});

/** Set PLANB_SCREENSHOTS to a folder to look at them afterwards. */
async function takePicture(page: Page, name: string): Promise<void> {
  const pictures = process.env['PLANB_SCREENSHOTS'] ?? join(folder, 'pictures');
  await mkdir(pictures, { recursive: true });
  const path = join(pictures, `${name}.png`);
  await page.screenshot({ path });
  expect((await stat(path)).size).toBeGreaterThan(20_000);
}

it('takes the shop back on the page: a command and a vote in Slack, a vote in Telegram, and the list completes', async () => {
  const demo = await startDemo(join(folder, 'data'));
  const url = await demo.printed(/side by side +(http:\S+)/);
  const shopUrl = await demo.printed(/health +(http:\S+)\/health/);
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(120_000);
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(url);
  const slack = page.locator('#slack-messages');
  const telegram = page.locator('#telegram-messages');

  await page.locator('#slack-input').fill('/rollback shop because 500s since deploy');
  await page.locator('#slack-input').press('Enter');
  await slack.getByRole('button', { name: 'Approve', exact: true }).waitFor();
  await telegram.getByRole('button', { name: 'Approve', exact: true }).waitFor();
  await takePicture(page, '1-plan');

  await slack.getByRole('button', { name: 'Approve', exact: true }).click();
  await slack.getByText('1/2 Alice').first().waitFor();
  await takePicture(page, '2-one-vote');
  await telegram.getByRole('button', { name: 'Approve', exact: true }).click();
  await slack.getByRole('button', { name: 'Stop', exact: true }).waitFor();
  await takePicture(page, '3-running');

  await slack.getByText(/BACK ON 1\.0\.0, verified/).first().waitFor();
  await telegram.getByText(/✅ BACK ON 1\.0\.0, verified/).first().waitFor();
  await takePicture(page, '4-verified');
  expect(await readHealth(shopUrl)).toMatchObject({ code: 200, version: '1.0.0' });
  expect(await slack.getByText('Put 1.0.0 back · done in').count()).toBe(1);
  expect(await slack.getByRole('button', { name: 'Approve', exact: true }).count()).toBe(0);
  expect(await telegram.getByRole('button', { name: 'Approve', exact: true }).count()).toBe(0);
  expect(errors).toEqual([]);
  await page.close();
  expect(await demo.interrupt()).toBe(0);
});
