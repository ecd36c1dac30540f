import { App, LogLevel } from '@slack/bolt';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { lastAttempt } from '../../../demo/workspace/slack/model.js';
import { startWorkspace, type Workspace } from '../../../demo/workspace/workspace.js';

const OPS = 'C0123456';
let workspace: Workspace;
let app: App;

beforeEach(async () => {
  workspace = await startWorkspace();
  const { slack } = workspace;
  app = new App({
    token: slack.botToken,
    appToken: slack.appToken,
    socketMode: true,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 } },
  });
});

afterEach(async () => {
  await app.stop();
  await workspace.close();
});

it('serves Socket Mode: commands, buttons and mentions arrive, acknowledgements carry payloads', async () => {
  app.command('/rollback', async ({ ack, command }) => ack(`hello ${command.user_id}`));
  app.action('go', async ({ ack, respond }) => {
    await ack();
    await respond({ replace_original: true, text: 'gone' });
  });
  const mentions: string[] = [];
  app.event('app_mention', async ({ event }) => {
    mentions.push(event.text);
    return Promise.resolve();
  });
  await app.start();

  const slash = await workspace.slack.slash('U01ALICE', OPS, '/rollback help');
  expect(lastAttempt(slash)).toMatchObject({ transport: 'socket', status: 200, failure: undefined });
  expect(workspace.slack.ephemerals('U01ALICE')[0]?.text).toBe('hello U01ALICE');

  const { ts } = await app.client.chat.postMessage({
    channel: OPS,
    text: 'x',
    blocks: [{ type: 'actions', elements: [{ type: 'button', action_id: 'go', text: { type: 'plain_text', text: 'Go' } }] }],
  });
  const message = workspace.slack.message({ channel: OPS, ts: ts ?? '' });
  await workspace.slack.click('U02BOB', message, 'Go');
  await workspace.waitFor(() => message.text === 'gone');

  const mention = await workspace.slack.mention('U02BOB', OPS, 'stop', ts);
  await workspace.slack.redeliver(mention, 2);
  // Bolt acknowledges before it calls its listeners.
  await workspace.waitFor(() => mentions.length === 3);
  expect(mentions).toEqual(Array.from({ length: 3 }, () => '<@U0PLANB> stop'));
});

it('asks the client to reconnect, and it does', async () => {
  app.command('/rollback', async ({ ack }) => ack('again'));
  await app.start();
  expect(workspace.slack.socketMode.connections).toBe(1);
  workspace.slack.socketMode.disconnect();
  await workspace.waitFor(() => workspace.slack.socketMode.connections === 0);
  await workspace.waitFor(() => workspace.slack.socketMode.connections === 1);
  expect(lastAttempt(await workspace.slack.slash('U01ALICE', OPS, '/rollback help')).body).toEqual({ text: 'again' });
});
