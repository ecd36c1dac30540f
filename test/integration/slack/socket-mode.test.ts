import { afterEach, beforeEach, expect, test } from 'vitest';
import { lastAttempt } from '../../../demo/workspace/slack/model.js';
import { eventually } from '../../support/eventually.js';
import { ALICE, type Harness, only, OPS, startHarness } from './slack-harness.js';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness({ socketMode: true });
});
afterEach(async () => {
  await harness.close();
});

test('commands, forms and mentions come over the socket, and there is nothing to route HTTP to', async () => {
  const { slack } = harness.workspace;
  expect(harness.slack.handle).toBeUndefined();
  const command = await slack.slash(ALICE, OPS, '/rollback shop');
  const word = await slack.mention(ALICE, OPS, 'status');
  await slack.slash(ALICE, OPS, '/rollback');
  await slack.clickInView(ALICE, 'planb:form:target', 'shop');
  const { errors } = await slack.submitView(ALICE, {});
  expect(errors).toEqual({});
  expect([command, word].map((sent) => lastAttempt(sent))).toMatchObject([{ transport: 'socket', failure: undefined }, { transport: 'socket', failure: undefined }]);
  expect(harness.accepted.map((one) => one.command.kind)).toEqual(['request', 'status', 'request']);
});

test('an event is acknowledged only after it is stored', async () => {
  const { slack } = harness.workspace;
  let store: () => void = () => undefined;
  const stored = new Promise<'stored'>((resolve) => {
    store = () => resolve('stored');
  });
  let asked = false;
  harness.world.accept = () => {
    asked = true;
    return stored;
  };
  let acknowledged = false;
  const sent = slack.mention(ALICE, OPS, 'status').then((delivery) => {
    acknowledged = true;
    return delivery;
  });
  await eventually(() => asked);
  expect(acknowledged).toBe(false);
  store();
  expect(lastAttempt(await sent).failure).toBeUndefined();
});

test('a store that fails is told over the socket', async () => {
  harness.world.accept = () => Promise.reject(new Error('PostgreSQL is away'));
  await harness.workspace.slack.slash(ALICE, OPS, '/rollback shop');
  expect(only(harness.workspace.slack.ephemerals(ALICE)).text).toContain('could not store your command, nothing was done');
});

test.each(['recycled', 'cut'] as const)('comes back by itself when the connection is %s', async (how) => {
  const { slack } = harness.workspace;
  const opened = (): number => slack.calls.filter((call) => call.method === 'apps.connections.open').length;
  if (how === 'recycled') slack.socketMode.disconnect();
  else slack.socketMode.cut();
  await eventually(() => opened() >= 2 && slack.socketMode.connections === 1);
  await slack.slash(ALICE, OPS, '/rollback shop');
  expect(only(harness.accepted).command).toMatchObject({ target: 'shop' });
});

test('comes back after Slack was away for a while', async () => {
  const { slack } = harness.workspace;
  slack.outage('refuse');
  await eventually(() => slack.socketMode.connections === 0);
  slack.outage(undefined);
  await eventually(() => slack.socketMode.connections === 1);
  expect(lastAttempt(await slack.slash(ALICE, OPS, '/rollback shop')).failure).toBeUndefined();
});

test('stop disconnects for good', async () => {
  await harness.slack.stop();
  await eventually(() => harness.workspace.slack.socketMode.connections === 0);
});

test('stop comes to an end while Slack hangs in the middle of a reconnection', async () => {
  const { slack } = harness.workspace;
  slack.outage('hang');
  slack.socketMode.cut();
  await eventually(() => slack.calls.filter((call) => call.method === 'apps.connections.open').length >= 2);
  await harness.slack.stop();
  slack.outage(undefined);
  expect(slack.socketMode.connections).toBe(0);
});
