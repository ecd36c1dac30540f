import pg from 'pg';
import { expect, it } from 'vitest';
import { lastAttempt } from '../../../demo/workspace/slack/model.js';
import { ALICE, BOB, CAROL, OPS, planbWorld } from './planb-world.js';

async function countEvents(url: string, type: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ count: number }>('SELECT count(*)::int AS count FROM events WHERE type = $1', [type]);
    return rows[0]?.count ?? 0;
  } finally {
    await client.end();
  }
}

it('makes one plan of a delivery that is copied three times, and starts one run of two second votes at the same instant on two bots', async () => {
  const world = await planbWorld({ waits: 'never', probe: true });
  const bots = [await world.start('bot'), await world.start('bot')] as const;
  await world.start('worker');
  await world.start('worker');
  const { workspace } = world;
  const { slack, telegram } = workspace;

  world.connect(bots[0]);
  const delivery = await slack.slash(ALICE, OPS, '/rollback ledger because 500s');
  const copies = await slack.redeliver(delivery, 3);
  expect(copies.map((copy) => copy.failure)).toEqual([undefined, undefined, undefined]);
  const board = await workspace.waitFor(() => world.boardWith('Approve'), { what: 'the plan' });
  expect(await countEvents(world.databaseUrl, 'RunRequested')).toBe(1);
  expect(await countEvents(world.databaseUrl, 'PlanPosted')).toBe(1);

  await slack.click(ALICE, board, 'Approve');
  await workspace.waitFor(() => board.text.includes('1/2'), { what: 'the first vote' });
  const second = BOTH_SECOND_VOTES.map((person, index) => {
    world.connect(bots[index] ?? bots[0]);
    return slack.click(person, board, 'Approve');
  });
  for (const vote of await Promise.all(second)) expect(lastAttempt(vote).failure).toBeUndefined();
  await workspace.waitFor(() => /^✅/.test(board.text), { what: 'the end' });
  expect(await countEvents(world.databaseUrl, 'RunStarted')).toBe(1);
  expect(await world.ledger()).toHaveLength(1);

  // The same through Telegram, whose updates come again when an acknowledgement was lost.
  const { update } = telegram.say(1001, -1001234, '/rollback ledger', { topic: 7 });
  if (update === undefined) throw new Error('the bot was not told');
  telegram.redeliver(update.update_id, 3);
  await workspace.waitFor(() => world.boardWith('Approve'), { what: 'the second plan' });
  expect(await countEvents(world.databaseUrl, 'RunRequested')).toBe(2);
});

const BOTH_SECOND_VOTES = [BOB, CAROL];
