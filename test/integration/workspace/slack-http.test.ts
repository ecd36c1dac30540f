import { App, HTTPReceiver, LogLevel } from '@slack/bolt';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lastAttempt } from '../../../demo/workspace/slack/model.js';
import { startWorkspace, type Workspace, type WorkspaceOptions } from '../../../demo/workspace/workspace.js';

const OPS = 'C0123456';

/** The real Bolt on signed HTTP, against a workspace of its own. */
async function startBolt(workspace: Workspace): Promise<App> {
  const { slack } = workspace;
  const receiver = new HTTPReceiver({ signingSecret: slack.signingSecret, logLevel: LogLevel.ERROR });
  const app = new App({
    token: slack.botToken,
    receiver,
    logLevel: LogLevel.ERROR,
    deferInitialization: true,
    clientOptions: { slackApiUrl: slack.apiUrl, retryConfig: { retries: 0 }, rejectRateLimitedCalls: true },
  });
  await app.init();
  const server = await receiver.start({ port: 0, host: '127.0.0.1' });
  slack.connectTo(`http://127.0.0.1:${(server.address() as AddressInfo).port}/slack/events`);
  return app;
}

/** What Slack answered, from the SDK's error. */
function slackError(error: unknown): { error: string; messages: string[] } {
  if (!(error instanceof Error) || !('data' in error)) throw error;
  const data = error.data as { error: string; response_metadata?: { messages?: string[] } };
  return { error: data.error, messages: data.response_metadata?.messages ?? [] };
}

describe('Bolt over signed HTTP', () => {
  let workspace: Workspace;
  let app: App;
  let stopped = false;

  async function stopBolt(): Promise<void> {
    if (!stopped) await app.stop();
    stopped = true;
  }

  async function begin(options: WorkspaceOptions = {}): Promise<void> {
    workspace = await startWorkspace(options);
    app = await startBolt(workspace);
    stopped = false;
  }

  beforeEach(() => begin());
  afterEach(async () => {
    await stopBolt();
    await workspace.close();
  });

  it('delivers a slash command, keeps the ephemeral answer to one user and edits the board in place', async () => {
    app.command('/rollback', async ({ ack, command, client }) => {
      await ack({ response_type: 'ephemeral', text: `planning ${command.text} for ${command.user_name}` });
      const posted = await client.chat.postMessage({ channel: command.channel_id, text: 'board 1' });
      await client.chat.update({ channel: command.channel_id, ts: posted.ts ?? '', text: 'board 2' });
    });

    const delivery = await workspace.slack.slash('U01ALICE', OPS, '/rollback shop to 1.0.0');

    expect(lastAttempt(delivery)).toMatchObject({ transport: 'http', status: 200, failure: undefined });
    expect(workspace.slack.ephemerals('U01ALICE').map((one) => one.text)).toEqual(['planning shop to 1.0.0 for alice']);
    expect(workspace.slack.ephemerals('U02BOB')).toEqual([]);
    const board = await workspace.waitFor(() => workspace.slack.posted(OPS).find((one) => one.text === 'board 2'));
    expect(board.history.map((one) => one.text)).toEqual(['board 1', 'board 2']);
    expect(workspace.slack.statistics().edits.get(board.ts)).toBe(1);
  });

  it('carries a click with its value and lets response_url replace the message, five times', async () => {
    const values: string[] = [];
    app.action('approve', async ({ ack, body, action, respond }) => {
      await ack();
      values.push(`${body.user.id} ${action.type === 'button' ? (action.value ?? '') : ''}`);
      for (let i = 1; i <= 6; i += 1) {
        await respond({ replace_original: true, text: `voted ${i}` }).catch(() => undefined);
      }
    });
    const blocks = [{ type: 'actions', elements: [{ type: 'button', action_id: 'approve', text: { type: 'plain_text', text: 'Approve' }, value: 'run-1' }] }];
    const { ts } = await app.client.chat.postMessage({ channel: OPS, text: 'plan', blocks });
    const message = workspace.slack.message({ channel: OPS, ts: ts ?? '' });
    expect(workspace.slack.buttons(message)).toEqual(['Approve']);

    await workspace.slack.click('U02BOB', message, 'Approve');
    await workspace.waitFor(() => message.text === 'voted 5');

    expect(values).toEqual(['U02BOB run-1']);
    await expect(workspace.slack.click('U02BOB', message, 'Approve')).rejects.toThrow('there is: nothing');
    const old = await workspace.slack.click('U02BOB', message, 'Approve', { revision: 0 });
    expect(lastAttempt(old).status).toBe(200);
  });

  it('opens a modal, refuses a used trigger, holds back an empty field and shows errors of the acknowledgement', async () => {
    const opened: string[] = [];
    app.command('/rollback', async ({ ack, body, client }) => {
      await ack();
      const view = {
        type: 'modal' as const,
        callback_id: 'request',
        title: { type: 'plain_text' as const, text: 'Roll back' },
        submit: { type: 'plain_text' as const, text: 'Plan' },
        blocks: [
          {
            type: 'input',
            block_id: 'target',
            label: { type: 'plain_text', text: 'Target' },
            element: { type: 'static_select', action_id: 'v', options: [{ text: { type: 'plain_text', text: 'shop' }, value: 'shop' }] },
          },
          { type: 'input', block_id: 'why', label: { type: 'plain_text', text: 'Why' }, element: { type: 'plain_text_input', action_id: 'v' } },
        ],
      };
      await client.views.open({ trigger_id: body.trigger_id, view });
      opened.push(await client.views.open({ trigger_id: body.trigger_id, view }).then(() => 'ok', (error: unknown) => slackError(error).error));
    });
    app.view('request', async ({ ack, view }) => {
      const why = view.state.values['why']?.['v']?.value;
      if (why === 'x') await ack({ response_action: 'errors', errors: { why: 'say more' } });
      else await ack();
    });

    await workspace.slack.slash('U01ALICE', OPS, '/rollback');
    await workspace.waitFor(() => workspace.slack.view('U01ALICE') && opened.length > 0);
    expect(opened).toEqual(['exchanged_trigger_id']);
    expect((await workspace.slack.submitView('U01ALICE', { target: 'shop' })).errors).toEqual({ why: 'Please complete this required field.' });
    expect((await workspace.slack.submitView('U01ALICE', { target: 'shop', why: 'x' })).errors).toEqual({ why: 'say more' });
    expect((await workspace.slack.submitView('U01ALICE', { target: 'shop', why: '500s' })).errors).toEqual({});
    expect(workspace.slack.view('U01ALICE')).toBeUndefined();
  });

  it('tells of a mention in a thread and redelivers the same event', async () => {
    const seen: string[] = [];
    app.event('app_mention', async ({ event, body }) => {
      seen.push(`${body.event_id} ${event.thread_ts ?? ''} ${event.text}`);
      return Promise.resolve();
    });
    const { ts } = await app.client.chat.postMessage({ channel: OPS, text: 'board' });
    const delivery = await workspace.slack.mention('U01ALICE', OPS, 'retry', ts);
    const copies = await workspace.slack.redeliver(delivery, 3);
    expect(copies.map((one) => one.status)).toEqual([200, 200, 200]);
    await workspace.waitFor(() => seen.length === 4);
    expect(new Set(seen).size).toBe(1);
    expect(seen[0]).toContain(`${ts ?? ''} <@U0PLANB> retry`);
    expect(lastAttempt(await workspace.slack.verifyUrl('abc')).body).toEqual({ challenge: 'abc' });
  });

  it('signs what it sends: an unsigned and a stale copy are refused by Bolt', async () => {
    app.command('/rollback', async ({ ack }) => ack());
    const delivery = await workspace.slack.slash('U01ALICE', OPS, '/rollback help');
    const stale = workspace.slack.signed(delivery, Math.floor(Date.now() / 1000) - 600);
    expect((await workspace.slack.sendRaw(stale.body, stale.headers)).status).toBe(401);
    const { body } = workspace.slack.signed(delivery);
    expect((await workspace.slack.sendRaw(body, { 'content-type': 'application/x-www-form-urlencoded' })).status).toBe(401);
  });

  it('answers like Slack: invalid_blocks with pointers, cant_update_message, message_not_found, not_in_channel', async () => {
    const fails = async (call: Promise<unknown>): Promise<{ error: string; messages: string[] }> => call.then(() => ({ error: 'ok', messages: [] }), slackError);
    const { chat } = app.client;
    const long = await fails(chat.postMessage({ channel: OPS, text: 'x', blocks: [{ type: 'section', text: { type: 'mrkdwn', text: 'y'.repeat(3001) } }] }));
    expect(long).toEqual({ error: 'invalid_blocks', messages: ['[ERROR] must be less than 3001 characters [json-pointer:/blocks/0/text/text]'] });
    const many = await fails(chat.postMessage({ channel: OPS, text: 'x', blocks: Array.from({ length: 51 }, () => ({ type: 'divider' })) }));
    expect(many.messages).toEqual(['[ERROR] no more than 50 items allowed [json-pointer:/blocks]']);
    const said = await workspace.slack.say('U01ALICE', OPS, 'hello');
    expect((await fails(chat.update({ channel: OPS, ts: said.message.ts, text: 'mine' }))).error).toBe('cant_update_message');
    expect((await fails(chat.update({ channel: OPS, ts: '1.0', text: 'mine' }))).error).toBe('message_not_found');
    expect((await fails(chat.postMessage({ channel: 'C0SECRET', text: 'x' }))).error).toBe('not_in_channel');
    expect((await fails(chat.postMessage({ channel: 'CNOWHERE', text: 'x' }))).error).toBe('channel_not_found');
    expect((await fails(chat.postMessage({ channel: OPS, text: '', token: 'xoxb-wrong' }))).error).toBe('invalid_auth');
  });

  it('limits posting to a channel with 429 and Retry-After, which Bolt reads', async () => {
    const limited = async (): Promise<number> => {
      for (let i = 0; i < 10; i += 1) {
        try {
          await app.client.chat.postMessage({ channel: OPS, text: `m${i}` });
        } catch (error) {
          return (error as { retryAfter: number }).retryAfter;
        }
      }
      return 0;
    };
    expect(await limited()).toBeGreaterThanOrEqual(1);
    expect(workspace.slack.statistics().ratelimited).toBe(1);
    await app.client.chat.postMessage({ channel: 'C0GENERAL', text: 'another channel has its own budget' });
  });

  it('takes plan blocks, unless told not to know them', async () => {
    const plan = { type: 'plan', title: 'Run 7KQ', tasks: [{ type: 'task_card', task_id: 's1', title: 'Back up', status: 'in_progress' }] };
    expect((await app.client.chat.postMessage({ channel: OPS, text: 'x', blocks: [plan] })).ok).toBe(true);
    const wrong = { ...plan, tasks: [{ ...plan.tasks[0], status: 'completed' }] };
    await expect(app.client.chat.postMessage({ channel: OPS, text: 'x', blocks: [wrong] })).rejects.toThrow('invalid_blocks');
    await stopBolt();
    await workspace.close();
    await begin({ slack: { unsupportedBlocks: ['plan', 'task_card'] } });
    await expect(app.client.chat.postMessage({ channel: OPS, text: 'x', blocks: [plan] })).rejects.toThrow('invalid_blocks');
  });

  it('says so to the person when nobody acknowledges, and tries an event again', async () => {
    await stopBolt();
    await workspace.close();
    await begin({ slack: { ackTimeoutMs: 200, eventRetryDelaysMs: [0] } });
    app.command('/rollback', async () => Promise.resolve());
    const delivery = await workspace.slack.slash('U01ALICE', OPS, '/rollback shop');
    expect(lastAttempt(delivery).failure).toBe('http_timeout');
    expect(workspace.slack.ephemerals('U01ALICE')[0]?.text).toContain('operation_timeout');
    await stopBolt();
    const event = await workspace.slack.mention('U01ALICE', OPS, 'retry');
    await workspace.waitFor(() => event.attempts.length === 2);
    expect(event.attempts.map((one) => one.failure)).toEqual(['connection_failed', 'connection_failed']);
  });

  it('has a conversation with each person, for commands and for messages to a user id', async () => {
    app.command('/rollback', async ({ ack, command }) => ack(command.channel_name));
    await workspace.slack.slash('U02BOB', 'D02BOB', '/rollback help');
    expect(workspace.slack.ephemerals('U02BOB')[0]?.text).toBe('directmessage');
    const { channel } = await app.client.chat.postMessage({ channel: 'U02BOB', text: 'hello' });
    expect(channel).toBe('D02BOB');
    expect(workspace.slack.posted('D02BOB')).toHaveLength(1);
  });

  it('uploads a file into a thread', async () => {
    const { ts } = await app.client.chat.postMessage({ channel: OPS, text: 'board' });
    await app.client.filesUploadV2({ channel_id: OPS, thread_ts: ts ?? '', filename: 'plan.txt', content: 'step 1' });
    const [reply] = workspace.slack.replies({ channel: OPS, ts: ts ?? '' });
    expect(reply?.files[0]).toMatchObject({ name: 'plan.txt', content: Buffer.from('step 1') });
  });

  it('can be away in four ways', async () => {
    const post = async (): Promise<unknown> => app.client.chat.postMessage({ channel: OPS, text: 'x' });
    for (const kind of ['refuse', '500', '429'] as const) {
      workspace.slack.outage(kind);
      await expect(post()).rejects.toThrow();
    }
    workspace.slack.outage('hang');
    const hanging = post();
    await workspace.waitFor(() => workspace.slack.calls.filter((one) => one.outcome === 'outage').length === 4);
    workspace.slack.outage(undefined);
    await expect(hanging).rejects.toThrow();
    await post();
    expect(workspace.slack.posted(OPS)).toHaveLength(1);
  });
});
