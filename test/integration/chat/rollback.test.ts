import { expect, test } from 'vitest';
import { click, openPlan, press, untilBothShow } from './conversation.js';
import { ALICE, BOB, SLACK_OPS, startPlanb, TELEGRAM_OPS } from './planb.js';

test('from the command to the final board on both platforms, in order, within their limits', async () => {
  const planb = await startPlanb();
  const { workspace, shop } = planb;
  const boards = await openPlan(planb);
  // Asking is no vote, and the asker alone is told that it was taken on.
  expect(workspace.slack.read(boards.slack)).toContain('0/2');
  expect(workspace.slack.ephemerals(ALICE.slack).map((one) => workspace.slack.read(one))).toEqual([`Run ${boards.run}: planning Shop rollback. The board shows the plan.`]);
  expect(shop.reverted).toEqual([]);
  const posted = (): readonly string[] => [...workspace.slack.posted(SLACK_OPS).map((one) => workspace.slack.read(one)), ...workspace.telegram.posted(TELEGRAM_OPS).map((one) => one.text)];
  await workspace.waitFor(() => posted().filter((text) => text.includes('the plan waits for votes')).length === 2, { what: 'the call for votes' });

  expect(await click(planb, ALICE.slack, boards.slack, 'Approve')).toBe('Approved, 1/2. Still needed: one of Bob.');
  await untilBothShow(planb, boards, '1/2');
  expect(workspace.telegram.message(boards.telegram.chatId, boards.telegram.id).text).toMatch(/1\/2 Alice/);
  expect(shop.reverted).toEqual([]);

  expect(await press(planb, BOB.telegram, boards.telegram, 'Approve')).toBe('Approved, 2/2. The run starts.');
  await untilBothShow(planb, boards, 'BACK ON 1.0.0, verified');
  expect(shop.reverted).toEqual(['1.0.0']);

  // One board a place; what wakes people comes in the order in which it happened, and nothing after the end.
  const notices = (texts: readonly string[]): readonly string[] => texts.filter((text) => !text.includes('Steps 2/2')).map((text) => (/the plan waits for votes|BACK ON/.exec(text)?.[0] ?? text));
  await workspace.waitFor(() => workspace.slack.posted(SLACK_OPS).length === 4 && workspace.telegram.posted(TELEGRAM_OPS).length === 4, { what: 'the notices and the report' });
  expect(notices(workspace.slack.posted(SLACK_OPS).filter((one) => one.files.length === 0).map((one) => workspace.slack.read(one)))).toEqual(['the plan waits for votes', 'BACK ON']);
  expect(notices(workspace.telegram.posted(TELEGRAM_OPS).filter((one) => one.document === undefined).map((one) => one.text))).toEqual(['the plan waits for votes', 'BACK ON']);
  expect(workspace.slack.buttons(boards.slack)).toEqual([]);
  for (const statistics of [workspace.slack.statistics(), workspace.telegram.statistics()]) expect(statistics).toMatchObject({ ratelimited: 0, refused: [] });
  expect(planb.log.filter(({ level }) => level !== 'info')).toEqual([]);
});

test('nobody is woken for votes that were given before the message could go out', async () => {
  // The board takes the channel's message of the second, so the notice has to wait.
  const planb = await startPlanb();
  const { workspace } = planb;
  const boards = await openPlan(planb);
  await Promise.all([click(planb, ALICE.slack, boards.slack, 'Approve'), click(planb, BOB.slack, boards.slack, 'Approve')]);
  await untilBothShow(planb, boards, 'BACK ON');
  const last = await workspace.waitFor(() => workspace.slack.posted(SLACK_OPS).find((one) => one.threadTs === boards.slack.ts && workspace.slack.read(one).includes('BACK ON')), { what: 'the final notice' });
  const unsent = async (): Promise<number> => (await planb.database.pool.query('SELECT FROM messages WHERE sent_at IS NULL')).rowCount ?? 0;
  await expect.poll(unsent).toBe(0);
  const after = workspace.slack.posted(SLACK_OPS).filter((one) => Number(one.ts) > Number(last.ts));
  expect(after.filter((one) => one.files.length === 0).map((one) => workspace.slack.read(one))).toEqual([]);
});

test('a failed step asks on both boards, and an answer in Telegram goes on everywhere', async () => {
  const planb = await startPlanb();
  const { shop } = planb;
  let tries = 0;
  shop.revert = async (to) => (++tries === 1 ? { ok: false, retryable: false, error: { code: 'registry', message: 'registry 401, pull denied' } } : { ok: true, receipt: { release: to } });
  const boards = await openPlan(planb);
  await click(planb, ALICE.slack, boards.slack, 'Approve');
  await press(planb, BOB.telegram, boards.telegram, 'Approve');
  await untilBothShow(planb, boards, 'registry 401');
  expect(await press(planb, BOB.telegram, boards.telegram, 'Retry')).toMatch(/Retry: .*Put 1\.0\.0 back/);
  await untilBothShow(planb, boards, 'BACK ON 1.0.0');
});

test('in a Russian channel boards, notices and answers are Russian', async () => {
  const planb = await startPlanb({ locale: 'ru' });
  const { workspace } = planb;
  const boards = await openPlan(planb, '/rollback shop');
  const shown = workspace.slack.read(boards.slack) + workspace.telegram.message(boards.telegram.chatId, boards.telegram.id).text;
  expect(shown).not.toMatch(/VOTES|NOW|VERDICT|Approve|nothing|Steps/);
  expect(await click(planb, ALICE.slack, boards.slack, 'Одобрить')).toMatch(/^Одобрено, 1\/2/);
  expect(await click(planb, ALICE.slack, boards.slack, 'Одобрить')).toMatch(/Вы уже одобрили этот план/);
  expect(await press(planb, BOB.telegram, boards.telegram, 'Одобрить')).toMatch(/^Одобрено, 2\/2/);
  await workspace.waitFor(() => workspace.slack.read(boards.slack).includes('1.0.0') && workspace.slack.buttons(boards.slack).length === 0, { what: 'the end in Slack' });
  const notices = workspace.telegram.posted(TELEGRAM_OPS).map((one) => one.text).join('\n');
  expect(notices).not.toMatch(/waits for votes|Vote:|BACK ON/);
});
