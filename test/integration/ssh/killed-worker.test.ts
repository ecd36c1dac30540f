import { expect, it } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { query } from '../../support/one-command.js';
import { startSshd } from '../../support/ssh/sshd.js';
import { ALICE, BOB, planbWorld, type PlanbWorld } from '../processes/planb-world.js';

async function killInTheMiddle(world: PlanbWorld): Promise<void> {
  const bot = await world.start('bot');
  const worker = await world.start('worker');
  world.connect(bot);
  const { slack } = world.workspace;
  await slack.slash(ALICE, 'C0123456', '/rollback ledger because 500s');
  const board = await world.workspace.waitFor(() => world.boardWith('Approve'), { what: `the plan; the worker logged\n${worker.log()}` });
  await slack.click(ALICE, board, 'Approve');
  await slack.click(BOB, board, 'Approve');
  await world.waiting();
  await worker.kill();
  // Its lease does not run out while anybody waits: who is next must prove that it is dead.
  await query(world.databaseUrl, `UPDATE runs SET lease_expires_at = lease_expires_at + interval '1 hour'`);
}

it('ends what a killed worker left running on another machine before it runs the step again', async () => {
  const sshd = await startSshd([`SetEnv PATH=${process.env['PATH'] ?? ''}`]);
  const world = await planbWorld({ waits: 'before', probe: true, sshd });
  await killInTheMiddle(world);
  expect(await world.ledger()).toEqual([]);
  const worker = await world.start('worker');
  // The second attempt waits as the first did; were the first one still there, both would write.
  await eventually(async () => (await query(world.databaseUrl, `SELECT 1 FROM events WHERE type = 'StepStarted'`)).length === 2);
  await world.openGate();
  await world.workspace.waitFor(() => world.workspace.slack.posted('C0123456').some((message) => message.text.startsWith('✅')), { what: `the end; its worker logged\n${worker.log()}` });
  const ledger = await world.ledger();
  expect(ledger).toHaveLength(1);
  expect(ledger[0]).toMatch(/\/act\/2$/);
});

it('asks a person when the machine cannot be reached', async () => {
  const sshd = await startSshd([`SetEnv PATH=${process.env['PATH'] ?? ''}`]);
  const world = await planbWorld({ waits: 'before', probe: true, sshd });
  await killInTheMiddle(world);
  await sshd.stop();
  const worker = await world.start('worker');
  const board = await world.workspace.waitFor(() => world.boardWith('It was done'), { what: `the question; its worker logged\n${worker.log()}` });
  expect(board.text).toMatch(/^❓ UNKNOWN outcome at 1\/2 Write into the ledger/);
  expect(JSON.stringify(board)).toContain('is not known');
  // The program there is gone once somebody can look again.
  await sshd.start();
  await world.workspace.slack.click(ALICE, board, 'Retry');
  await world.openGate();
  await world.workspace.waitFor(() => world.workspace.slack.posted('C0123456').some((message) => message.text.startsWith('✅')), { what: `the end; its worker logged\n${worker.log()}` });
});
