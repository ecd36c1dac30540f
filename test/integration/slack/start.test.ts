import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import { createSlack } from '../../../adapters/slack/slack.js';
import type { SlackOptions } from '../../../adapters/slack/options.js';
import { startWorkspace, type Workspace } from '../../../demo/workspace/workspace.js';

let workspace: Workspace | undefined;
afterEach(async () => {
  await workspace?.close();
});

function options(about: Partial<SlackOptions>): SlackOptions {
  return {
    botToken: 'xoxb-workspace-bot',
    command: 'rollback',
    accept: () => Promise.resolve('stored'),
    formChoices: () => Promise.resolve({ targets: [] }),
    locale: 'en',
    log: pino({ level: 'silent' }),
    ...about,
  };
}

test('needs a way to receive', () => {
  expect(() => createSlack(options({}))).toThrow(/app token .* or a signing secret/);
});

test('a wrong bot token is refused for good', async () => {
  workspace = await startWorkspace();
  const slack = createSlack(options({ signingSecret: 's', botToken: 'xoxb-wrong', apiUrl: workspace.slack.apiUrl }));
  await expect(slack.start()).rejects.toMatchObject({ name: 'ChatError', code: 'refused', retryable: false, message: expect.stringContaining('invalid_auth') as unknown });
});

test('a wrong app token is refused for good', async () => {
  workspace = await startWorkspace();
  const slack = createSlack(options({ appToken: 'xapp-wrong', apiUrl: workspace.slack.apiUrl }));
  await expect(slack.start()).rejects.toMatchObject({ name: 'ChatError', code: 'refused', message: expect.stringContaining('invalid_auth') as unknown });
  await slack.stop();
});

test.each(['signingSecret', 'appToken'] as const)('Slack away at the start can be waited for (%s)', async (way) => {
  workspace = await startWorkspace();
  const slack = createSlack(options({ [way]: way === 'appToken' ? workspace.slack.appToken : 's', apiUrl: workspace.slack.apiUrl }));
  workspace.slack.outage('refuse');
  await expect(slack.start()).rejects.toMatchObject({ name: 'ChatError', code: 'unavailable', retryable: true });
  workspace.slack.outage(undefined);
  await slack.start();
  await slack.stop();
});

test('a stop in the middle of the start leaves no connection behind', async () => {
  workspace = await startWorkspace();
  const { slack: stand } = workspace;
  const connecting = createSlack(options({ appToken: stand.appToken, apiUrl: stand.apiUrl }));
  const began = connecting.start().catch(() => undefined);
  // Asked for at once after the token was checked.
  await workspace.waitFor(() => stand.calls.some(({ method }) => method === 'auth.test'));
  await connecting.stop();
  await began;
  expect(stand.socketMode.connections).toBe(0);
  // Asked to stop before Slack has said who planb is.
  const unchecked = createSlack(options({ appToken: stand.appToken, apiUrl: stand.apiUrl }));
  const begun = unchecked.start();
  await unchecked.stop();
  await begun;
  expect(stand.socketMode.connections).toBe(0);
});
