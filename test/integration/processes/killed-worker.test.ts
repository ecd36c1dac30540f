import { expect, it } from 'vitest';
import type { PlanbProcess } from '../../support/planb-process.js';
import { ALICE, BOB, planbWorld, type PlanbWorld } from './planb-world.js';

/** What a person may be made to wait after the restart. */
const ALLOWED_MS = 5_000;

/** Brings a run to the point where its step has begun, and kills the worker there. */
async function killInTheMiddle(world: PlanbWorld): Promise<void> {
  const bot = await world.start('bot');
  const worker = await world.start('worker');
  world.connect(bot);
  const { slack } = world.workspace;
  await slack.slash(ALICE, 'C0123456', '/rollback ledger because 500s');
  const board = await world.workspace.waitFor(() => world.boardWith('Approve'), { deadline: 20_000, what: 'the plan' });
  await slack.click(ALICE, board, 'Approve');
  await slack.click(BOB, board, 'Approve');
  await world.waiting();
  await worker.kill();
}

/** Starts another worker; resolves with the milliseconds until the board showed `sign`. */
async function restart(world: PlanbWorld, sign: RegExp): Promise<number> {
  const restarted = Date.now();
  const worker: PlanbProcess = await world.start('worker');
  await world.workspace.waitFor(() => world.workspace.slack.posted('C0123456').some((message) => sign.test(message.text)), { deadline: 20_000, what: `a board with ${String(sign)}; its worker logged\n${worker.log()}` });
  return Date.now() - restarted;
}

it('asks a person where nobody can tell whether the effect happened, and does it once', async () => {
  const world = await planbWorld({ waits: 'after', probe: false });
  await killInTheMiddle(world);
  expect(await restart(world, /^❓ UNKNOWN outcome at 1\/2 Write into the ledger/)).toBeLessThan(ALLOWED_MS);
  await world.openGate();
  const board = await world.workspace.waitFor(() => world.boardWith('It was done'), { what: 'the question' });
  await world.workspace.slack.click(ALICE, board, 'It was done');
  await world.workspace.waitFor(() => /^✅/.test(board.text), { deadline: 20_000, what: 'the end' });
  expect(await world.ledger()).toHaveLength(1);
}, 90_000);

it('goes on by itself where the probe finds the effect, and does it once', async () => {
  const world = await planbWorld({ waits: 'after', probe: true });
  await killInTheMiddle(world);
  expect(await restart(world, /^✅/)).toBeLessThan(ALLOWED_MS);
  await world.openGate();
  expect(await world.ledger()).toHaveLength(1);
}, 90_000);

it('runs the step again where the probe proves that nothing happened: the killed program does nothing any more', async () => {
  const world = await planbWorld({ waits: 'before', probe: true });
  await killInTheMiddle(world);
  expect(await world.ledger()).toEqual([]);
  await world.openGate();
  expect(await restart(world, /^✅/)).toBeLessThan(ALLOWED_MS);
  const ledger = await world.ledger();
  expect(ledger).toHaveLength(1);
  expect(ledger[0]).toMatch(/\/act\/2$/);
}, 90_000);
