import { expect, test } from 'vitest';
import { readReport } from '../../../jobs/report-file.js';
import { click, openPlan, press, untilBothShow, write } from './conversation.js';
import { ALICE, BOB, CAROL, SLACK_OPS, startPlanb, TELEGRAM_OPS } from './planb.js';

test('the end of a run that changed something posts its post-mortem to both threads, and what people say there stands in it', async () => {
  const planb = await startPlanb();
  const { workspace } = planb;
  const boards = await openPlan(planb);
  // No command, said where the run is: a note. Said to somebody else, or by somebody whom planb does not know: none.
  await workspace.slack.mention(ALICE.slack, SLACK_OPS, 'the cart lost its prices after the deploy', boards.slack.ts);
  await workspace.waitFor(() => workspace.slack.ephemerals(ALICE.slack).length === 2, { what: 'the answer to the note' });
  expect(await write(planb, BOB.telegram, 'payments were fine all the time', { replyTo: boards.telegram.id })).toContain(boards.run);
  workspace.telegram.say(BOB.telegram, TELEGRAM_OPS, '@alice are you there?', { topic: 7, replyTo: boards.telegram.id });
  // A slip of the pen is told as one and noted nowhere.
  const answers = workspace.slack.ephemerals(BOB.slack).length;
  await workspace.slack.mention(BOB.slack, SLACK_OPS, 'aprove', boards.slack.ts);
  const slip = await workspace.waitFor(() => workspace.slack.ephemerals(BOB.slack)[answers], { what: 'the answer to the slip' });
  expect(workspace.slack.read(slip)).toContain('approve');
  // Carol is known and has no say here.
  await workspace.slack.mention(CAROL.slack, SLACK_OPS, 'can I help?', boards.slack.ts);
  await workspace.waitFor(() => workspace.slack.ephemerals(CAROL.slack).length === 1, { what: 'the answer to Carol' });

  await click(planb, ALICE.slack, boards.slack, 'Approve');
  await press(planb, BOB.telegram, boards.telegram, 'Approve');
  await untilBothShow(planb, boards, 'BACK ON 1.0.0, verified');
  const posted = await workspace.waitFor(() => workspace.slack.posted(SLACK_OPS).find((one) => one.files.length > 0), { what: 'the report in Slack' });
  expect(posted.threadTs).toBe(boards.slack.ts);
  const text = posted.files[0]?.content.toString() ?? '';
  expect(posted.files[0]?.name).toBe(`post-mortem-${boards.run}.md`);
  const document = await workspace.waitFor(() => workspace.telegram.posted(TELEGRAM_OPS).find((one) => one.document !== undefined), { what: 'the report in Telegram' });
  expect(document.replyTo).toBe(boards.telegram.id);
  expect(document.document?.content.toString()).toContain('# Post-mortem: Shop 1.1.0 → 1.0.0');

  expect(text).toContain('- **Result**: verified');
  expect(text).toMatch(/\*\*Approved\*\*: alice \(Slack\), .*; bob \(Telegram\)/i);
  expect(text).toMatch(/alice: the cart lost its prices after the deploy/i);
  expect(text).toMatch(/bob: payments were fine all the time/i);
  expect(text).not.toMatch(/are you there|aprove|can I help/);
  expect(text).toMatch(/carol was refused "note" \(not-a-voter\)/i);
  expect(text).toContain('Put 1.0.0 back: done');
  expect(text).toContain('**What went wrong?**');
  // The same from the record, later, in another language.
  expect((await readReport({ store: planb.store, config: planb.config }, boards.run, 'ru'))?.text).toContain('## Вопросы для post-mortem');
  expect(await readReport({ store: planb.store, config: planb.config }, 'ZZZZZ')).toBeUndefined();
}, 120_000);

test('a run that was rejected leaves no report', async () => {
  const planb = await startPlanb();
  const { workspace } = planb;
  const boards = await openPlan(planb);
  await click(planb, ALICE.slack, boards.slack, 'Reject');
  await untilBothShow(planb, boards, 'REJECTED');
  await expect.poll(async () => (await planb.database.pool.query('SELECT FROM messages WHERE sent_at IS NULL')).rowCount, { timeout: 30_000 }).toBe(0);
  expect(workspace.slack.posted(SLACK_OPS).filter((one) => one.files.length > 0)).toEqual([]);
}, 60_000);
