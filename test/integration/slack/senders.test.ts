import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lastAttempt } from '../../../demo/workspace/slack/model.js';
import { signatureHeaders } from '../../../demo/workspace/slack/signing.js';
import { ALICE, type Harness, only, OPS, startHarness } from './slack-harness.js';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(async () => {
  await harness.close();
});

test.each([
  ['U04GUEST', 'guest'],
  ['U05BOT', 'bot'],
  ['U06STRANGER', 'other-workspace'],
] as const)('%s is barred as %s, by command and by mention', async (user, barred) => {
  await harness.workspace.slack.slash(user, OPS, '/rollback shop');
  await harness.workspace.slack.mention(user, OPS, 'status');
  expect(harness.accepted.map((one) => one.actor.barred)).toEqual([barred, barred]);
});

test('a barred sender gets no form: the refusal is on the record', async () => {
  await harness.workspace.slack.slash('U04GUEST', OPS, '/rollback');
  expect(only(harness.accepted)).toMatchObject({ command: { kind: 'form' }, actor: { barred: 'guest' } });
  expect(harness.workspace.slack.view('U04GUEST')).toBeUndefined();
});

test('a stranger is known by their team even where the payload claims ours', async () => {
  const { slack } = harness.workspace;
  const body = new URLSearchParams({ command: '/rollback', text: 'shop', trigger_id: '1.2', user_id: 'U06STRANGER', team_id: 'T0WORKSPACE', channel_id: OPS }).toString();
  await slack.sendRaw(body, { 'content-type': 'application/x-www-form-urlencoded', ...signatureHeaders(slack.signingSecret, body) });
  expect(only(harness.accepted).actor.barred).toBe('other-workspace');
});

test('planb does not listen to itself, but knows other bots as bots', async () => {
  const { slack } = harness.workspace;
  const event = async (id: string, about: Record<string, string>): Promise<number> => {
    const body = JSON.stringify({ type: 'event_callback', event_id: id, event: { type: 'app_mention', text: '<@U0PLANB> status', ts: '1.1', channel: OPS, ...about } });
    return (await slack.sendRaw(body, { 'content-type': 'application/json', ...signatureHeaders(slack.signingSecret, body) })).status;
  };
  expect(await event('Ev1', { user: 'U0PLANB', bot_id: 'B0PLANB' })).toBe(200);
  expect(await event('Ev2', { bot_id: 'B0PLANB' })).toBe(200);
  expect(harness.accepted).toEqual([]);
  expect(await event('Ev3', { bot_id: 'B0OTHER' })).toBe(200);
  expect(only(harness.accepted)).toMatchObject({ id: 'slack:event:Ev3', actor: { userId: 'B0OTHER', barred: 'bot' } });
});

describe('who someone is', () => {
  let clock: number;
  let socket: Harness;
  const lookups = (): number => socket.workspace.slack.calls.filter((call) => call.method === 'users.info').length;
  // By Socket Mode, where no signature ages with the clock.
  beforeEach(async () => {
    clock = Date.now();
    socket = await startHarness({ socketMode: true, adapter: { now: () => clock } });
  });
  afterEach(async () => {
    await socket.close();
  });

  test('is asked once in five minutes, and someone made a guest is noticed then', async () => {
    const { slack } = socket.workspace;
    await slack.slash(ALICE, OPS, '/rollback shop');
    await slack.slash(ALICE, OPS, '/rollback shop');
    expect(lookups()).toBe(1);
    const alice = slack.store.users.get(ALICE);
    if (alice) alice.isGuest = true;
    clock += 6 * 60_000;
    await slack.slash(ALICE, OPS, '/rollback shop');
    expect(lookups()).toBe(2);
    expect(socket.accepted.map((one) => one.actor.barred)).toEqual([undefined, undefined, 'guest']);
  });

  test('is asked once for presses at the same moment', async () => {
    const { slack } = socket.workspace;
    await Promise.all(Array.from({ length: 10 }, () => slack.slash(ALICE, OPS, '/rollback shop')));
    expect(socket.accepted).toHaveLength(10);
    expect(lookups()).toBe(1);
  });

  test.each(['500', 'hang', '429'] as const)('is still known while Slack answers %s; someone new is told to try again', async (kind) => {
    const { slack } = socket.workspace;
    await slack.slash(ALICE, OPS, '/rollback shop');
    slack.outage(kind);
    clock += 6 * 60_000;
    await slack.slash(ALICE, OPS, '/rollback shop');
    const sent = await slack.slash('U02BOB', OPS, '/rollback shop');
    slack.outage(undefined);
    expect(socket.accepted.map((one) => one.actor.userId)).toEqual([ALICE, ALICE]);
    expect(lastAttempt(sent)).toMatchObject({ transport: 'socket', failure: undefined });
    expect(only(slack.ephemerals('U02BOB')).text).toContain('could not ask Slack who you are, nothing was done');
  });
});
