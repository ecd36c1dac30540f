import { expect, test } from 'vitest';
import { retryWithoutToken } from '../../../jobs/chat-retry.js';
import { ask, boardInTelegram, openPlan, press, write } from './conversation.js';
import { ALICE, BOB, type RunningPlanb, SLACK_OPS, startPlanb, TELEGRAM_OPS, TOPIC } from './planb.js';

/** Everything that waits is as old as if so much time had passed. */
async function letTimePass({ database: { pool } }: RunningPlanb, ms: number): Promise<void> {
  await pool.query(`UPDATE messages SET created_at = created_at - $1 * interval '1 millisecond' WHERE sent_at IS NULL`, [ms]);
  await pool.query(`UPDATE runs SET updated_at = updated_at - $1 * interval '1 millisecond', requested_at = requested_at - $1 * interval '1 millisecond'`, [ms]);
}

test.each(['refuse', '500', '429', 'hang'] as const)('Slack away (%s): the run goes on in Telegram, and ten minutes later Slack is told what matters', async (kind) => {
  const planb = await startPlanb();
  const { workspace, shop } = planb;
  const boards = await openPlan(planb);
  workspace.slack.outage(kind);
  const met = workspace.slack.calls.length;
  const since = performance.now();
  await press(planb, ALICE.telegram, boards.telegram, 'Approve');
  await press(planb, BOB.telegram, boards.telegram, 'Approve');
  await workspace.waitFor(() => workspace.telegram.message(TELEGRAM_OPS, boards.telegram.id).text.includes('BACK ON 1.0.0'), { what: 'the end in Telegram' });
  expect(shop.reverted).toEqual(['1.0.0']);
  expect(workspace.slack.read(boards.slack)).not.toContain('BACK ON');
  // One board, at most two notices: nobody knocks every second for each of them.
  expect(workspace.slack.calls.length - met).toBeLessThan(Math.max(30, (3 * (performance.now() - since)) / 1_000));

  await letTimePass(planb, 10 * 60_000);
  workspace.slack.outage(undefined);
  await workspace.waitFor(() => workspace.slack.read(boards.slack).includes('BACK ON 1.0.0'), { what: 'the final board in Slack' });
  await workspace.waitFor(() => workspace.slack.posted(SLACK_OPS).some((one) => one.ts !== boards.slack.ts && workspace.slack.read(one).includes('BACK ON')), { what: 'the final notice in Slack' });
  await expect.poll(async () => (await planb.database.pool.query('SELECT FROM messages WHERE sent_at IS NULL')).rowCount).toBe(0);
  // The call for votes is past; at most it went out before the outage.
  const texts = workspace.slack.posted(SLACK_OPS).map((one) => workspace.slack.read(one));
  expect(texts.findIndex((text) => text.includes('waits for votes'))).toBeLessThan(texts.findLastIndex((text) => text.includes('BACK ON')));
  await expect.poll(() => planb.store.overdue(0, 10)).toEqual([]);
});

test('a run that ended before its board could be posted: the board comes first, then the message that calls people to it', async () => {
  const planb = await startPlanb();
  const { workspace } = planb;
  workspace.slack.outage('500');
  const run = /\brun ([0-9A-Z]{5})\b/i.exec(await write(planb, ALICE.telegram, '/rollback shop'))?.[1] ?? '';
  const board = await workspace.waitFor(() => boardInTelegram(planb, run, /Approve/), { what: 'the plan in Telegram' });
  await press(planb, ALICE.telegram, board, 'Approve');
  await press(planb, BOB.telegram, board, 'Approve');
  await workspace.waitFor(() => workspace.telegram.message(TELEGRAM_OPS, board.id).text.includes('BACK ON 1.0.0'), { what: 'the end in Telegram' });
  workspace.slack.outage(undefined);
  const ofRun = (): readonly string[] => workspace.slack.posted(SLACK_OPS).map((one) => workspace.slack.read(one)).filter((text) => text.includes(run));
  await workspace.waitFor(() => (ofRun().length >= 2 ? ofRun() : undefined), { what: 'the board and the notice in Slack' });
  // A board has its checklist.
  expect(ofRun()[0]).toContain('Put 1.0.0 back');
  expect(ofRun()[1]).not.toContain('Put 1.0.0 back');
});

test('a platform that no bot has a token for holds nothing up and is not knocked at for ever', async () => {
  const planb = await startPlanb({ platforms: ['slack'] });
  const { workspace, store, database: { pool } } = planb;
  await workspace.slack.slash(ALICE.slack, SLACK_OPS, '/rollback shop');
  const board = await workspace.waitFor(() => workspace.slack.posted(SLACK_OPS).find((one) => workspace.slack.buttons(one).includes('Approve')), { what: 'the plan' });
  await workspace.slack.click(ALICE.slack, board, 'Approve');
  await workspace.slack.click(BOB.slack, board, 'Approve');
  await workspace.waitFor(() => workspace.slack.read(board).includes('BACK ON'), { what: 'the end' });
  // An hour later the next try is minutes away, and the sweep leaves it alone.
  await letTimePass(planb, 60 * 60_000);
  const waiting = async (): Promise<boolean> => {
    const { rows } = await pool.query<{ later: boolean }>(
      `SELECT bool_and(o.due_at > clock_timestamp() + interval '5 minutes') AS later FROM outbox AS o WHERE o.key LIKE 'board:%' OR o.key LIKE 'message:%'`);
    return rows[0]?.later === true;
  };
  await expect.poll(waiting).toBe(true);
  await expect.poll(() => store.overdue(0, 10)).toEqual([]);
  // And after two days nothing of it is left.
  await letTimePass(planb, 3 * 24 * 60 * 60_000);
  await pool.query('UPDATE outbox SET due_at = clock_timestamp()');
  await expect.poll(async () => (await pool.query('SELECT FROM messages WHERE sent_at IS NULL')).rowCount).toBe(0);
  await expect.poll(async () => (await pool.query('SELECT FROM outbox')).rowCount).toBe(0);
});

test('without a token the pauses grow from a quarter of a second to ten minutes, and end after two days', () => {
  let waited = 0;
  const pauses: number[] = [];
  for (let pause = retryWithoutToken(waited); pause !== undefined; pause = retryWithoutToken(waited)) {
    pauses.push(pause);
    waited += pause;
  }
  expect(pauses[0]).toBe(250);
  expect(Math.max(...pauses)).toBe(600_000);
  expect(pauses.length).toBeLessThan(310);
});

test('a board that somebody deleted is posted anew, within the limits', async () => {
  const planb = await startPlanb();
  const { workspace } = planb;
  const boards = await openPlan(planb);
  workspace.telegram.message(TELEGRAM_OPS, boards.telegram.id).deleted = true;
  workspace.slack.message(boards.slack).deleted = true;
  expect(await ask(planb, ALICE.slack, `/rollback approve ${boards.run}`)).toMatch(/^Approved, 1\/2/);
  const slack = await workspace.waitFor(() => workspace.slack.posted(SLACK_OPS).find((one) => workspace.slack.read(one).includes('1/2 Alice')), { what: 'the board anew in Slack' });
  const telegram = await workspace.waitFor(() => workspace.telegram.posted(TELEGRAM_OPS).find((one) => one.text.includes('1/2 Alice')), { what: 'the board anew in Telegram' });
  expect(await press(planb, BOB.telegram, telegram, 'Approve')).toMatch(/^Approved, 2\/2/);
  await workspace.waitFor(() => workspace.slack.read(slack).includes('BACK ON'), { what: 'the end' });
  expect([workspace.slack.statistics().ratelimited, workspace.telegram.statistics().ratelimited]).toEqual([0, 0]);
});

test('a bot that was put out of the channel is not knocked at: the board waits for the run to move', async () => {
  const planb = await startPlanb();
  const { workspace } = planb;
  const boards = await openPlan(planb);
  const chat = workspace.telegram.store.chat(TELEGRAM_OPS);
  chat.botKicked = true;
  await workspace.slack.click(ALICE.slack, boards.slack, 'Approve');
  await workspace.waitFor(() => planb.log.some(({ message }) => message === 'a board could not be shown'), { what: 'the log line' });
  await workspace.waitFor(() => workspace.slack.read(boards.slack).includes('1/2'), { what: 'the vote' });
  await expect.poll(async () => (await planb.store.overdue(0, 10)).filter(({ do: what }) => what === 'board')).toEqual([]);
  chat.botKicked = false;
  await workspace.slack.click(BOB.slack, boards.slack, 'Approve');
  await workspace.waitFor(() => workspace.telegram.posted(TELEGRAM_OPS, TOPIC).some((one) => one.text.includes('BACK ON')), { what: 'the end in Telegram' });
});

test('a webhook call without its secret is refused and means nothing', async () => {
  const planb = await startPlanb({ webhook: true });
  const { workspace, url } = planb;
  await workspace.waitFor(() => workspace.telegram.updates.listening, { what: 'the webhook' });
  const update = { update_id: 1, message: { message_id: 1, from: { id: ALICE.telegram, first_name: 'Alice' }, chat: { id: TELEGRAM_OPS, type: 'supergroup' }, text: '/rollback shop' } };
  const post = async (secret: string | undefined): Promise<number> =>
    (await fetch(`${url}/telegram/webhook`, { method: 'POST', headers: { 'content-type': 'application/json', ...(secret === undefined ? {} : { 'x-telegram-bot-api-secret-token': secret }) }, body: JSON.stringify(update) })).status;
  expect([await post(undefined), await post(''), await post('another')]).toEqual([401, 401, 401]);
  expect((await planb.database.pool.query('SELECT FROM deliveries')).rowCount).toBe(0);
  workspace.telegram.say(ALICE.telegram, TELEGRAM_OPS, '/rollback shop', { topic: TOPIC });
  await workspace.waitFor(() => workspace.telegram.posted(TELEGRAM_OPS, TOPIC).some((one) => one.keyboard.length > 0), { what: 'the plan by webhook' });
});
