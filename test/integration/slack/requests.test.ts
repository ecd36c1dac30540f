import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MAX_BODY_BYTES } from '../../../adapters/slack/receive/read-body.js';
import { lastAttempt } from '../../../demo/workspace/slack/model.js';
import { signatureHeaders } from '../../../demo/workspace/slack/signing.js';
import type { BoardModel } from '../../../src/board/model.js';
import { ALICE, type Harness, mentions, only, OPS, startHarness } from './slack-harness.js';

const plainBoard: BoardModel = {
  run: '7KQ', locale: 'en', tone: 'waiting', title: 'Shop', fields: [], tasks: [], tasksTitle: '', urgent: true, buttons: [{ action: 'approve', label: 'Approve', id: 'button-approve', style: 'primary' }],
};

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(async () => {
  await harness.close();
});

describe('signed requests', () => {
  test('a slash command becomes a delivery and is acknowledged without words', async () => {
    const { slack } = harness.workspace;
    const sent = await slack.slash(ALICE, OPS, '/rollback shop because 500s since deploy &amp; worse');
    expect(lastAttempt(sent)).toMatchObject({ status: 200, body: '' });
    expect(only(harness.accepted)).toEqual({
      id: `slack:trigger:${String(sent.payload['trigger_id'])}`,
      actor: { platform: 'slack', userId: ALICE, displayName: 'alice', workspace: 'T0WORKSPACE' },
      place: { platform: 'slack', channel: OPS },
      command: { kind: 'request', run: 'rollback', target: 'shop', reason: '500s since deploy & worse' },
      replyHandle: sent.payload['response_url'],
    });
    expect(slack.ephemerals(ALICE)).toEqual([]);
  });

  test('three copies carry one delivery id and are all acknowledged', async () => {
    const { slack } = harness.workspace;
    const sent = await slack.slash(ALICE, OPS, '/rollback shop');
    const copies = await slack.redeliver(sent, 3);
    expect(copies.map((copy) => copy.status)).toEqual([200, 200, 200]);
    expect(new Set(harness.accepted.map((one) => one.id)).size).toBe(1);
    expect(harness.accepted).toHaveLength(4);
  });

  test('the very same request a second time is refused before it is parsed', async () => {
    const { slack } = harness.workspace;
    const sent = await slack.slash(ALICE, OPS, '/rollback shop');
    const { body, headers } = slack.signed(sent, Math.floor(Date.now() / 1000) - 2);
    expect((await slack.sendRaw(body, headers)).status).toBe(200);
    expect((await slack.sendRaw(body, headers)).status).toBe(401);
    expect(harness.accepted).toHaveLength(2);
    // Even a body that could not be parsed a first time is refused for having come.
    const broken = { 'content-type': 'application/json', ...signatureHeaders(slack.signingSecret, '{') };
    expect([(await slack.sendRaw('{', broken)).status, (await slack.sendRaw('{', broken)).status]).toEqual([400, 401]);
  });

  test('two copies at the same instant: one is taken', async () => {
    const { slack } = harness.workspace;
    const sent = await slack.slash(ALICE, OPS, '/rollback shop');
    const { body, headers } = slack.signed(sent, Math.floor(Date.now() / 1000) - 2);
    const statuses = await Promise.all([slack.sendRaw(body, headers), slack.sendRaw(body, headers)]);
    expect(statuses.map(({ status }) => status).sort()).toEqual([200, 401]);
  });

  test.each(['slash', 'press', 'mention'] as const)('a %s whose storing failed may come again', async (kind) => {
    const { slack } = harness.workspace;
    const { accept } = harness.world;
    harness.world.accept = () => Promise.reject(new Error('the database is away'));
    const ref = await harness.slack.postBoard({ channel: OPS }, plainBoard, mentions);
    const sent = kind === 'slash' ? await slack.slash(ALICE, OPS, '/rollback shop')
      : kind === 'mention' ? await slack.mention(ALICE, OPS, 'status') : await slack.click(ALICE, { channel: OPS, ts: ref.message }, 'Approve');
    const { body, headers } = slack.signed(sent, Math.floor(Date.now() / 1000) - 2);
    expect((await slack.sendRaw(body, headers)).status).toBe(200);
    harness.world.accept = accept;
    expect((await slack.sendRaw(body, headers)).status).toBe(200);
    expect(harness.accepted).toHaveLength(1);
    expect((await slack.sendRaw(body, headers)).status).toBe(401);
  });

  test('answers the challenge, but only a signed one', async () => {
    const { slack } = harness.workspace;
    expect(lastAttempt(await slack.verifyUrl('riddle'))).toMatchObject({ status: 200, body: { challenge: 'riddle' } });
    const unsigned = await slack.sendRaw(JSON.stringify({ type: 'url_verification', challenge: 'riddle' }), { 'content-type': 'application/json' });
    expect(unsigned).toMatchObject({ status: 401, body: '' });
  });
});

describe('requests that Slack did not sign', () => {
  const body = new URLSearchParams({ command: '/rollback', text: 'shop', trigger_id: '1.2', user_id: ALICE, channel_id: OPS }).toString();
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  const now = (): number => Math.floor(Date.now() / 1000);
  const signed = (seconds?: number, of = body): Record<string, string> => ({ ...form, ...signatureHeaders(harness.workspace.slack.signingSecret, of, seconds) });

  test('the very same request is taken when it is signed', async () => {
    expect((await harness.workspace.slack.sendRaw(body, signed())).status).toBe(200);
    expect(harness.accepted).toHaveLength(1);
  });

  test.each<[string, () => Record<string, string>]>([
    ['unsigned', () => form],
    ['older than five minutes', () => signed(now() - 301)],
    ['from the future', () => signed(now() + 302)],
    ['signed with another secret', () => ({ ...form, ...signatureHeaders('another-secret', body) })],
    ['signed for another body', () => signed(undefined, `${body}x`)],
    ['with another timestamp than was signed', () => ({ ...signed(), 'x-slack-request-timestamp': String(now() - 1) })],
    ['without a timestamp', () => ({ ...form, 'x-slack-signature': signed()['x-slack-signature'] ?? '' })],
    ['with a timestamp that is no number', () => ({ ...signed(), 'x-slack-request-timestamp': 'soon' })],
    ['with another signature version', () => ({ ...signed(), 'x-slack-signature': (signed()['x-slack-signature'] ?? '').replace('v0=', 'v1=') })],
    ['with an empty signature', () => ({ ...signed(), 'x-slack-signature': 'v0=' })],
  ])('%s: 401, nothing accepted', async (_name, headers) => {
    expect((await harness.workspace.slack.sendRaw(body, headers())).status).toBe(401);
    expect(harness.accepted).toEqual([]);
  });

  test('nothing is parsed before the signature holds', async () => {
    const broken = await harness.workspace.slack.sendRaw('{"not json', { 'content-type': 'application/json' });
    expect(broken.status).toBe(401);
    const signedBroken = await harness.workspace.slack.sendRaw('{"not json', { 'content-type': 'application/json', ...signatureHeaders(harness.workspace.slack.signingSecret, '{"not json') });
    expect(signedBroken.status).toBe(400);
  });

  test('a workspace that Slack never named is no key of Bolt\'s clients', async () => {
    const team = '__proto__';
    for (const payload of [
      { type: 'block_actions', user: { id: ALICE }, team: { id: team }, actions: [{ action_id: 'planb:button:0:approve' }] },
      { type: 'view_submission', user: { id: ALICE }, team: { id: 'T0' }, view: { callback_id: 'planb:form', app_installed_team_id: team } },
      { type: 'block_actions', user: { id: ALICE, team_id: team }, actions: [{ action_id: 'planb:button:0:approve' }] },
    ]) {
      const asked = `payload=${encodeURIComponent(JSON.stringify(payload))}`;
      expect((await harness.workspace.slack.sendRaw(asked, signed(undefined, asked))).status).toBe(400);
    }
    expect(harness.accepted).toEqual([]);
  });

  test('an oversized request is refused even when it is signed', async () => {
    const large = `${body}&padding=${'x'.repeat(MAX_BODY_BYTES)}`;
    expect((await harness.workspace.slack.sendRaw(large, signed(undefined, large))).status).toBe(413);
    expect(harness.accepted).toEqual([]);
  });

  test('only POST', async () => {
    const answer = await fetch(harness.url);
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
  });
});

test('after stop nothing is taken', async () => {
  await harness.slack.stop();
  const sent = await harness.workspace.slack.slash(ALICE, OPS, '/rollback shop');
  expect(lastAttempt(sent).status).toBe(503);
  expect(harness.accepted).toEqual([]);
});
