import { App, HTTPReceiver, LogLevel } from '@slack/bolt';
import type { InputBlock, KnownBlock, ModalView } from '@slack/types';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { Telegraf } from 'telegraf';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { startWorkspace, type Workspace } from '../../../demo/workspace/workspace.js';
import { PLAN_BLOCKS, PLAN_HTML, PLAN_KEYBOARD } from './sample-board.js';

const OPS = 'C0123456';
const TELEGRAM_OPS = -1001234;

let browser: Browser;
let folder: string;
let workspace: Workspace;
let slackApp: App;
let bot: Telegraf;
let page: Page;
let pageErrors: string[];
let polling: Promise<void> | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'workspace-page-'));
  browser = await chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
  });
});

afterAll(async () => {
  await browser.close();
  await rm(folder, { recursive: true });
});

beforeEach(async () => {
  workspace = await startWorkspace();
  const { slack, telegram } = workspace;
  const receiver = new HTTPReceiver({ signingSecret: slack.signingSecret, logLevel: LogLevel.ERROR });
  slackApp = new App({ token: slack.botToken, receiver, logLevel: LogLevel.ERROR, deferInitialization: true, clientOptions: { slackApiUrl: slack.apiUrl } });
  await slackApp.init();
  const server = await receiver.start({ port: 0, host: '127.0.0.1' });
  slack.connectTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`);
  bot = new Telegraf(telegram.botToken, { telegram: { apiRoot: telegram.apiRoot } });
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  page.setDefaultTimeout(60_000);
  pageErrors = [];
  page.on('pageerror', (error) => pageErrors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') pageErrors.push(message.text());
  });
  await page.goto(workspace.url);
});

afterEach(async () => {
  await page.close();
  await slackApp.stop();
  if (polling) bot.stop();
  await polling;
  polling = undefined;
  await workspace.close();
});

it('types a command in Slack, votes in both panes and reads the board in both', async () => {
  slackApp.command('/rollback', async ({ ack, command, client }) => {
    await ack();
    await client.chat.postEphemeral({ channel: command.channel_id, user: command.user_id, text: 'Planning… *I will show the plan here.*' });
    await client.chat.postMessage({ channel: command.channel_id, text: 'LiteLLM 1.82.1 → 1.81.14', blocks: PLAN_BLOCKS });
    await bot.telegram.sendMessage(TELEGRAM_OPS, PLAN_HTML, { parse_mode: 'HTML', message_thread_id: 7, reply_markup: PLAN_KEYBOARD });
  });
  const rejected: string[] = [];
  slackApp.action('reject', async ({ ack, body }) => {
    await ack();
    rejected.push(body.user.id);
  });
  bot.action(/^v:/, async (ctx) => {
    await ctx.answerCbQuery('Your vote is counted');
    await ctx.editMessageText('<b>APPROVED</b> by Alice (Slack), Bob (Telegram)', { parse_mode: 'HTML' });
  });
  const heard: string[] = [];
  slackApp.event('app_mention', async ({ event }) => {
    heard.push(`Slack ${event.thread_ts === undefined ? 'channel' : 'thread'}: ${event.text}`);
    return Promise.resolve();
  });
  bot.command('rollback', (ctx) => void heard.push(`Telegram ${ctx.message.message_thread_id ?? ''}: ${ctx.payload}`));
  polling = bot.launch();
  await workspace.waitFor(() => workspace.telegram.updates.listening);

  await page.fill('#slack-input', '/rollback litellm because 500s');
  await page.press('#slack-input', 'Enter');
  await page.getByText('What will happen').waitFor();
  await page.getByText('Only visible to you').waitFor();
  expect(await page.locator('#slack .task[data-status="in_progress"]').count()).toBe(1);
  await page.locator('#telegram-messages').getByText('run 7KQ').waitFor();
  const shot = join(folder, 'board.png');
  await page.screenshot({ path: shot });
  expect((await stat(shot)).size).toBeGreaterThan(20_000);

  await page.locator('#slack').getByRole('button', { name: 'Reject' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Reject' }).click();
  await workspace.waitFor(() => rejected.length === 1);
  expect(rejected).toEqual(['U01ALICE']);

  await page.locator('#slack .msg', { hasText: 'run 7KQ' }).getByRole('button', { name: 'Reply in thread' }).click();
  await page.fill('#slack-input', '@planb status');
  await page.press('#slack-input', 'Enter');
  await page.fill('#telegram-input', '/rollback status');
  await page.press('#telegram-input', 'Enter');
  await workspace.waitFor(() => heard.length === 2);
  expect(heard.toSorted()).toEqual(['Slack thread: <@U0PLANB> status', 'Telegram 7: status']);
  await page.fill('#slack-input', '/rollback status');
  await page.press('#slack-input', 'Enter');
  await page.getByText('/rollback is not supported in threads').waitFor();

  await page.locator('#telegram').getByRole('button', { name: 'Approve' }).click();
  await page.getByText('Your vote is counted').waitFor();
  await page.locator('#telegram-messages').getByText('APPROVED').waitFor();
  expect(await page.locator('#telegram-messages').getByRole('button', { name: 'Approve' }).count()).toBe(0);

  await page.selectOption('#slack-user', 'U02BOB');
  await page.getByText('Only visible to you').waitFor({ state: 'detached' });
  expect(pageErrors).toEqual([]);
});

/** The form for `target`; without one it asks for it, with one it also asks for a release. */
function form(target?: string): ModalView {
  const options = (values: string[]) => values.map((value) => ({ text: { type: 'plain_text' as const, text: value }, value }));
  const select = (block_id: string, label: string, values: string[]): InputBlock => ({
    type: 'input',
    block_id,
    dispatch_action: block_id === 'target',
    label: { type: 'plain_text', text: label },
    element: { type: 'static_select', action_id: 'v', options: options(values) },
  });
  return {
    type: 'modal',
    callback_id: 'request',
    title: { type: 'plain_text', text: 'Take a release back' },
    submit: { type: 'plain_text', text: 'Plan' },
    blocks: [
      select('target', 'Target', ['litellm', 'shop']),
      ...(target === undefined ? [] : [select('release', `Release of ${target}`, ['1.0.0', '0.9.2'])]),
      { type: 'input', block_id: 'why', label: { type: 'plain_text', text: 'Why' }, element: { type: 'plain_text_input', action_id: 'v', multiline: true } },
    ],
  };
}

it('fills in a modal that changes on the way, shows its errors and closes it', async () => {
  slackApp.command('/rollback', async ({ ack, body, client }) => {
    await ack();
    await client.views.open({ trigger_id: body.trigger_id, view: form() });
  });
  const held: unknown[] = [];
  slackApp.action('v', async ({ ack, body, client }) => {
    await ack();
    if (body.type !== 'block_actions' || !body.view) return;
    held.push(body.view.state.values['why']?.['v']?.value, body.view.state.values['target']?.['v']?.selected_option?.value);
    await client.views.update({ view_id: body.view.id, hash: body.view.hash, view: form('shop') });
  });
  slackApp.view('request', async ({ ack, view, client }) => {
    const why = view.state.values['why']?.['v']?.value ?? '';
    if (why.length < 5) {
      await ack({ response_action: 'errors', errors: { why: 'Say more, please.' } });
      return;
    }
    await ack();
    await client.chat.postMessage({ channel: OPS, text: `asked: ${why} &lt;script&gt;alert(1)&lt;/script&gt; <img src=x onerror=alert(1)>` });
  });

  await page.fill('#slack-input', '/rollback');
  await page.click('#slack-send');
  const dialog = page.getByRole('dialog', { name: 'Take a release back' });
  await dialog.getByLabel('Why').fill('bad');
  await dialog.getByLabel('Target').selectOption('shop');
  await dialog.getByLabel('Release of shop').selectOption('1.0.0');
  expect(held).toEqual(['bad', 'shop']);
  expect(await dialog.getByLabel('Target').inputValue()).toBe('shop');
  expect(await dialog.getByLabel('Why').inputValue()).toBe('bad');
  await dialog.getByRole('button', { name: 'Plan' }).click();
  await dialog.getByText('Say more, please.').waitFor();
  await page.screenshot({ path: join(folder, 'modal.png') });
  await dialog.getByLabel('Why').fill('500s since deploy');
  await dialog.getByRole('button', { name: 'Plan' }).click();
  await dialog.waitFor({ state: 'detached' });
  // What planb wrote stays text.
  await page.getByText('asked: 500s since deploy <script>alert(1)</script> img src=x onerror=alert(1)').waitFor();
  expect(pageErrors).toEqual([]);
});

it('shows a reply in the channel too where it was sent there', async () => {
  const board = await slackApp.client.chat.postMessage({ channel: OPS, text: 'the board' });
  await slackApp.client.chat.postMessage({ channel: OPS, text: 'in the thread only', thread_ts: board.ts ?? '' });
  await slackApp.client.chat.postMessage({ channel: OPS, text: 'wakes the channel', thread_ts: board.ts ?? '', reply_broadcast: true });
  const inChannel = page.locator('#slack-messages > .msg');
  await inChannel.filter({ hasText: 'replied to a thread' }).filter({ hasText: 'wakes the channel' }).waitFor();
  expect(await inChannel.count()).toBe(2);
  expect(pageErrors).toEqual([]);
});

it('lets a press reach its button although the message is edited meanwhile', async () => {
  const { slack } = workspace;
  const presses: string[] = [];
  slackApp.action('go', async ({ ack }) => { presses.push('go'); await ack(); });
  const button = [{ type: 'actions', elements: [{ type: 'button', action_id: 'go', value: 'x', text: { type: 'plain_text', text: 'Go' } }] }] as KnownBlock[];
  const posted = await slackApp.client.chat.postMessage({ channel: OPS, text: 'first', blocks: button });
  await page.locator('#slack-messages').getByRole('button', { name: 'Go' }).hover();
  await page.mouse.down();
  await slackApp.client.chat.update({ channel: OPS, ts: posted.ts ?? '', text: 'second', blocks: [{ type: 'section', text: { type: 'plain_text', text: 'edited' } }, ...button] });
  await page.mouse.up();
  await workspace.waitFor(() => presses.length === 1, { what: 'the press' });
  await page.locator('#slack-messages').getByText('edited', { exact: true }).waitFor();
  expect(slack.posted(OPS)).toHaveLength(1);
});
