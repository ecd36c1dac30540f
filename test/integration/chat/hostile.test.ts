import { expect, test } from 'vitest';
import { ask, boardInTelegram, click, openPlan, press, untilBothShow, write } from './conversation.js';
import { ALICE, BOB, SLACK_OPS, startPlanb, TELEGRAM_OPS, TOPIC } from './planb.js';

test('a fault of planb\'s own is answered and does not come again with every sweep', async () => {
  const planb = await startPlanb();
  const { store } = planb.parts;
  const { runs } = store;
  let faults = 0;
  planb.parts.store.runs = () => { faults += 1; throw new TypeError('a bug'); };
  expect(await ask(planb, ALICE.slack, '/rollback history')).toBe('planb could not carry this out: a fault of its own, which its log has. Look at /rollback status before you try again.');
  planb.parts.store.runs = runs;
  expect(await ask(planb, ALICE.slack, '/rollback history')).toBe('No run is on record.');
  expect(faults).toBe(1);
  expect(planb.log.filter(({ level }) => level === 'error').map(({ message }) => message)).toEqual(['a command could not be handled']);
});

test('data that no button of planb carries is an old button, and later presses do not wait for it', async () => {
  const planb = await startPlanb();
  const { telegram } = planb.workspace;
  const boards = await openPlan(planb);
  const message = telegram.message(boards.telegram.chatId, boards.telegram.id);
  for (const data of ['\u0000', 'a\u0000b\ud800', 'f:1001:::::', 'f:\u0000', '🗳️'.repeat(10)]) {
    message.keyboard.push([{ text: data, callback_data: data }]);
    expect(await press(planb, ALICE.telegram, message, data)).toMatch(/^That button belongs to an older moment|^The choices have changed|^$/);
  }
  expect(await press(planb, ALICE.telegram, message, 'Approve')).toMatch(/^Approved, 1\/2/);
});

test('what people type changes neither how a message reads nor whom it wakes', async () => {
  const planb = await startPlanb();
  const { workspace } = planb;
  const reason = '<!channel> *VOTES 2/2* <https://evil.example|Approve> </b><a href="tg://user?id=1002">Bob</a> & @bob \u202eevil';
  // As Slack hands on what was typed.
  const typed = reason.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const boards = await openPlan(planb, `/rollback shop because ${typed}`);
  await press(planb, BOB.telegram, boards.telegram, 'Reject');
  await untilBothShow(planb, boards, 'REJECTED');
  expect(workspace.slack.read(boards.slack)).toContain('<!channel> *VOTES 2/2*');
  for (const one of workspace.slack.posted(SLACK_OPS)) {
    // Only `text` is read as markup; in rich text it is text.
    expect(one.text).not.toMatch(/<!channel>|<https:\/\/evil|\u202e/);
    expect(JSON.stringify(one.blocks)).not.toMatch(/mrkdwn|\u202e|"type":"(link|broadcast)"/);
  }
  const inTelegram = workspace.telegram.posted(TELEGRAM_OPS);
  expect(inTelegram.flatMap((one) => one.entities).filter((entity) => entity.type === 'text_link' && entity.url?.includes('evil') === true)).toEqual([]);
  expect(inTelegram.map((one) => one.text).join('\n')).toContain('</b>');
});

test('a word in a thread, in a topic and as a reply reaches its run; other words do not', async () => {
  const planb = await startPlanb();
  const { workspace } = planb;
  const boards = await openPlan(planb);
  await workspace.slack.mention(ALICE.slack, SLACK_OPS, 'approve because it is the registry', boards.slack.ts);
  await untilBothShow(planb, boards, '1/2 Alice');
  expect(await write(planb, BOB.telegram, 'status', { replyTo: boards.telegram.id })).toContain(boards.run);
  workspace.telegram.say(BOB.telegram, TELEGRAM_OPS, 'approve of the new logo?', { topic: TOPIC, replyTo: boards.telegram.id });
  expect(await write(planb, BOB.telegram, '@planb_bot approve')).toMatch(/^Which run\?/);
  expect(await write(planb, BOB.telegram, 'approve', { replyTo: boards.telegram.id })).toMatch(/^Approved, 2\/2/);
  await untilBothShow(planb, boards, 'BACK ON');
});

test('a group that became a supergroup keeps one board, and its votes and notices follow', async () => {
  const planb = await startPlanb();
  const { workspace, shop } = planb;
  let go = (): void => undefined;
  const held = new Promise<void>((resolve) => { go = resolve; });
  shop.check = async () => { await held; return { ok: true, receipt: {} }; };
  const boards = await openPlan(planb);
  const moved = workspace.telegram.migrate(TELEGRAM_OPS);
  const board = await workspace.waitFor(() => workspace.telegram.posted(moved).find((one) => workspace.telegram.buttons(moved, one.id).flat().includes('Approve')), { what: 'the board in the new group' });
  expect(await press(planb, BOB.telegram, board, 'Approve')).toMatch(/^Approved, 1\/2/);
  await click(planb, ALICE.slack, boards.slack, 'Approve');
  go();
  await workspace.waitFor(() => workspace.telegram.posted(moved).some((one) => one.id !== board.id && one.text.includes('BACK ON')), { what: 'the final notice in the new group' });

  // planb.yaml names the old group still: asked for in the new one, a run has one board there and not two.
  shop.running = '1.1.0';
  const { message } = workspace.telegram.say(ALICE.telegram, moved, '/rollback shop to 0.9.0', { topic: TOPIC });
  const said = await workspace.waitFor(() => workspace.telegram.posted(moved).find((one) => one.replyTo === message.id), { what: 'the answer' });
  const run = /Run (\w{5})/.exec(said.text)?.[1] ?? '';
  await workspace.waitFor(() => workspace.telegram.posted(moved).some((one) => one.text.includes(run) && one.keyboard.length > 0), { what: 'the board' });
  const { rows } = await planb.database.pool.query<{ channel: string }>(`SELECT channel FROM boards WHERE run_id = $1 AND platform = 'telegram'`, [run]);
  expect(rows).toEqual([{ channel: String(moved) }]);
  expect(boardInTelegram(planb, run, /Approve/)).toBeUndefined();
});
