import type pg from 'pg';
import { expect, test } from 'vitest';
import { ask, click, openPlan, press, untilBothShow, write } from './conversation.js';
import { ALICE, BOB, CAROL, SLACK_OPS, startPlanb, TELEGRAM_OPS } from './planb.js';

const STRANGER = 'U06STRANGER';
const GUEST = 'U04GUEST';

test('what cannot be read or found is answered with the nearest right word, to the asker alone', async () => {
  const planb = await startPlanb();
  const { workspace } = planb;
  const answers: Record<string, string> = {};
  for (const text of ['/rollback shpo', '/rollback payments', '/rollback staus', '/rollback shop 1.0.0', '/rollback shop to -rf', '/rollback approve', '/rollback approve QQQQQ', '/rollback run shop rolback']) {
    answers[text] = await ask(planb, ALICE.slack, text);
  }
  expect(answers).toEqual({
    '/rollback shpo': 'There is no target "shpo". Did you mean "shop"? /rollback targets shows them.',
    '/rollback payments': 'There is no target "payments". There are: shop. /rollback targets shows them.',
    '/rollback staus': '"staus" is not a command. Did you mean "status"? /rollback help lists them all.',
    '/rollback shop 1.0.0': 'I cannot read "shop 1.0.0". Expected: /rollback shop to 1.0.0.',
    '/rollback shop to -rf': 'I cannot read "shop to -rf". Expected: /rollback shop to <release>: at most 128 letters, digits and . _ + @ : / -, beginning with a letter or digit.',
    '/rollback approve': 'Which run? Say its id after the word, or answer in the thread of its board. /rollback status shows the live ones.',
    '/rollback approve QQQQQ': 'There is no run "QQQQQ". /rollback status shows the live ones, /rollback history the past ones.',
    '/rollback run shop rolback': 'shop has no runbook "rolback". Did you mean "rollback"? There are: rollback.',
  });
  expect(workspace.slack.posted(SLACK_OPS)).toEqual([]);
  expect(await write(planb, ALICE.telegram, '/rollback shpo')).toBe(answers['/rollback shpo']);
});

test('a release that is unknown or runs already ends the run with a sentence on both boards', async () => {
  const planb = await startPlanb();
  const { workspace } = planb;
  await ask(planb, ALICE.slack, '/rollback shop to 1.0.9');
  const unknown = await workspace.waitFor(() => workspace.slack.posted(SLACK_OPS).find((one) => workspace.slack.read(one).includes('1.0.9') && one.threadTs === undefined), { what: 'the board' });
  await workspace.waitFor(() => workspace.slack.read(unknown).includes('Did you mean'), { what: 'why there is no plan' });
  expect(workspace.slack.read(unknown)).toContain('shop cannot go to "1.0.9": it is not among the releases that planb can get. Did you mean "1.0.0"?');
  await workspace.waitFor(() => workspace.telegram.posted(TELEGRAM_OPS).some((one) => one.text.includes('Did you mean "1.0.0"?')), { what: 'the same in Telegram' });

  await ask(planb, ALICE.slack, '/rollback shop to 1.1.0');
  await workspace.waitFor(() => workspace.slack.posted(SLACK_OPS).some((one) => workspace.slack.read(one).includes('shop already runs 1.1.0')), { what: 'nothing to do' });
});

test('a second run on a locked target learns who holds it, since when, and where', async () => {
  const planb = await startPlanb();
  const boards = await openPlan(planb);
  const said = await ask(planb, BOB.slack, '/rollback shop');
  expect(said).toMatch(new RegExp(`^shop is taken by run ${boards.run} of Alice since \\d\\d:\\d\\d UTC\\. Wait for its end, or stop it: /rollback stop ${boards.run}\\.`));
  expect(said).toContain(`message_ts=${boards.slack.ts}`);
  expect(await write(planb, BOB.telegram, '/rollback shop')).toContain(`taken by run ${boards.run}`);
});

test('who may not ask or vote is told so, and whoami answers everybody', async () => {
  const planb = await startPlanb();
  const { workspace } = planb;
  const boards = await openPlan(planb);
  expect(await ask(planb, CAROL.slack, '/rollback shop')).toBe('You may not ask for runs of shop. Ask Alice or Bob. /rollback whoami shows your groups.');
  expect(await click(planb, CAROL.slack, boards.slack, 'Approve')).toBe('Your word does not count on this run. Ask Alice or Bob. /rollback whoami shows your groups.');
  expect(await press(planb, CAROL.telegram, boards.telegram, 'Approve')).toMatch(/^planb does not know Carol\. Send \/rollback whoami/);
  expect(await ask(planb, GUEST, '/rollback shop')).toMatch(/^Guests of this workspace/);
  expect(await ask(planb, STRANGER, '/rollback shop')).toMatch(/^You belong to another Slack workspace/);
  expect(await write(planb, ALICE.telegram, '/rollback shop', { anonymous: true })).toMatch(/^You write as an anonymous admin/);
  // No form either, which would show what runs here: the same refusals.
  expect(await ask(planb, GUEST, '/rollback')).toMatch(/^Guests of this workspace/);
  expect(await write(planb, ALICE.telegram, '/rollback', { anonymous: true })).toMatch(/^You write as an anonymous admin/);
  expect(await write(planb, CAROL.telegram, '/rollback')).toMatch(/^planb does not know Carol/);
  expect(workspace.slack.view(GUEST)).toBeUndefined();

  expect(await ask(planb, STRANGER, '/rollback whoami')).toContain(`slack: ${STRANGER}`);
  expect(await write(planb, CAROL.telegram, '/rollback whoami')).toContain(`telegram: ${String(CAROL.telegram)}`);
  expect(await write(planb, CAROL.telegram, '/rollback whoami', { chat: CAROL.telegram })).toContain(`chat: ${String(CAROL.telegram)}`);
  expect(planb.shop.reverted).toEqual([]);
});

test('voting twice counts once, wherever it is done', async () => {
  const planb = await startPlanb();
  const boards = await openPlan(planb);
  expect(await click(planb, ALICE.slack, boards.slack, 'Approve')).toMatch(/^Approved, 1\/2/);
  expect(await press(planb, ALICE.telegram, boards.telegram, 'Approve')).toMatch(/^You have already approved this plan at \d\d:\d\d UTC; it needs other people now\.$/);
  expect(await ask(planb, ALICE.slack, `/rollback approve ${boards.run}`)).toMatch(/^You have already approved/);
  expect(await write(planb, ALICE.telegram, 'approve', { replyTo: boards.telegram.id })).toMatch(/^You have already approved/);
  await planb.workspace.slack.mention(ALICE.slack, SLACK_OPS, 'approve', boards.slack.ts);
  await planb.workspace.waitFor(() => planb.workspace.slack.ephemerals(ALICE.slack).filter((one) => planb.workspace.slack.read(one).startsWith('You have already')).length === 2, { what: 'the answer in the thread' });
  expect(planb.shop.reverted).toEqual([]);
});

test('a vote on an outdated plan, on an old message and after the end is refused in words', async () => {
  const planb = await startPlanb();
  const { shop } = planb;
  const boards = await openPlan(planb, '/rollback shop to 1.0.0');
  const planShown = boards.slack.history.length - 1;
  // Somebody deploys between the plan and the second vote: the votes are void and the fresh plan has another digest.
  shop.running = '1.1.1';
  await click(planb, ALICE.slack, boards.slack, 'Approve');
  await press(planb, BOB.telegram, boards.telegram, 'Approve');
  await untilBothShow(planb, boards, '1.1.1 → 1.0.0');
  expect(shop.reverted).toEqual([]);
  expect(await click(planb, ALICE.slack, boards.slack, 'Approve', planShown)).toBe(
    `That was an older plan; the system has changed since. Read the fresh one on the board of run ${boards.run} and vote there.`);

  expect(await ask(planb, ALICE.slack, `/rollback reject ${boards.run} because wrong release`)).toBe(`Rejected. Run ${boards.run} is over.`);
  await untilBothShow(planb, boards, 'REJECTED');
  expect(await click(planb, BOB.slack, boards.slack, 'Approve', planShown)).toBe(`Run ${boards.run} has ended: rejected. Nothing can change it; ask for a new one.`);
  expect(await press(planb, BOB.telegram, boards.telegram, 'Approve', 1)).toMatch(/has ended: rejected/);
});

test('after the time to vote a vote is refused, and Plan again makes a fresh plan', async () => {
  const planb = await startPlanb();
  const { workspace, database: { pool } } = planb;
  const boards = await openPlan(planb);
  await letTimePass(pool, boards.run, 31 * 60_000);
  expect(await click(planb, ALICE.slack, boards.slack, 'Approve')).toBe(`The time to vote on run ${boards.run} is over. Press Plan again on its board.`);
  await workspace.waitFor(() => workspace.slack.buttons(boards.slack).includes('Plan again'), { what: 'Plan again' });
  const said = await click(planb, BOB.slack, boards.slack, 'Plan again');
  expect(said).toMatch(/^Run \w{5}: planning Shop/);
});

/** The run is older by so many milliseconds, as far as its events know; nobody has looked at it meanwhile. */
async function letTimePass(pool: pg.Pool, run: string, ms: number): Promise<void> {
  await pool.query('UPDATE runs SET wake_at = NULL WHERE id = $1', [run]);
  await pool.query('ALTER TABLE events DISABLE TRIGGER USER');
  const { rows } = await pool.query<{ version: number; payload: string }>('SELECT version, payload FROM events WHERE run_id = $1', [run]);
  for (const { version, payload } of rows) {
    const earlier = payload.replace(/"(at|expiresAt)":(\d+)/g, (_all, key: string, at: string) => `"${key}":${String(Number(at) - ms)}`);
    await pool.query('UPDATE events SET payload = $3 WHERE run_id = $1 AND version = $2', [run, version, earlier]);
  }
  await pool.query('ALTER TABLE events ENABLE TRIGGER USER');
}
