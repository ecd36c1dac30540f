import { expect, onTestFinished, test } from 'vitest';
import { startChatWorker } from '../../../jobs/chat-worker.js';
import { click, openPlan, press, untilBothShow } from './conversation.js';
import { ALICE, BOB, SLACK_OPS, startPlanb, TELEGRAM_OPS } from './planb.js';

test('several bots show one board a place and say everything once, within the limits', async () => {
  const planb = await startPlanb();
  const { workspace, chat } = planb;
  const bots = [startChatWorker(chat), startChatWorker(chat), startChatWorker(chat)];
  onTestFinished(async () => { await Promise.all(bots.map((bot) => bot.close())); });
  const boards = await openPlan(planb);
  const posted = (): readonly string[] => [...workspace.slack.posted(SLACK_OPS).map((one) => workspace.slack.read(one)), ...workspace.telegram.posted(TELEGRAM_OPS).map((one) => one.text)];
  await workspace.waitFor(() => posted().filter((text) => text.includes('the plan waits for votes')).length === 2, { what: 'the call for votes' });
  // Two second votes at the same instant.
  await click(planb, ALICE.slack, boards.slack, 'Approve');
  await Promise.all([press(planb, BOB.telegram, boards.telegram, 'Approve'), click(planb, BOB.slack, boards.slack, 'Approve')]);
  await untilBothShow(planb, boards, 'BACK ON 1.0.0');
  await workspace.waitFor(() => posted().filter((text) => /^BACK ON/.test(text)).length === 2, { what: 'the final notices' });
  expect(planb.shop.reverted).toEqual(['1.0.0']);
  // In each place the board, the call for votes, the end and its report.
  await workspace.waitFor(() => posted().length >= 8, { what: 'the reports' });
  expect(posted()).toHaveLength(8);
  expect([workspace.slack.statistics().ratelimited, workspace.telegram.statistics().ratelimited]).toEqual([0, 0]);
  // What was sent is noted a moment later.
  await expect.poll(async () => (await planb.database.pool.query('SELECT FROM messages WHERE sent_at IS NULL')).rowCount).toBe(0);
});
