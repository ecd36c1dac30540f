import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { scopes, slack } from '../../../adapters/cli/doctor/slack.js';
import { telegram } from '../../../adapters/cli/doctor/telegram.js';
import { configOf, examined, web } from './doctor-reach.js';

const signal = new AbortController().signal;
const config = configOf(`slackWorkspace: T0123456
people: { alice: { slack: U01ALICE } }
channels: { ops: { slack: C0123456, telegram: { chat: -1001234 } } }
targets: { shop: { runbook: ./x.yaml, channel: ops, requesters: [alice], approval: { people: 1 } } }
`);
const every = 'commands,chat:write,files:write,app_mentions:read,users:read';

describe('Slack', () => {
  const token = { SLACK_BOT_TOKEN: 'xoxb-1' };
  const hello = { 'auth.test': { ok: true, team: 'Acme', team_id: 'T0123456', user: 'planb' } };
  const look = (env: Readonly<Record<string, string>>, answers: Readonly<Record<string, unknown>> = hello, scopes = every) =>
    slack.run(examined({ env, config, reach: { fetch: web(answers, { 'x-oauth-scopes': scopes }) } }), signal);

  it('is fine in Socket Mode and over signed HTTP', async () => {
    expect(await look({ ...token, SLACK_APP_TOKEN: 'xapp-1' })).toEqual([{ status: 'ok', about: 'Slack', message: 'answers as planb in Acme' }, expect.objectContaining({ status: 'ok', message: expect.stringContaining('Socket Mode') as string })]);
    expect(await look({ ...token, SLACK_SIGNING_SECRET: 's', PORT: '3000' })).toMatchObject([{ status: 'ok' }, { status: 'ok', message: expect.stringContaining('/slack/events') as string }]);
  });

  it('asks for the scopes that the manifest gives, no more and no fewer', async () => {
    const manifest = z.object({ oauth_config: z.object({ scopes: z.object({ bot: z.array(z.string()) }) }) }).parse(parse(await readFile('deploy/slack-manifest.yaml', 'utf8')));
    expect(Object.keys(scopes).sort()).toEqual(manifest.oauth_config.scopes.bot.toSorted());
  });

  it('names each missing scope with what it is for', async () => {
    expect(await look({ ...token, SLACK_APP_TOKEN: 'xapp-1' }, hello, 'commands,chat:write,users:read,app_mentions:read')).toMatchObject([{ status: 'ok' }, { status: 'broken', message: 'the scope files:write is missing: long details' }, { status: 'ok' }]);
  });

  it.each([
    [{}, 'SLACK_BOT_TOKEN is not set'],
    [{ SLACK_BOT_TOKEN: 'xoxp-1' }, 'no bot token'],
    [{ ...token, SLACK_APP_TOKEN: 'xoxb-2' }, 'no app-level token'],
    [token, 'neither SLACK_APP_TOKEN nor SLACK_SIGNING_SECRET'],
    [{ ...token, SLACK_SIGNING_SECRET: 's' }, 'needs PORT'],
  ])('%j is broken: %s', async (env, message) => {
    expect((await look(env)).filter(({ status }) => status === 'broken')).toMatchObject([{ message: expect.stringContaining(message) as string, fix: expect.any(String) as string }]);
  });

  it('says why the token is refused, and when it is another workspace\'s', async () => {
    expect(await look({ ...token, SLACK_APP_TOKEN: 'xapp-1' }, { 'auth.test': { ok: false, error: 'account_inactive' } })).toMatchObject([{ status: 'broken', message: 'refuses the bot token: account_inactive' }, { status: 'ok' }]);
    expect(await look({ ...token, SLACK_APP_TOKEN: 'xapp-1' }, { 'auth.test': { ok: true, team_id: 'T9', user: 'planb' } })).toMatchObject([{ status: 'ok' }, { status: 'broken', fix: 'set slackWorkspace: T9' }, { status: 'ok' }]);
  });
});

describe('Telegram', () => {
  const token = { TELEGRAM_BOT_TOKEN: '1:abc' };
  const answers = {
    getMe: { ok: true, result: { username: 'planb_bot', can_join_groups: true, can_read_all_group_messages: false } },
    getWebhookInfo: { ok: true, result: { url: '', pending_update_count: 0 } },
    getChat: { ok: true, result: { type: 'supergroup' } },
  };
  const look = (env: Readonly<Record<string, string>>, more: Readonly<Record<string, unknown>> = {}) => telegram.run(examined({ env, config, reach: { fetch: web({ ...answers, ...more }) } }), signal);

  it('is fine, polling, with privacy mode on', async () => {
    const found = await look(token);
    expect(found.map(({ status }) => status)).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(found.map(({ message }) => message)).toEqual(['answers as @planb_bot', expect.stringContaining('privacy mode is on'), 'long polling', 'sees the supergroup of channel ops']);
  });

  it('sees the webhook that is in the way of polling', async () => {
    expect(await look(token, { getWebhookInfo: { ok: true, result: { url: 'https://other.example/hook' } } })).toContainEqual(expect.objectContaining({ status: 'weak', message: expect.stringContaining('409') as string }));
  });

  it('judges its own webhook', async () => {
    const env = { ...token, TELEGRAM_WEBHOOK_URL: 'https://planb.example/telegram/webhook', TELEGRAM_WEBHOOK_SECRET: 's', PORT: '3000' };
    const hook = { getWebhookInfo: { ok: true, result: { url: env.TELEGRAM_WEBHOOK_URL, last_error_message: 'Connection refused' } } };
    expect(await look(env, hook)).toEqual(expect.arrayContaining([expect.objectContaining({ status: 'ok', message: 'webhook' }), expect.objectContaining({ status: 'weak', message: 'could not deliver lately: Connection refused' })]));
    expect((await look({ ...token, TELEGRAM_WEBHOOK_URL: env.TELEGRAM_WEBHOOK_URL }, hook)).filter(({ status }) => status === 'broken').map(({ message }) => message)).toEqual([expect.stringContaining('TELEGRAM_WEBHOOK_SECRET'), expect.stringContaining('PORT')]);
  });

  it('says what refuses it and never the token', async () => {
    const refused = await look(token, { getMe: { ok: false, description: 'Unauthorized' } });
    expect(refused).toMatchObject([{ status: 'broken', message: 'refuses the token: Unauthorized' }]);
    const unseen = await look(token, { getChat: { ok: false, description: 'Bad Request: chat not found' } });
    expect(unseen).toContainEqual(expect.objectContaining({ status: 'broken', message: 'cannot see chat -1001234 of channel ops: Bad Request: chat not found' }));
    expect(JSON.stringify([refused, unseen])).not.toContain('1:abc');
    expect(await look({})).toMatchObject([{ status: 'broken', message: expect.stringContaining('TELEGRAM_BOT_TOKEN is not set') as string }]);
  });

  it('never asks for updates', async () => {
    const asked: string[] = [];
    const fetch: typeof globalThis.fetch = async (url, init) => { asked.push(typeof url === 'string' ? url : ''); return web(answers)(url, init); };
    await telegram.run(examined({ env: token, config, reach: { fetch } }), signal);
    expect(asked.some((url) => url.includes('getUpdates'))).toBe(false);
    expect(asked).toHaveLength(3);
  });
});
