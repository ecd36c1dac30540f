import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SlackAdapter } from '../../../adapters/slack/options.js';
import { createSlack } from '../../../adapters/slack/slack.js';
import { failedBoard } from '../../unit/slack/boards.js';
import { mentions, OPS } from './slack-harness.js';
import { type RecordedCall, startSlackAnswers } from './slack-answers.js';

type Answer = Parameters<typeof startSlackAnswers>[0];

let answer: Answer;
let api: Awaited<ReturnType<typeof startSlackAnswers>>;
let slack: SlackAdapter;
beforeEach(async () => {
  api = await startSlackAnswers((call) => answer(call));
  slack = createSlack({
    botToken: 'xoxb-1',
    signingSecret: 's',
    // Without its slash, as someone might write it.
    apiUrl: api.apiUrl.slice(0, -1),
    command: 'rollback',
    accept: () => Promise.resolve('stored'),
    formChoices: () => Promise.resolve({ targets: [] }),
    locale: 'en',
    log: pino({ level: 'silent' }),
  });
});
afterEach(async () => {
  await api.close();
});

const posted = { body: { ok: true, channel: OPS, ts: '1.1' } };
const refused = (error: string) => ({ body: { ok: false, error } });
const post = (): Promise<unknown> => slack.postBoard({ channel: OPS }, failedBoard, mentions);

test.each<[string, ReturnType<Answer>, object]>([
  ['429 with a wait', { status: 429, headers: { 'retry-after': '7' }, body: {} }, { code: 'rate-limited', retryAfterMs: 7000 }],
  ['429 without one', { status: 429, body: {} }, { code: 'rate-limited', retryAfterMs: undefined }],
  ['ratelimited in words', { headers: { 'retry-after': '3' }, ...refused('ratelimited') }, { code: 'rate-limited', retryAfterMs: 3000 }],
  ['an internal error', refused('internal_error'), { code: 'unavailable' }],
  ['a gateway error', { status: 502, body: 'Bad Gateway' }, { code: 'unavailable' }],
  ['a lost token', refused('token_revoked'), { code: 'refused' }],
  ['an archived channel', refused('is_archived'), { code: 'gone' }],
])('%s', async (_name, given, expected) => {
  answer = () => given;
  await expect(post()).rejects.toMatchObject({ name: 'ChatError', ...expected });
  expect(api.calls).toHaveLength(1);
});

test('blocks that stay invalid are refused after the checklist was tried as text, and that is not remembered', async () => {
  answer = () => refused('invalid_blocks');
  await expect(post()).rejects.toMatchObject({ code: 'refused' });
  await expect(post()).rejects.toMatchObject({ code: 'refused' });
  expect(api.calls.map((call) => (call.args['blocks'] ?? '').includes('"type":"plan"'))).toEqual([true, false, true, false]);
});

test('a message that Slack finds too long is sent once more with half', async () => {
  const long = { ...failedBoard, fields: [{ label: 'LOG', text: ['x'.repeat(10_000)], weight: 1 as const }] };
  answer = ({ args }) => ((args['blocks'] ?? '').length > 8000 ? refused('msg_blocks_too_long') : posted);
  await slack.postBoard({ channel: OPS }, long, mentions);
  expect(api.calls).toHaveLength(2);
});

test('a notice is shown in the channel too, and turns no address into a link', async () => {
  answer = () => posted;
  await slack.postNotice({ channel: OPS }, { locale: 'en', lines: [['see https://evil.example']], mention: ['alice'] }, { channel: OPS, message: '1.0' }, mentions);
  expect(api.calls[0]?.args).toMatchObject({ thread_ts: '1.0', reply_broadcast: 'true', parse: 'none', link_names: 'false', unfurl_links: 'false' });
});

test('details that Slack does not take as a file go as a few messages', async () => {
  answer = ({ method }) => (method === 'files.getUploadURLExternal' ? refused('missing_scope') : posted);
  await slack.postDetails({ channel: OPS, message: '1.0' }, { title: 'Run', sections: [{ heading: 'Log', lines: [], block: 'line of a log\n'.repeat(4000) }] }, mentions);
  const messages = api.calls.filter((call: RecordedCall) => call.method === 'chat.postMessage');
  expect(messages).toHaveLength(4);
  expect(messages.every((call) => call.args['thread_ts'] === '1.0')).toBe(true);
  expect(messages.at(-1)?.args['text']).toContain('files:write');
});

test('details that could not be uploaded for now are for the caller to repeat', async () => {
  answer = ({ method }) => (method === 'files.getUploadURLExternal' ? { status: 503, body: '' } : posted);
  await expect(slack.postDetails({ channel: OPS, message: '1.0' }, { title: 'Run', sections: [{ heading: 'Log', lines: [], block: 'x\n'.repeat(9000) }] }, mentions)).rejects.toMatchObject({ code: 'unavailable', retryable: true });
  expect(api.calls).toHaveLength(1);
});
