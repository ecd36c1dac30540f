import { expect, test } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { back, expectWhole, migrate, served, stages } from './story.js';
import { startWorld } from './world.js';

test('a service moves to a new server, told stage by stage, and comes back some hours later with everything that the new server wrote', async () => {
  const { moves: { two } } = await startWorld({ two: 'en' });
  if (two === undefined) throw new Error('there is no such move');
  const { told, users } = two;
  await migrate(two);
  const board = await told.ask('/rollback two with scenario=hours-later', 'Approve');
  await told.tap(board, 'Approve');
  expect(await told.end(board)).toMatch(/^✅/u);
  await served(users.answered, 'old');
  await users.stop();
  expect(new Set(users.answered.values())).toEqual(new Set(['old', 'new']));
  await expectWhole(two.old, users.answered);
  const expected = [...stages, back.stopped, back.carried, back.starts, back.dns, back.done];
  await eventually(() => told.stages(expected).length >= expected.length);
  expect(told.stages(expected)).toEqual(expected);
});
