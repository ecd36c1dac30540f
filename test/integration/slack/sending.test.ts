import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Delivery } from '../../../src/command/command.js';
import { failedBoard, planBoard } from '../../unit/slack/boards.js';
import { ALICE, BOB, type Harness, mentions, only, OPS, startHarness } from './slack-harness.js';

let harness: Harness;
let clock: number;
afterEach(async () => {
  await harness.close();
});

const calls = (method: string): string[] => harness.workspace.slack.calls.filter((call) => call.method === method).map((call) => call.outcome);

describe('boards', () => {
  beforeEach(async () => {
    harness = await startHarness();
  });

  test('one message, edited in place, with its buttons and a text for phones', async () => {
    const { slack } = harness.workspace;
    const ref = await harness.slack.postBoard({ channel: OPS }, planBoard, mentions);
    expect(ref).toEqual({ channel: OPS, message: expect.stringMatching(/^\d+\.\d+$/) as unknown, shortened: false });
    expect(slack.buttons({ channel: OPS, ts: ref.message })).toEqual(['Approve', 'Reject', 'Details']);
    await harness.slack.editBoard(ref, failedBoard, mentions);
    await harness.slack.editBoard(ref, failedBoard, mentions);
    const message = only(slack.posted(OPS));
    expect(message.text).toContain('FAILED at 2/6');
    expect(slack.buttons(message)).toEqual(['Retry', 'Skip', 'Stop']);
    const ids = message.history.map((revision) => revision.blocks[0]?.block_id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(calls('chat.postMessage')).toEqual(['ok']);
  });

  test('a deleted board is gone', async () => {
    const ref = await harness.slack.postBoard({ channel: OPS }, planBoard, mentions);
    harness.workspace.slack.store.remove(harness.workspace.slack.message({ channel: OPS, ts: ref.message }));
    await expect(harness.slack.editBoard(ref, planBoard, mentions)).rejects.toMatchObject({ name: 'ChatError', code: 'gone', retryable: false });
  });

  test('what Slack refuses is not repeated, and said with its word', async () => {
    await expect(harness.slack.postBoard({ channel: 'C0SECRET' }, planBoard, mentions)).rejects.toMatchObject({ code: 'refused', retryable: false, message: expect.stringContaining('not_in_channel') as unknown });
    await expect(harness.slack.postBoard({ channel: 'C0NONE' }, planBoard, mentions)).rejects.toMatchObject({ code: 'gone' });
    expect(calls('chat.postMessage')).toEqual(['not_in_channel', 'channel_not_found']);
  });

  test.each(['500', 'refuse'] as const)('Slack away (%s) is for the caller to repeat', async (kind) => {
    harness.workspace.slack.outage(kind);
    await expect(harness.slack.postBoard({ channel: OPS }, planBoard, mentions)).rejects.toMatchObject({ code: 'unavailable', retryable: true, retryAfterMs: undefined });
    expect(calls('chat.postMessage')).toHaveLength(1);
  });
});

test("a rate limit is handed on with Slack's own wait, after one call", async () => {
  harness = await startHarness({ workspace: { limits: { postPerChannel: { max: 1, perMs: 120_000 } } } });
  await harness.slack.postBoard({ channel: OPS }, planBoard, mentions);
  const limited: unknown = await harness.slack.postBoard({ channel: OPS }, planBoard, mentions).catch((error: unknown) => error);
  expect(limited).toMatchObject({ name: 'ChatError', code: 'rate-limited', retryable: true });
  const { retryAfterMs } = limited as { retryAfterMs: number };
  expect(retryAfterMs).toBeGreaterThan(60_000);
  expect(retryAfterMs).toBeLessThanOrEqual(121_000);
  expect(calls('chat.postMessage')).toEqual(['ok', 'ratelimited']);
});

test('a workspace without the native checklist gets it as text, and is spared the next try for hours', async () => {
  clock = Date.now();
  harness = await startHarness({ socketMode: true, workspace: { unsupportedBlocks: ['plan', 'task_card'] }, adapter: { now: () => clock } });
  const ref = await harness.slack.postBoard({ channel: OPS }, failedBoard, mentions);
  expect(calls('chat.postMessage')).toEqual(['invalid_blocks', 'ok']);
  await harness.slack.editBoard(ref, failedBoard, mentions);
  expect(calls('chat.update')).toEqual(['ok']);
  expect(JSON.stringify(only(harness.workspace.slack.posted(OPS)).blocks)).toContain('✗ Put 1.81.14 back · registry 401, pull denied');
  clock += 7 * 60 * 60_000;
  await harness.slack.editBoard(ref, failedBoard, mentions);
  expect(calls('chat.update')).toEqual(['ok', 'invalid_blocks', 'ok']);
});

describe('notices', () => {
  beforeEach(async () => {
    harness = await startHarness();
  });

  test('mention those who may act, in the thread of the board', async () => {
    const { slack } = harness.workspace;
    const board = await harness.slack.postBoard({ channel: OPS }, failedBoard, mentions);
    const ref = await harness.slack.postNotice({ channel: OPS }, { locale: 'en', lines: [['FAILED at 2/6 <Put back>']], mention: ['alice', 'bob', 'dave'] }, board, mentions);
    expect(ref.thread).toBe(board.message);
    expect(only(slack.replies({ channel: OPS, ts: board.message }))).toMatchObject({ ts: ref.message, text: `FAILED at 2/6 &lt;Put back&gt;\n<@${ALICE}> <@${BOB}>` });
  });

  test('reach the channel even where the board was deleted', async () => {
    const { slack } = harness.workspace;
    await harness.slack.postNotice({ channel: OPS }, { locale: 'en', lines: [['done']], mention: [] }, { channel: OPS, message: '1.1' }, mentions);
    const posted = only(slack.posted(OPS));
    expect([posted.text, posted.threadTs]).toEqual(['done', undefined]);
  });

  test('without a board, or with one elsewhere, go to the channel', async () => {
    const { slack } = harness.workspace;
    const elsewhere = { channel: 'C0GENERAL', message: '1.1' };
    await harness.slack.postNotice({ channel: OPS }, { locale: 'en', lines: [['one']], mention: [] }, undefined, mentions);
    await harness.slack.postNotice({ channel: OPS }, { locale: 'en', lines: [['two']], mention: [] }, elsewhere, mentions);
    expect(slack.posted(OPS).map((one) => [one.text, one.threadTs])).toEqual([['one', undefined], ['two', undefined]]);
  });
});

describe('answers to one person', () => {
  beforeEach(async () => {
    harness = await startHarness();
  });

  const reply = { lines: [['Your ids']], block: 'people: {}' } as const;

  async function command(user = ALICE): Promise<Delivery> {
    await harness.workspace.slack.slash(user, OPS, '/rollback whoami');
    const delivery = harness.accepted.at(-1);
    if (delivery === undefined) throw new Error('nothing was accepted');
    return delivery;
  }

  test('go by the response URL while it lasts, then as an ephemeral message', async () => {
    const delivery = await command();
    for (let times = 0; times < 6; times += 1) await harness.slack.reply(delivery, reply, mentions);
    expect(harness.workspace.slack.ephemerals(ALICE)).toHaveLength(6);
    expect(calls('chat.postEphemeral')).toEqual(['ok']);
    expect(harness.workspace.slack.posted(OPS)).toEqual([]);
  });

  test('go to the conversation with them where planb is not in the channel', async () => {
    const { actor, place } = await command();
    await harness.slack.reply({ actor, place: { ...place, channel: 'C0SECRET' } }, reply, mentions);
    expect(only(harness.workspace.slack.posted('D01ALICE')).text).toBe('Your ids\npeople: {}');
  });

  test('stay in the thread that they asked in', async () => {
    const { slack } = harness.workspace;
    const board = await harness.slack.postBoard({ channel: OPS }, failedBoard, mentions);
    await slack.mention(BOB, OPS, 'status', board.message);
    const delivery = only(harness.accepted);
    await harness.slack.reply(delivery, reply, mentions);
    expect(only(slack.ephemerals(BOB)).threadTs).toBe(board.message);
  });

  test('never go to a response URL that is not Slack', async () => {
    const { actor, place } = await command();
    await harness.slack.reply({ actor, place, replyHandle: harness.url }, reply, mentions);
    expect(calls('chat.postEphemeral')).toEqual(['ok']);
  });

  test('while Slack is away they are for the caller to repeat', async () => {
    const delivery = await command();
    harness.workspace.slack.outage('500');
    await expect(harness.slack.reply(delivery, reply, mentions)).rejects.toMatchObject({ code: 'unavailable', retryable: true });
    harness.workspace.slack.outage('429');
    await expect(harness.slack.reply(delivery, reply, mentions)).rejects.toMatchObject({ code: 'rate-limited', retryAfterMs: 1000 });
  });
});

describe('details', () => {
  beforeEach(async () => {
    harness = await startHarness();
  });

  const long = { title: 'Run 7KQ', sections: [{ heading: 'Log', lines: [], block: 'line\n'.repeat(5000) }] };

  test('go to the thread of the board', async () => {
    const board = await harness.slack.postBoard({ channel: OPS }, failedBoard, mentions);
    await harness.slack.postDetails(board, { title: 'Run 7KQ', sections: [{ heading: 'Commands', lines: [], block: 'pg_dump' }] }, mentions);
    const details = only(harness.workspace.slack.replies({ channel: OPS, ts: board.message }));
    expect(details.text).toBe('Run 7KQ');
    expect(JSON.stringify(details.blocks)).toContain('pg_dump');
  });

  test('go up as a file where they are long', async () => {
    const board = await harness.slack.postBoard({ channel: OPS }, failedBoard, mentions);
    await harness.slack.postDetails(board, long, mentions);
    const [file] = only(harness.workspace.slack.replies({ channel: OPS, ts: board.message })).files;
    expect(file).toMatchObject({ name: 'details.txt', title: 'Run 7KQ' });
    expect(file?.content.toString('utf8')).toContain('line\n'.repeat(4000));
  });
});
