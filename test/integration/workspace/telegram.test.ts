import type { AddressInfo } from 'node:net';
import { createServer } from 'node:http';
import { Telegraf, TelegramError } from 'telegraf';
import { message } from 'telegraf/filters';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TelegramOptions } from '../../../demo/workspace/telegram/telegram.js';
import { startWorkspace, type Workspace } from '../../../demo/workspace/workspace.js';

const OPS = -1001234;
let workspace: Workspace;
let bot: Telegraf;

async function open(telegram: TelegramOptions): Promise<void> {
  workspace = await startWorkspace({ telegram });
  bot = new Telegraf(workspace.telegram.botToken, { telegram: { apiRoot: workspace.telegram.apiRoot } });
}

/** Begins anew with other options. */
async function begin(telegram: TelegramOptions): Promise<void> {
  await workspace.close();
  await open(telegram);
}

beforeEach(async () => open({ webhookRetryDelaysMs: [10, 10] }));

afterEach(async () => {
  await workspace.close();
});

/** Starts polling and returns when the first poll waits; the returned function stops and waits for the end. */
async function startPolling(): Promise<() => Promise<void>> {
  const ended = bot.launch();
  await workspace.waitFor(() => workspace.telegram.updates.listening);
  return async () => {
    bot.stop();
    await ended;
  };
}

async function refusal(call: Promise<unknown>): Promise<TelegramError> {
  const error: unknown = await call.then(
    () => new Error('it was accepted'),
    (caught: unknown) => caught,
  );
  if (error instanceof TelegramError) return error;
  throw error;
}

describe('telegraf by long polling', () => {
  it('carries a command from a topic, a button and its answer', async () => {
    bot.command('rollback', async (ctx) => {
      await ctx.reply(`<b>LiteLLM</b> ${ctx.args.join(' ')}`, {
        parse_mode: 'HTML',
        reply_markup: { inline_keyboard: [[{ text: 'Approve', callback_data: 'a:1' }]] },
      });
    });
    bot.action(/^a:/, async (ctx) => {
      await ctx.answerCbQuery('counted');
      await ctx.editMessageText('approved');
    });
    const stop = await startPolling();

    workspace.telegram.say(1001, OPS, '/rollback litellm', { topic: 7 });
    const board = await workspace.waitFor(() => workspace.telegram.posted(OPS, 7)[0]);
    expect(board).toMatchObject({ text: 'LiteLLM litellm', entities: [{ type: 'bold', offset: 0, length: 7 }] });

    const press = workspace.telegram.press(1002, OPS, board.id, 'Approve');
    await workspace.waitFor(() => press.answer);
    expect(press.answer).toMatchObject({ text: 'counted', showAlert: false });
    await workspace.waitFor(() => board.text === 'approved');
    expect(workspace.telegram.buttons(OPS, board.id)).toEqual([]);
    await stop();
  });

  it('keeps ordinary talk from the bot, shows anonymous admins, and delivers a copy', async () => {
    const seen: string[] = [];
    bot.on('message', (ctx) => void seen.push(`${ctx.update.update_id} ${ctx.from.id} ${ctx.senderChat?.id ?? '-'}`));
    const stop = await startPolling();
    expect(workspace.telegram.say(1001, OPS, 'good morning').update).toBeUndefined();
    const { update } = workspace.telegram.say(1001, OPS, '/rollback x', { anonymous: true });
    await workspace.waitFor(() => workspace.telegram.updates.pending === 0 && seen.length === 1);
    const id = update?.update_id ?? 0;
    workspace.telegram.redeliver(id, 2);
    workspace.telegram.say(1002, OPS, '/rollback y');
    await workspace.waitFor(() => workspace.telegram.updates.pending === 0 && seen.length === 4);
    expect(seen).toEqual([...Array.from({ length: 3 }, () => `${id} 1087968824 ${OPS}`), `${id + 1} 1002 -`]);
    await stop();
  });

  it('ends a poller with 409 when another one begins', async () => {
    const ended = bot.launch().then(
      () => 'stopped',
      (error: unknown) => (error instanceof TelegramError ? error.code : error),
    );
    await workspace.waitFor(() => workspace.telegram.updates.listening);
    const other = new Telegraf(workspace.telegram.botToken, { telegram: { apiRoot: workspace.telegram.apiRoot } });
    await other.telegram.callApi('getUpdates', { timeout: 0 });
    expect(await ended).toBe(409);
  });

  it('moves a group: the old id answers with the new one', async () => {
    const ids: number[] = [];
    bot.on(message('migrate_to_chat_id'), (ctx) => void ids.push(ctx.message.migrate_to_chat_id));
    const stop = await startPolling();
    const newId = workspace.telegram.migrate(-4001);
    const error = await refusal(bot.telegram.sendMessage(-4001, 'x'));
    expect(error.response).toMatchObject({ error_code: 400, parameters: { migrate_to_chat_id: newId } });
    await bot.telegram.sendMessage(newId, 'x');
    await workspace.waitFor(() => ids.length > 0);
    expect(ids).toEqual([newId]);
    await stop();
  });
});

it('takes Telegram away and brings it back, with what was written meanwhile', async () => {
  workspace.telegram.say(1001, OPS, '/one');
  const read = async (): Promise<unknown[]> => bot.telegram.callApi('getUpdates', { timeout: 50, offset: 0 });
  for (const kind of ['refuse', '500'] as const) {
    workspace.telegram.outage(kind);
    await expect(bot.telegram.getMe()).rejects.toThrow();
  }
  workspace.telegram.outage(undefined);
  expect(await read()).toHaveLength(1);
  await bot.telegram.callApi('getUpdates', { offset: -1, timeout: 0 });

  const waiting = bot.telegram.callApi('getUpdates', { timeout: 50, offset: 900_000 });
  await workspace.waitFor(() => workspace.telegram.updates.listening);
  workspace.telegram.outage('hang');
  await expect(waiting).rejects.toThrow();
  workspace.telegram.say(1001, OPS, '/two');
  workspace.telegram.outage(undefined);
  expect(await read()).toMatchObject([{ message: { text: '/two' } }]);
});

describe('telegraf by webhook', () => {
  it('posts updates with the secret, tries again, and takes a method as the answer', async () => {
    bot.action('a', async (ctx) => ctx.answerCbQuery('by reply'));
    bot.command('ask', async (ctx) => ctx.reply('?', { reply_markup: { inline_keyboard: [[{ text: 'A', callback_data: 'a' }]] } }));
    const handle = bot.webhookCallback('/telegram/webhook', { secretToken: 'hush' });
    let failures = 1;
    const server = createServer((request, response) => {
      if (failures-- > 0) response.writeHead(503).end();
      else void handle(request, response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/telegram/webhook`;
    await bot.telegram.setWebhook(url, { secret_token: 'hush' });
    await expect(bot.telegram.callApi('getUpdates', { timeout: 0 })).rejects.toThrow("can't use getUpdates method while webhook is active");

    workspace.telegram.say(1001, OPS, '/ask');
    const question = await workspace.waitFor(() => workspace.telegram.posted(OPS)[0]);
    const press = workspace.telegram.press(1001, OPS, question.id, 'A');
    await workspace.waitFor(() => press.answer);
    expect(press.answer?.text).toBe('by reply');
    expect(workspace.telegram.updates.attempts.map((one) => one.status)).toEqual([503, 200, 200]);

    await bot.telegram.deleteWebhook();
    expect((await bot.telegram.getWebhookInfo()).url).toBe('');
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('what the Bot API refuses', () => {
  it('judges HTML, length, buttons, edits and the token', async () => {
    await begin({ limits: 'off' });
    const { telegram } = bot;
    const html = (text: string): Promise<unknown> => telegram.sendMessage('-4001', text, { parse_mode: 'HTML' });
    expect((await refusal(html('<foo>x</foo>'))).description).toBe(`Bad Request: can't parse entities: Unsupported start tag "foo" at byte offset 0`);
    expect((await refusal(html('<b>x'))).description).toContain(`Can't find end tag corresponding to start tag "b"`);
    expect((await refusal(html('<b><i>x</b></i>'))).description).toContain('expected "</i>", found "</b>"');
    expect((await refusal(html(`<b>${'x'.repeat(4097)}</b>`))).description).toBe('Bad Request: message is too long');
    const sent = await telegram.sendMessage(-4001, `<b>${'x'.repeat(4096)}</b>`, { parse_mode: 'HTML' });
    const keyboard = (data: string) => ({ reply_markup: { inline_keyboard: [[{ text: 'A', callback_data: data }]] } });
    expect((await refusal(telegram.sendMessage(OPS, 'x', keyboard('д'.repeat(33))))).description).toBe('Bad Request: BUTTON_DATA_INVALID');
    expect((await refusal(telegram.editMessageText(-4001, 99, undefined, 'x'))).description).toBe('Bad Request: message to edit not found');
    const edit = (): Promise<unknown> => telegram.editMessageText(-4001, sent.message_id, undefined, 'same');
    await edit();
    expect((await refusal(edit())).description).toContain('message is not modified');
    expect((await refusal(telegram.sendMessage(1001, 'x'))).code).toBe(403);
    expect((await refusal(telegram.sendMessage(OPS, 'x', { message_thread_id: 8 }))).description).toBe('Bad Request: message thread not found');
    const stranger = new Telegraf('7000000001:wrong', { telegram: { apiRoot: workspace.telegram.apiRoot } });
    expect((await refusal(stranger.telegram.getMe())).code).toBe(401);
  });

  it('answers 429 with retry_after above one message a second', async () => {
    const send = async (): Promise<unknown> => {
      for (let i = 0; i < 10; i += 1) await bot.telegram.sendMessage(OPS, `m${i}`);
      return undefined;
    };
    const error = await refusal(send());
    expect(error.code).toBe(429);
    expect(error.parameters?.retry_after).toBeGreaterThanOrEqual(1);
    expect(workspace.telegram.statistics().ratelimited).toBe(1);
  });

  it('refuses a long, a late and an invented callback answer', async () => {
    await begin({ callbackLifeMs: 3_000 });
    const keyboard = { reply_markup: { inline_keyboard: [[{ text: 'A', callback_data: 'a' }]] } };
    const { message_id } = await bot.telegram.sendMessage(OPS, 'x', keyboard);
    const press = workspace.telegram.press(1001, OPS, message_id, 'A');
    expect((await refusal(bot.telegram.answerCbQuery(press.id, 'x'.repeat(201)))).description).toBe('Bad Request: MESSAGE_TOO_LONG');
    await expect.poll(async () => bot.telegram.answerCbQuery(press.id, 'x').catch((error: unknown) => String(error))).toContain('query is too old');
    expect((await refusal(bot.telegram.answerCbQuery('1', 'x'))).description).toContain('query is too old');
  });

  it('takes a document, and gives it back', async () => {
    const sent = await bot.telegram.sendDocument(OPS, { source: Buffer.from('line 1\nline 2'), filename: 'backup.log' }, { caption: '<i>log</i>', parse_mode: 'HTML', message_thread_id: 7 });
    expect(workspace.telegram.message(OPS, sent.message_id)).toMatchObject({ text: 'log', topic: 7, document: { name: 'backup.log', content: Buffer.from('line 1\nline 2') } });
    const link = await bot.telegram.getFileLink(sent.document.file_id);
    expect(await (await fetch(link)).text()).toBe('line 1\nline 2');
  });
});
