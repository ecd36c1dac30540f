import { TOTP } from 'otpauth';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { defineAction } from '../../../jobs/actions/define-action.js';
import { ask, boardInSlack, boardInTelegram, click, openPlan, press, untilBothShow, write, type Boards } from './conversation.js';
import { ALICE, BOB, CAROL, SLACK_OPS, startPlanb, TELEGRAM_OPS, TOPIC, type RunningPlanb } from './planb.js';

const secrets = { TOTP_ALICE: 'JBSWY3DPEHPK3PXP', TOTP_BOB: 'KRSXG5CTMVRXEZLU' };

/** The code of this moment, by the clock that judges it. */
async function codeOf({ store }: RunningPlanb, person: 'ALICE' | 'BOB'): Promise<string> {
  return new TOTP({ secret: secrets[`TOTP_${person}`] }).generate({ timestamp: await store.now() });
}

async function recordOf({ store }: RunningPlanb, run: string): Promise<readonly unknown[]> {
  return (await store.load(run)).events;
}

test('one person counts once, a copied button is none, and who may not is told and put on the record', async () => {
  const planb = await startPlanb();
  const { workspace } = planb;
  const boards = await openPlan(planb);
  // The same human through two platforms, at the same instant.
  const said = await Promise.all([click(planb, ALICE.slack, boards.slack, 'Approve'), press(planb, ALICE.telegram, boards.telegram, 'Approve')]);
  expect(said.filter((words) => words.startsWith('Approved, 1/2'))).toHaveLength(1);
  expect(said.filter((words) => words.startsWith('You have already approved'))).toHaveLength(1);

  // The payload of a live button in another message.
  const board = workspace.telegram.message(boards.telegram.chatId, boards.telegram.id);
  const data = board.keyboard.flat().find(({ text }) => text === 'Approve')?.callback_data ?? '';
  const other = await workspace.waitFor(() => workspace.telegram.posted(TELEGRAM_OPS).find((one) => one.id !== board.id && one.text.includes('waits for votes')), { what: 'another message of planb' });
  other.keyboard.push([{ text: 'Copy', callback_data: data }]);
  expect(await press(planb, BOB.telegram, other, 'Copy')).toMatch(/^That button belongs to an older moment/);

  // Those who are known and may not, strangers, and those who hide.
  expect(await ask(planb, CAROL.slack, `/rollback approve ${boards.run}`)).toMatch(/^Your word does not count/);
  expect(await click(planb, 'U04GUEST', boards.slack, 'Approve')).toMatch(/^Guests of this workspace/);
  expect(await press(planb, 1004, boards.telegram, 'Approve')).toMatch(/^planb does not know Gus/);
  expect(await write(planb, ALICE.telegram, `/rollback approve ${boards.run}`, { anonymous: true })).toMatch(/anonymous admin/);
  expect(await ask(planb, BOB.slack, '/rollback approve ZZZZZ')).toMatch(/^There is no run "ZZZZZ"/);
  expect(await recordOf(planb, boards.run)).toEqual(expect.arrayContaining(
    [['bob', 'button-outdated'], ['carol', 'not-a-voter'], ['slack:U04GUEST', 'guest-sender'], ['telegram:1004', 'not-a-person']].map(([who, code]) => expect.objectContaining({ type: 'CommandRefused', who, code, command: 'approve' }) as unknown),
  ));
  expect(await recordOf(planb, boards.run)).toContainEqual(expect.objectContaining({ type: 'CommandRefused', code: 'anonymous-sender', via: 'telegram' }));
  expect(planb.shop.reverted).toEqual([]);
});

const drop = defineAction({
  name: 'fake.drop', summary: 'Drops a table.', input: z.object({}), defaultTimeoutMs: 60_000,
  describe: () => ({ commands: ['drop'], effect: 'once', destructive: true, changes: [] }),
  execute: async () => ({ ok: true, receipt: {} }),
});
const halt = defineAction({
  name: 'fake.halt', summary: 'Stops what writes.', input: z.object({}), defaultTimeoutMs: 60_000,
  describe: () => ({ commands: ['halt'], effect: 'idempotent', destructive: false, stopsWriters: true, changes: [] }),
  execute: async () => ({ ok: true, receipt: {} }),
});
/** Takes a backup that proves nothing. */
const backup = defineAction({
  name: 'postgres.backup', summary: 'Pretends.', input: z.object({ prove: z.boolean() }), defaultTimeoutMs: 60_000,
  describe: () => ({ commands: ['pg_dump'], effect: 'idempotent', destructive: false, changes: [] }),
  execute: async () => ({ ok: true, receipt: {} }),
});
const repair = 'name: Shop, repaired\nkind: repair\nsteps:\n  - { id: halt, uses: fake.halt }\n  - { id: backup, uses: postgres.backup, with: { prove: true } }\n  - { id: drop, name: Drop the table, uses: fake.drop }\n';

async function openRepair(planb: RunningPlanb): Promise<Boards> {
  const said = await ask(planb, ALICE.slack, '/rollback repair shop');
  const run = /\bRun ([0-9A-Z]{5})\b/.exec(said)?.[1] ?? '';
  const slack = await planb.workspace.waitFor(() => boardInSlack(planb, run, /Approve/), { what: 'the plan in Slack' });
  const telegram = await planb.workspace.waitFor(() => boardInTelegram(planb, run, /Approve/), { what: 'the plan in Telegram' });
  return { run, slack, telegram };
}

test('a plan that destroys takes each voter\'s own code, which nobody finds afterwards; one who is named may start it alone, loudly', async () => {
  const planb = await startPlanb({
    totp: true, votes: ', secondFactor: totp, breakGlass: [bob], escalate: [carol]', actions: [halt, drop, backup], runbooks: { repair },
    world: { references: { env: (name) => (name === 'TOTP_ALICE' || name === 'TOTP_BOB' ? secrets[name] : undefined), file: () => undefined } },
  });
  const { workspace } = planb;
  const boards = await openRepair(planb);
  expect(await click(planb, ALICE.slack, boards.slack, 'Approve')).toContain(`/rollback approve ${boards.run} <code>`);
  expect(await press(planb, ALICE.telegram, boards.telegram, 'Approve')).toContain('your own current code');
  const alices = await codeOf(planb, 'ALICE');
  expect(await ask(planb, ALICE.slack, `/rollback approve ${boards.run} ${alices}`)).toMatch(/^Approved, 1\/2/);
  // Neither another's code nor a used one.
  expect(await ask(planb, BOB.slack, `/rollback approve ${boards.run} ${alices}`)).toMatch(/^That one-time code is wrong/);

  const bobs = await codeOf(planb, 'BOB');
  expect(await ask(planb, BOB.slack, `/rollback break-glass ${boards.run} ${bobs}`)).toMatch(/^Say why/);
  await planb.database.pool.query('DELETE FROM used_codes');
  const { message } = workspace.telegram.say(BOB.telegram, TELEGRAM_OPS, `break-glass ${await codeOf(planb, 'BOB')} because nobody answers`, { topic: TOPIC, replyTo: boards.telegram.id });
  await untilBothShow(planb, boards, 'BREAK-GLASS');
  await workspace.waitFor(() => !workspace.telegram.posted(TELEGRAM_OPS).some((one) => one.id === message.id), { what: 'the message with the code to go' });
  const isLoud = (text: string): boolean => text.includes('BREAK-GLASS: Bob (Telegram) starts it alone');
  await workspace.waitFor(() => workspace.slack.posted(SLACK_OPS).some((one) => isLoud(workspace.slack.read(one))), { what: 'the notice in Slack' });
  await workspace.waitFor(() => workspace.telegram.posted(TELEGRAM_OPS).some((one) => isLoud(one.text)), { what: 'the notice in Telegram' });
  const notice = workspace.slack.posted(SLACK_OPS).find((one) => isLoud(workspace.slack.read(one)));
  expect(JSON.stringify(notice)).toContain(CAROL.slack);

  // What destroys still waits for a proven backup, and the record says who took it on.
  await untilBothShow(planb, boards, 'FAILED at');
  const events = await recordOf(planb, boards.run);
  expect(events).toEqual(expect.arrayContaining([
    expect.objectContaining({ type: 'GlassBroken', person: 'bob', via: 'telegram', reason: 'nobody answers' }), expect.objectContaining({ type: 'RunStarted', brokenBy: 'bob' }), expect.objectContaining({ type: 'StepBlocked' }),
  ]));

  // A code may be refused, judged and used, but is never kept.
  await expect.poll(async () => (await planb.database.pool.query('SELECT FROM deliveries WHERE processed_at IS NULL')).rowCount).toBe(0);
  for (const table of ['events', 'deliveries', 'messages', 'boards', 'outbox']) {
    const { rows } = await planb.database.pool.query<{ row: string }>(`SELECT t::text AS row FROM ${table} AS t`);
    for (const { row } of rows) expect(row).not.toMatch(new RegExp(`(?<!\\d)(${alices}|${bobs})(?!\\d)`));
  }
  expect(JSON.stringify(planb.log)).not.toMatch(new RegExp(`(?<!\\d)(${alices}|${bobs})(?!\\d)`));
});
