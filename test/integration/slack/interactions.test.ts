import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lastAttempt } from '../../../demo/workspace/slack/model.js';
import { failedBoard } from '../../unit/slack/boards.js';
import { ALICE, BOB, type Harness, mentions, only, OPS, startHarness } from './slack-harness.js';

let harness: Harness;
beforeEach(async () => {
  harness = await startHarness();
});
afterEach(async () => {
  await harness.close();
});

describe('buttons', () => {
  test('a press names the button, the board and who pressed', async () => {
    const { slack } = harness.workspace;
    const ref = await harness.slack.postBoard({ channel: OPS }, failedBoard, mentions);
    const sent = await slack.click(BOB, { channel: OPS, ts: ref.message }, 'Retry');
    expect(lastAttempt(sent)).toMatchObject({ status: 200, body: '' });
    const delivery = only(harness.accepted);
    expect(delivery).toMatchObject({
      actor: { userId: BOB, workspace: 'T0WORKSPACE' },
      place: { platform: 'slack', channel: OPS, message: ref.message },
      command: { kind: 'press', button: 'btn-retry' },
      replyHandle: sent.payload['response_url'],
    });
    expect(delivery.id).toMatch(new RegExp(`^slack:press:${OPS}:${ref.message}:[0-9.]+:${BOB}$`));
  });

  test('copies with another trigger id are one delivery; two presses are two', async () => {
    const { slack } = harness.workspace;
    const ref = await harness.slack.postBoard({ channel: OPS }, failedBoard, mentions);
    const board = { channel: OPS, ts: ref.message };
    const sent = await slack.click(BOB, board, 'Retry');
    sent.payload['trigger_id'] = 'another';
    await slack.redeliver(sent, 2);
    await slack.click(BOB, board, 'Retry');
    expect(harness.accepted).toHaveLength(4);
    expect(new Set(harness.accepted.map((one) => one.id)).size).toBe(2);
  });
});

describe('mentions', () => {
  test('in a thread a word is about the run', async () => {
    const { slack } = harness.workspace;
    const ref = await harness.slack.postBoard({ channel: OPS }, failedBoard, mentions);
    const sent = await slack.mention(ALICE, OPS, 'retry because the registry is back', ref.message);
    expect(only(harness.accepted)).toMatchObject({
      id: `slack:event:${String(sent.payload['event_id'])}`,
      place: { channel: OPS, thread: ref.message },
      command: { kind: 'word', word: 'retry', reason: 'the registry is back' },
    });
  });

  test('in the channel, and for what is no word, it is a command; nothing said is help', async () => {
    const { slack } = harness.workspace;
    const ref = await harness.slack.postBoard({ channel: OPS }, failedBoard, mentions);
    await slack.mention(ALICE, OPS, 'status');
    await slack.mention(ALICE, OPS, 'whoami', ref.message);
    await slack.mention(ALICE, OPS, '');
    expect(harness.accepted.map((one) => [one.command.kind, one.place.thread])).toEqual([['status', undefined], ['whoami', ref.message], ['help', undefined]]);
  });

  test('an event sent again is one delivery', async () => {
    const { slack } = harness.workspace;
    const sent = await slack.mention(ALICE, OPS, 'status');
    await slack.redeliver(sent, 2);
    expect(new Set(harness.accepted.map((one) => one.id)).size).toBe(1);
    expect(harness.accepted).toHaveLength(3);
  });
});

describe('when storing fails', () => {
  const sentence = 'planb could not store your command, nothing was done. Please try again.';
  beforeEach(() => {
    harness.world.accept = () => Promise.reject(new Error('PostgreSQL is away'));
  });

  test('a slash command is answered so', async () => {
    const { slack } = harness.workspace;
    const sent = await slack.slash(ALICE, OPS, '/rollback shop');
    expect(lastAttempt(sent)).toMatchObject({ status: 200, body: { response_type: 'ephemeral', text: sentence } });
    expect(only(slack.ephemerals(ALICE)).text).toBe(sentence);
  });

  test('a press and a mention are answered so, for their sender alone', async () => {
    const { slack } = harness.workspace;
    const ref = await harness.slack.postBoard({ channel: OPS }, failedBoard, mentions);
    const press = await slack.click(BOB, { channel: OPS, ts: ref.message }, 'Retry');
    const word = await slack.mention(ALICE, OPS, 'retry', ref.message);
    expect([lastAttempt(press).status, lastAttempt(word).status]).toEqual([200, 200]);
    expect(only(slack.ephemerals(BOB)).text).toBe(sentence);
    expect(only(slack.ephemerals(ALICE))).toMatchObject({ text: sentence, threadTs: ref.message });
    expect(slack.message({ channel: OPS, ts: ref.message }).history).toHaveLength(1);
  });

  test('where nobody can be told, it is not acknowledged', async () => {
    const { slack } = harness.workspace;
    const ref = await harness.slack.postBoard({ channel: OPS }, failedBoard, mentions);
    await slack.mention(ALICE, OPS, 'status');
    slack.outage('refuse');
    const word = await slack.mention(ALICE, OPS, 'retry', ref.message);
    expect(lastAttempt(word)).toMatchObject({ status: 503, failure: 'http_error' });
  });

  test('one that takes too long is not called undone', async () => {
    harness.world.accept = () => new Promise(() => undefined);
    const sent = await harness.workspace.slack.slash(ALICE, OPS, '/rollback shop');
    expect(lastAttempt(sent).failure).toBeUndefined();
    expect(only(harness.workspace.slack.ephemerals(ALICE)).text).toContain('may still be carried out');
  });
});
