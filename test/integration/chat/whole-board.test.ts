import { expect, test } from 'vitest';
import type { SlackMessage } from '../../../demo/workspace/slack/model.js';
import { click, openPlan, press, untilBothShow } from './conversation.js';
import { ALICE, BOB, type RunningPlanb, SLACK_OPS, startPlanb, TELEGRAM_OPS } from './planb.js';

const nth = (index: number): string => String(index).padStart(2, '0');
/** Sixty steps with names of the longest kind: no platform's message holds them. */
const long = `
name: Shop, back to an earlier release, in many steps
kind: rollback
params:
  to: { type: release, required: true }
steps:
  - { id: revert, name: Put it back, uses: fake.release, with: { to: "\${{ params.to }}" } }
${Array.from({ length: 60 }, (_unused, index) => `  - { id: s${nth(index)}, name: "Step ${nth(index)}, ${'and what it is about '.repeat(12)}", uses: fake.check }\n`).join('')}`;

async function startLong(): Promise<RunningPlanb> {
  return startPlanb({ rollback: long });
}

function filesInSlack({ workspace }: RunningPlanb): readonly SlackMessage[] {
  return workspace.slack.posted(SLACK_OPS).filter((one) => one.files.length > 0);
}

test('what a board has no room for goes to its thread as a file, once for the plan however often the board changes', async () => {
  const planb = await startLong();
  const { workspace } = planb;
  const boards = await openPlan(planb);
  expect(workspace.slack.read(boards.slack)).toContain('Shortened');
  const plan = await workspace.waitFor(() => filesInSlack(planb)[0], { what: 'the whole plan in Slack' });
  expect(plan.threadTs).toBe(boards.slack.ts);
  expect(plan.files[0]?.content.toString()).toContain(`Step 59, ${'and what it is about '.repeat(12)}`.trim());
  const document = await workspace.waitFor(() => workspace.telegram.posted(TELEGRAM_OPS).find((one) => one.document !== undefined), { what: 'the whole plan in Telegram' });
  expect(document.replyTo).toBe(boards.telegram.id);
  expect(document.document?.content.toString()).toContain('Step 59, and what it is about');

  await click(planb, ALICE.slack, boards.slack, 'Approve');
  await press(planb, BOB.telegram, boards.telegram, 'Approve');
  await untilBothShow(planb, boards, 'verified');
  await expect.poll(async () => (await planb.database.pool.query('SELECT FROM messages WHERE sent_at IS NULL')).rowCount, { timeout: 30_000 }).toBe(0);
  // Votes and steps were shown meanwhile; the plan came no second time.
  const { rows } = await planb.database.pool.query<{ id: string }>(`SELECT id FROM messages WHERE id LIKE 'whole:%'`);
  expect(rows.filter(({ id }) => id.endsWith(':waiting'))).toHaveLength(2);
  expect(rows.filter(({ id }) => id.endsWith(':running'))).toEqual([]);
}, 120_000);

test('a board that fits has no file beside it', async () => {
  const planb = await startPlanb();
  await openPlan(planb);
  await expect.poll(async () => (await planb.database.pool.query('SELECT FROM messages WHERE sent_at IS NULL')).rowCount, { timeout: 30_000 }).toBe(0);
  expect(filesInSlack(planb)).toEqual([]);
}, 60_000);
