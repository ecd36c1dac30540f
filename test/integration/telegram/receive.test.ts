import { describe, expect, it } from 'vitest';

import type { TelegramOptions } from '../../../adapters/telegram/options.js';
import { eventually } from '../../support/eventually.js';
import { ALICE, BOB, board, BOT, mentions, openScene, OPS, WEBHOOK_SECRET } from './setup.js';

describe.each([{ webhook: false }, { webhook: true }])('receiving, webhook: $webhook', ({ webhook }) => {
  it('stores a command with its sender, place and id', async () => {
    const { workspace, inbox } = await openScene({ webhook });
    const { message, update } = workspace.telegram.say(ALICE, OPS, '/rollback@planb_bot shop', { topic: 7 });
    await eventually(() => inbox.deliveries.length === 1);
    expect(inbox.deliveries[0]).toEqual({
      id: `telegram:update:${String(BOT)}:${String(update?.update_id)}`,
      actor: { platform: 'telegram', userId: '1001', displayName: 'Alice' },
      place: { platform: 'telegram', channel: String(OPS), message: String(message.id), thread: '7' },
      command: { kind: 'request', run: 'rollback', target: 'shop' },
    });
  });

  it('knows copies', async () => {
    const { workspace, inbox } = await openScene({ webhook });
    const { update } = workspace.telegram.say(ALICE, OPS, '/rollback shop');
    await eventually(() => inbox.deliveries.length === 1);
    workspace.telegram.redeliver(update?.update_id ?? 0, 3);
    await eventually(() => inbox.copies.length === 3);
    expect(inbox.deliveries).toHaveLength(1);
  });

  it('loses nothing when storing fails, says so once, and keeps the order', async () => {
    const { workspace, inbox } = await openScene({ webhook });
    inbox.fails = new Error('the database is away');
    workspace.telegram.say(ALICE, OPS, '/rollback first');
    await eventually(() => inbox.failed.length >= 3);
    workspace.telegram.say(BOB, OPS, '/rollback second');
    inbox.fails = undefined;
    await eventually(() => inbox.deliveries.length === 2);
    expect(inbox.deliveries.map(({ command }) => command)).toMatchObject([{ target: 'first' }, { target: 'second' }]);
    expect(workspace.telegram.posted(OPS).map(({ text }) => text)).toEqual([expect.stringContaining('is kept by Telegram')]);
  });

  it('delivers an anonymous administrator barred', async () => {
    const { workspace, inbox } = await openScene({ webhook });
    workspace.telegram.say(ALICE, OPS, '/rollback shop', { anonymous: true });
    await eventually(() => inbox.deliveries.length === 1);
    expect(inbox.deliveries[0]?.actor).toMatchObject({ userId: '1087968824', barred: 'anonymous-admin' });
  });

  it('reports a group that became a supergroup once', async () => {
    const { workspace, inbox } = await openScene({ webhook });
    const to = workspace.telegram.migrate(-4001);
    await eventually(() => inbox.copies.length === 1);
    expect(inbox.deliveries.map(({ command }) => command)).toEqual([{ kind: 'chat-moved', from: '-4001', to: String(to) }]);
  });

  it('takes a word said in a reply to a board', async () => {
    const { workspace, inbox, adapter } = await openScene({ webhook });
    const posted = await adapter.postBoard({ channel: String(OPS) }, board(), mentions);
    workspace.telegram.say(BOB, OPS, '@planb_bot retry', { replyTo: Number(posted.message) });
    await eventually(() => inbox.deliveries.length === 1);
    expect(inbox.deliveries[0]).toMatchObject({ command: { kind: 'word', word: 'retry' }, place: { replyTo: posted.message } });
  });
});

describe('polling', () => {
  it('takes over at the first update that another process did not store', async () => {
    const { workspace, inbox, adapter, another } = await openScene();
    inbox.fails = new Error('the database is away');
    workspace.telegram.say(ALICE, OPS, '/rollback shop');
    await eventually(() => inbox.failed.length >= 1);
    await adapter.stop();
    inbox.fails = undefined;
    another().start();
    await eventually(() => inbox.deliveries.length === 1);
  });

  it('lets one process poll, and the next one when that ends', async () => {
    const { workspace, inbox, adapter, another } = await openScene();
    another().start();
    await workspace.waitFor(() => workspace.telegram.calls.filter(({ method }) => method.toLowerCase() === 'getme').length === 2);
    workspace.telegram.say(ALICE, OPS, '/rollback one');
    await eventually(() => inbox.deliveries.length === 1);
    expect(workspace.telegram.calls.filter(({ status }) => status === 409)).toEqual([]);
    await adapter.stop();
    await workspace.waitFor(() => workspace.telegram.updates.listening);
    workspace.telegram.say(ALICE, OPS, '/rollback two');
    await eventually(() => inbox.deliveries.length === 2);
  });

  it('still tells people that nothing can be stored when its turn is lost with the database, and then takes a new one', async () => {
    const lost = new AbortController();
    let turns = 0;
    const leadership: TelegramOptions['leadership'] = {
      withLeadership: (_name, signal, work) => {
        turns += 1;
        return work(turns === 1 ? AbortSignal.any([signal, lost.signal]) : signal);
      },
    };
    const { workspace, inbox } = await openScene({ telegram: { leadership } });
    inbox.fails = new Error('the database is away');
    lost.abort();
    // Ordinary talk proves nothing about the database.
    workspace.telegram.say(ALICE, ALICE, '/deploy');
    workspace.telegram.say(ALICE, OPS, '/rollback shop');
    await workspace.waitFor(() => workspace.telegram.posted(OPS).some(({ text }) => text.includes('kept by Telegram')));
    expect(turns).toBe(1);
    inbox.fails = undefined;
    await eventually(() => inbox.deliveries.length === 1 && turns === 2);
  });

  it('gives way to the new leader when its own turn is lost', async () => {
    const lost = new AbortController();
    const { workspace, inbox, another } = await openScene({ telegram: { leadership: { withLeadership: (_name, signal, work) => (signal.aborted || lost.signal.aborted ? Promise.resolve() : work(lost.signal)) } } });
    lost.abort();
    another({ leadership: { withLeadership: (_name, signal, work) => work(signal) } }).start();
    await workspace.waitFor(() => workspace.telegram.calls.some(({ status }) => status === 409));
    await workspace.waitFor(() => workspace.telegram.updates.listening);
    workspace.telegram.say(ALICE, OPS, '/rollback shop');
    await eventually(() => inbox.deliveries.length === 1);
    expect(inbox.copies).toEqual([]);
  });

  it('waits out a foreign poller (409) and goes on', async () => {
    const { workspace, inbox, logged } = await openScene();
    workspace.telegram.updates.interrupt('Conflict: terminated by other getUpdates request');
    await eventually(() => logged.some(({ message }) => message.includes('another process polls')));
    workspace.telegram.say(ALICE, OPS, '/rollback shop');
    await eventually(() => inbox.deliveries.length === 1);
  });

  it.each(['429', '500', 'refuse'] as const)('goes on after an outage (%s), reported once', async (kind) => {
    const { workspace, inbox, logged, adapter } = await openScene();
    const expected = kind === '429' ? 'Telegram asks to wait' : 'Telegram does not answer';
    workspace.telegram.outage(kind);
    workspace.telegram.updates.interrupt('Conflict: the poll that is open ends');
    await eventually(() => adapter.health().reason === expected && logged.some(({ message }) => message === expected));
    workspace.telegram.outage(undefined);
    workspace.telegram.say(ALICE, OPS, '/rollback shop');
    await eventually(() => inbox.deliveries.length === 1);
    expect(logged.filter(({ message }) => message === expected)).toHaveLength(1);
    expect(adapter.health()).toEqual({ ok: true });
  });

  it('starts while Telegram is away, and stops at once in the middle of a poll', async () => {
    const longPollMs = 120_000;
    const { workspace, inbox, adapter } = await openScene({ started: false, telegram: { timing: { longPollMs, backoffMs: { first: 20, longest: 100 } } } });
    workspace.telegram.outage('refuse');
    adapter.start();
    await eventually(() => adapter.health().reason === 'Telegram does not answer');
    workspace.telegram.outage(undefined);
    workspace.telegram.say(ALICE, OPS, '/rollback shop');
    await eventually(() => inbox.deliveries.length === 1);
    await workspace.waitFor(() => workspace.telegram.updates.listening);
    const began = performance.now();
    await adapter.stop();
    // It did not wait for the end of the poll.
    expect(performance.now() - began).toBeLessThan(longPollMs / 2);
  });

  it('publishes the command menu', async () => {
    const { workspace } = await openScene();
    expect(workspace.telegram.store.commands).toEqual([{ command: 'rollback', description: expect.stringContaining('release back') as unknown }]);
    expect(workspace.telegram.calls.filter(({ method }) => method.toLowerCase() === 'setmycommands')).toHaveLength(2);
  });

  it('steps over an update that it does not understand', async () => {
    const { workspace, inbox, logged } = await openScene();
    workspace.telegram.updates.push('message', { message_id: 'not a number' });
    workspace.telegram.say(ALICE, OPS, '/rollback shop');
    await eventually(() => inbox.deliveries.length === 1);
    expect(logged).toContainEqual({ level: 'warn', message: 'a Telegram update was not understood and is left out' });
  });
});

describe('the webhook', () => {
  const update = JSON.stringify({ update_id: 1, message: { message_id: 1, from: { id: ALICE, is_bot: false, first_name: 'Alice' }, chat: { id: OPS, type: 'supergroup' }, text: '/rollback shop' } });

  it.each([
    ['without a secret', {}],
    ['with a wrong one', { 'x-telegram-bot-api-secret-token': 'wrong' }],
  ])('refuses a call %s before its body is read', async (_case, headers) => {
    const { workspace, inbox } = await openScene({ webhook: true });
    const answer = await fetch(workspace.telegram.updates.webhook?.url ?? '', { method: 'POST', headers, body: 'not even JSON' });
    expect(answer.status).toBe(401);
    expect(inbox.deliveries).toEqual([]);
  });

  it('answers 400 to what is no JSON, 413 to what is too long, 200 to an update', async () => {
    const { workspace, inbox } = await openScene({ webhook: true });
    const post = async (body: string) => (await fetch(workspace.telegram.updates.webhook?.url ?? '', { method: 'POST', headers: { 'x-telegram-bot-api-secret-token': WEBHOOK_SECRET }, body })).status;
    expect(await post('{')).toBe(400);
    expect(await post(JSON.stringify({ update_id: 2, filler: 'x'.repeat(1024 * 1024) }))).toBe(413);
    expect(await post(update)).toBe(200);
    expect(inbox.deliveries).toHaveLength(1);
  });

  it('answers 500 as long as storing fails, so that Telegram delivers again', async () => {
    const { workspace, inbox } = await openScene({ webhook: true });
    inbox.fails = new Error('the database is away');
    workspace.telegram.say(ALICE, OPS, '/rollback shop');
    await workspace.waitFor(() => workspace.telegram.updates.attempts.some(({ status }) => status === 500));
    inbox.fails = undefined;
    await workspace.waitFor(() => workspace.telegram.updates.attempts.at(-1)?.status === 200);
    expect(inbox.deliveries).toHaveLength(1);
  });
});
