import { expect, it } from 'vitest';
import { query } from '../../support/one-command.js';
import type { PlanbProcess } from '../../support/planb-process.js';
import { ALICE, BOB, planbWorld, type PlanbWorld } from './planb-world.js';

/** Brings a run to the point where its step has begun, and kills the worker there. Its lease does not run out while anybody waits: who is next must prove that it is dead. */
async function killInTheMiddle(world: PlanbWorld): Promise<void> {
  const bot = await world.start('bot');
  const worker = await world.start('worker');
  world.connect(bot);
  const { slack } = world.workspace;
  await slack.slash(ALICE, 'C0123456', '/rollback ledger because 500s');
  const board = await world.workspace.waitFor(() => world.boardWith('Approve'), { what: 'the plan' });
  await slack.click(ALICE, board, 'Approve');
  await slack.click(BOB, board, 'Approve');
  await world.waiting();
  await worker.kill();
  const [owner] = await query(world.databaseUrl, `UPDATE runs SET lease_expires_at = lease_expires_at + interval '1 hour' RETURNING lease_owner`);
  expect(owner).not.toBeNull();
}

/** Starts another worker; resolves when the board shows `sign`. */
async function restart(world: PlanbWorld, sign: RegExp): Promise<void> {
  const worker: PlanbProcess = await world.start('worker');
  await world.workspace.waitFor(() => world.workspace.slack.posted('C0123456').some((message) => sign.test(message.text)), { what: `a board with ${String(sign)}; its worker logged\n${worker.log()}` });
}

it('asks a person where nobody can tell whether the effect happened, and does it once', async () => {
  const world = await planbWorld({ waits: 'after', probe: false });
  await killInTheMiddle(world);
  await restart(world, /^❓ UNKNOWN outcome at 1\/2 Write into the ledger/);
  await world.openGate();
  const board = await world.workspace.waitFor(() => world.boardWith('It was done'), { what: 'the question' });
  await world.workspace.slack.click(ALICE, board, 'It was done');
  await world.workspace.waitFor(() => /^✅/.test(board.text), { what: 'the end' });
  expect(await world.ledger()).toHaveLength(1);
});

it('goes on by itself where the probe finds the effect, and does it once', async () => {
  const world = await planbWorld({ waits: 'after', probe: true });
  await killInTheMiddle(world);
  await restart(world, /^✅/);
  await world.openGate();
  expect(await world.ledger()).toHaveLength(1);
});

it('runs the step again where the probe proves that nothing happened: the killed program does nothing any more', async () => {
  const world = await planbWorld({ waits: 'before', probe: true });
  await killInTheMiddle(world);
  expect(await world.ledger()).toEqual([]);
  await world.openGate();
  await restart(world, /^✅/);
  const ledger = await world.ledger();
  expect(ledger).toHaveLength(1);
  expect(ledger[0]).toMatch(/\/act\/2$/);
});
