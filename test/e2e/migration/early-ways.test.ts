import { expect, test } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { runOf } from './chat.js';
import { measureEmergency } from './emergency.js';
import { writeStack } from './move.js';
import { compose } from './server.js';
import { back, begin, expectTold, migrate, newStarts, served, stages } from './story.js';
import { expectWatched } from './watched.js';
import { startWorld, type Moving, type World } from './world.js';

/** Way 1: the new server does not do its work, and somebody stops the migration before DNS moves. Returns the run that was stopped. */
async function beforeTheSwitch(move: Moving, { zone }: World): Promise<string> {
  const { told, users, name, servers } = move;
  await eventually(() => [...users.answered.values()].includes('old'));
  // Its configuration was changed since it was tried out: it will start, and take nobody's key.
  await writeStack(servers.new, move, 'sk-of-another-service');
  const board = await begin(move);
  const until = stages.ru.slice(0, newStarts + 1);
  await expectTold(move, until);
  await told.tap(board, 'Остановить', ['bob']);
  const wayBack = await told.nextEnd(board);
  expect(wayBack.text).toMatch(/^✅/u);
  await expectTold(move, [...until, back.ru.stays]);
  expect(await zone.values(`${name}.example.org`)).toEqual([servers.old.place.address]);
  await served(users.answered, 'old');
  expect(new Set(users.answered.values())).toEqual(new Set(['old']));
  await mend(move);
  return runOf(board);
}

/** The new server as it should be, and answering. */
async function mend(move: Moving): Promise<void> {
  const { name, port, servers: { new: server } } = move;
  await writeStack(server, move);
  await compose(server, name, 'stop');
  await compose(server, name, 'up', '-d');
  await eventually(async () => (await fetch(`http://${server.place.address}:${port}/health/liveliness`)).ok);
}

test('a migration that is stopped before the switch leaves everything on the old server; the next one moves, and comes back at once', async () => {
  const world = await startWorld({ one: 'ru' });
  const { one } = world.moves;
  if (one === undefined) throw new Error('there is no such move');
  const stopped = await beforeTheSwitch(one, world);
  const told = [...stages.ru.slice(0, newStarts + 1), back.ru.stays, ...stages.ru];

  const board = await migrate(one, (plan) => { expect(plan).toContain(stopped); });
  await expectTold(one, told);
  await expectWatched(one, world.database, board);

  await measureEmergency(one, world);
  await expectTold(one, [...told, back.ru.starts, back.ru.dns, back.ru.done]);
});
