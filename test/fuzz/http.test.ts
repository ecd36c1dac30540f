import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { cases, isLong, report, shareOfTime } from '../support/fuzz/cases.js';
import { HOOK_TOKEN, type PlanbSite, startSite, WEBHOOK_SECRET } from '../support/fuzz/planb-site.js';
import { bodies, brokenBytes, type Generated, looksAt, payloadsLike, postsTo, slackHeaders } from '../support/fuzz/requests.js';
import { chatText, hostileText } from '../support/fuzz/texts.js';

const TEAM = { id: 'T0PLANB', domain: 'planb' };
const user = { id: 'U01ALICE', name: 'alice', username: 'alice', team_id: TEAM.id };
const view = { id: 'V1', hash: 'h1', callback_id: 'planb:form', private_metadata: '{"channel":"C0123456"}', state: { values: { target: { 'planb:form:target': { selected_option: { value: 'shop' } } }, 'release:shop': { release: { selected_option: { value: '1.0.0' } } }, reason: { reason: { value: 'it is broken' } } } } };
const slackJson = [
  { type: 'url_verification', challenge: 'abc', token: 'x' },
  { type: 'event_callback', team_id: TEAM.id, event_id: 'Ev1', event: { type: 'app_mention', user: user.id, text: '<@U0PLANB> status', ts: '1700000000.000100', channel: 'C0123456', thread_ts: '1700000000.000001' } },
  { type: 'event_callback', team_id: TEAM.id, event_id: 'Ev2', event: { type: 'message', bot_id: 'B1', text: 'x', ts: '1', channel: 'C1' }, authorizations: [{ team_id: TEAM.id }] },
];
const slackForms = [
  { type: 'block_actions', user, team: TEAM, trigger_id: '1.2.x', response_url: 'http://169.254.169.254/latest', container: { type: 'message', message_ts: '1700000000.000100', channel_id: 'C0123456' }, channel: { id: 'C0123456' }, actions: [{ type: 'button', action_id: 'planb:button:0:approve', action_ts: '1700000001.000001', block_id: 'b', value: 'some-button' }] },
  { type: 'block_actions', user, team: TEAM, trigger_id: '1.2.y', view, actions: [{ type: 'static_select', action_id: 'planb:form:target', block_id: 'target', selected_option: { value: 'shop' } }] },
  { type: 'view_submission', user, team: TEAM, trigger_id: '1.2.z', view }, { type: 'view_closed', user, team: TEAM, view }, { type: 'shortcut', callback_id: 'x', user, team: TEAM, trigger_id: '1' },
];
const form = 'application/x-www-form-urlencoded';
const wrapped = bodies(payloadsLike(slackForms)).map((body) => ({ body: Buffer.from(new URLSearchParams({ payload: body.toString('latin1') }).toString()), type: form }));
const slash = fc.record({ text: fc.oneof(chatText, hostileText), trigger: fc.oneof(fc.nat().map(String), hostileText), user: fc.oneof({ weight: 5, arbitrary: fc.constantFrom('U01ALICE', 'U04GUEST', 'U06STRANGER', '') }, { weight: 1, arbitrary: hostileText }), left: fc.constantFrom('', 'user_id', 'channel_id', 'command', 'text', 'trigger_id') })
  .map(({ text, trigger, user: id, left }) => {
    const fields = new URLSearchParams({ command: '/rollback', text, trigger_id: trigger, user_id: id, user_name: text.slice(0, 40), team_id: TEAM.id, channel_id: 'C0123456', response_url: 'http://169.254.169.254/latest' });
    fields.delete(left);
    return { body: Buffer.from(fields.toString()), type: form };
  });
const toSlack = postsTo('/slack/events', fc.oneof({ weight: 3, arbitrary: bodies(payloadsLike(slackJson)).map((body) => ({ body, type: 'application/json' })) }, { weight: 3, arbitrary: wrapped }, { weight: 4, arbitrary: slash }));

const from = { id: 1001, is_bot: false, first_name: 'Alice', language_code: 'ru' };
const chat = { id: -1_001_234, type: 'supergroup', title: 'Ops' };
const updates = [
  { update_id: 1, message: { message_id: 5, message_thread_id: 7, is_topic_message: true, from, chat, date: 1, text: '/rollback status' } },
  { update_id: 2, message: { message_id: 6, from, chat, text: 'approve', reply_to_message: { message_id: 3, from: { id: 7_000_000_001, is_bot: true, first_name: 'planb' }, reply_markup: { inline_keyboard: [[{ text: 'x', callback_data: 'f:1001:0:0:0' }]] } } } },
  { update_id: 3, callback_query: { id: 'c1', from, message: { message_id: 5, chat, from }, data: 'some-button' } }, { update_id: 4, callback_query: { id: 'c2', from, message: { message_id: 5, chat }, data: 'f:1001:shop:1:app:' } },
  { update_id: 5, channel_post: { message_id: 9, chat: { id: -5, type: 'channel' }, sender_chat: { id: -5, type: 'channel' }, text: '/rollback help' } }, { update_id: 6, message: { message_id: 10, chat, migrate_to_chat_id: -100_999, from } }, { update_id: 7, edited_message: { message_id: 5, chat, from, text: 'x' } },
];
const toTelegram = postsTo('/telegram/webhook', bodies(payloadsLike(updates)).map((body) => ({ body, type: 'application/json' })));
const alert = { version: '4', groupKey: '{}:{x="y"}', status: 'firing', receiver: 'planb', groupLabels: { alertname: 'Down' }, commonLabels: {}, commonAnnotations: {}, externalURL: 'http://x', alerts: [{ status: 'firing', labels: { alertname: 'Down', service: 'shop' }, annotations: { summary: '<!channel>' }, startsAt: '2026-11-20T02:10:00Z', endsAt: '0001-01-01T00:00:00Z', generatorURL: 'http://169.254.169.254/', fingerprint: 'abc' }] };
const toHook = postsTo('/hooks/alertmanager', bodies(payloadsLike([alert])).map((body) => ({ body, type: 'application/json' })));
const runPath = fc.oneof(fc.constantFrom('/runs/7KQ', '/runs/', '/runs/%00', '/runs/7KQ/', '/runs/7KQ%2f..', `/runs/${'A'.repeat(64)}`, `/runs/${'A'.repeat(5_000)}`, '//runs/7KQ', '/runs/%E0%A4%A'), hostileText.map((text) => `/runs/${encodeURIComponent(text.replace(/\p{Cs}/gu, '')).slice(0, 300)}`));

/** A batch goes out at once, so that requests meet. */
const batch = 20;

interface Path {
  readonly path: string;
  readonly requests: fc.Arbitrary<Generated>;
  readonly prove: (one: Generated) => Readonly<Record<string, string>>;
  /** What may be answered, and nothing else. */
  readonly allowed: (one: Generated) => readonly (number | 'closed')[];
}

const bearer = (name: string, value: string, scheme = '') => ({ proof: kind }: Generated): Readonly<Record<string, string>> => {
  if (kind === 'absent') return {};
  return { [name]: kind === 'valid' || kind === 'replayed' ? scheme + value : kind === 'empty' ? '' : kind === 'stale' ? scheme + value.slice(1) : kind === 'future' ? `${scheme}${value} ` + 'x' : `${scheme}${value}x` };
};
const proven = ({ proof: kind }: Generated): boolean => kind === 'valid' || kind === 'replayed';
// Who sends more than is read may find the connection closed before the answer was read.
const paths: readonly Path[] = [
  { path: '/slack/events', requests: toSlack, prove: ({ proof: kind, body }) => slackHeaders('', kind, body, Date.now()), allowed: (one) => (proven(one) ? [200, 400, 401, 413, 'closed'] : [401, 413, 'closed']) },
  { path: '/telegram/webhook', requests: toTelegram, prove: bearer('x-telegram-bot-api-secret-token', WEBHOOK_SECRET), allowed: (one) => (proven(one) ? [200, 400, 413, 'closed'] : [401, 413, 'closed']) },
  { path: '/hooks/alertmanager', requests: toHook, prove: bearer('authorization', HOOK_TOKEN, 'Bearer '), allowed: (one) => (proven(one) ? [200, 202, 204, 400, 404, 413, 415, 422, 'closed'] : [401, 403, 404, 413, 'closed']) },
  { path: '/runs/:id', requests: looksAt(runPath), prove: () => ({}), allowed: () => [400, 404, 405, 431, 'closed'] },
  { path: '/healthz', requests: looksAt(fc.constantFrom('/healthz', '/healthz/', '//healthz', '/HEALTHZ', '/healthz%00')), prove: () => ({}), allowed: () => [200, 400, 404, 405, 431, 'closed'] },
  // 503: what it asks for did not answer in time, which is what it is there to say.
  { path: '/readyz', requests: looksAt(fc.constantFrom('/readyz', '/readyz/x', '/readyz;x')), prove: () => ({}), allowed: () => [200, 400, 404, 405, 431, 503, 'closed'] },
  { path: '/metrics', requests: looksAt(fc.constantFrom('/metrics', '/metrics/../runs/7KQ', '/metrics%2f')), prove: () => ({}), allowed: () => [200, 400, 404, 405, 431, 'closed'] },
];

async function expectSound(site: PlanbSite, one: Path, left: number, statuses: Record<string, number>): Promise<void> {
  const secret = site.workspace.slack.signingSecret;
  const prove = one.path === '/slack/events' ? (request: Generated) => slackHeaders(secret, request.proof, request.body, Date.now()) : one.prove;
  await fc.assert(fc.asyncProperty(fc.array(one.requests, { minLength: batch, maxLength: batch }), async (requests) => {
    const answers = await Promise.all(requests.map(async (request) => {
      const headers = prove(request);
      const status = await site.send(request, headers);
      if (request.proof === 'replayed') await site.send(request, headers);
      return status;
    }));
    for (const [index, status] of answers.entries()) {
      const request = requests[index];
      if (request === undefined) continue;
      statuses[String(status)] = (statuses[String(status)] ?? 0) + 1;
      const said = (): string => site.planb.log().slice(-1_000);
      expect(one.allowed(request), `${String(status)} to ${request.proof} ${request.method} ${request.path} ${request.body.toString('latin1').slice(0, 500)}; planb said last: ${typeof status === 'number' && status >= 500 ? said() : ''}`).toContain(status);
    }
  }), { ...cases(), ...shareOfTime(left), numRuns: Math.ceil(cases().numRuns / batch), endOnFailure: true });
}

// Building planb, where that has to be done first, is within the limit.
test('no request to any path brings planb down, gets in, or makes it answer as if it were its own fault', async () => {
  const site = await startSite();
  let ended = false;
  onTestFinished(() => { ended = true; });
  await eventually(async () => (await site.send({ method: 'GET', path: '/readyz', headers: {}, body: Buffer.alloc(0), framing: 'length', proof: 'absent' }, {})) === 200);
  // The bot knows its own name by then: without it nothing from Telegram can be taken.
  const greeting = { method: 'POST', path: '/telegram/webhook', headers: { 'x-telegram-bot-api-secret-token': WEBHOOK_SECRET }, body: Buffer.from(JSON.stringify({ update_id: 1_000_000, message: { message_id: 1, chat, from, text: '/rollback help' } })), framing: 'length', proof: 'valid' } as const;
  await eventually(async () => (await site.send(greeting, {})) === 200);
  await eventually(async () => (await site.send({ ...greeting, path: '/slack/events' }, {})) === 401);

  const chosen = process.env['PLANB_FUZZ_PATHS']?.split(',');
  // The quick ones first: what they leave of a limited time is for those that store something.
  for (const [index, one] of [...paths].reverse().filter(({ path }) => chosen?.includes(path) ?? true).entries()) {
    const before = await site.memory();
    const statuses: Record<string, number> = {};
    await expectSound(site, one, (chosen ?? paths).length - index, statuses);
    for (const bytes of brokenBytes(one.path.replace(':id', '7KQ'), one.requests === toSlack || one.requests === toTelegram || one.requests === toHook ? 'POST' : 'GET')) {
      const status = await site.sendBytes(bytes);
      expect(typeof status === 'number' && status >= 500 && !(one.path === '/readyz' && status === 503), `${String(status)} to ${bytes.slice(0, 200)}`).toBe(false);
    }
    const after = await site.memory();
    await report(`HTTP ${one.path}`, { requests: Object.values(statuses).reduce((sum, count) => sum + count, 0), statuses, rssBeforeMb: before.now, rssAfterMb: after.now, rssPeakMb: after.peak });
    expect(ended).toBe(false);
  }
  // It lives, answers, and its log has no fault of its own: an unhandled rejection would have ended it.
  expect(await site.send({ method: 'GET', path: '/healthz', headers: {}, body: Buffer.alloc(0), framing: 'length', proof: 'absent' }, {})).toBe(200);
  expect(site.planb.log()).not.toMatch(/an HTTP request failed|Unhandled|uncaught|RangeError|TypeError/);
  // Only what was proven got into the store.
  const { rows } = await site.database.pool.query<{ forged: string }>(`SELECT count(*) AS forged FROM deliveries WHERE row_to_json(deliveries)::text LIKE '%FORGED%'`);
  expect(rows[0]?.forged).toBe('0');
  // The heap may hold 192 MB; buffers and code are beside it.
  expect((await site.memory()).now).toBeLessThan(isLong ? 450 : 600);
}, isLong ? 6 * 3_600_000 : 600_000);
