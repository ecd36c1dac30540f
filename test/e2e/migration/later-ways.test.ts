import { expect, test } from 'vitest';
import { runOf } from './chat.js';
import { passTime } from './pass-time.js';
import { back, expectTold, expectWhole, logged, migrate, served, stages } from './story.js';
import { expectReplaced, expectWatched } from './watched.js';
import { startWorld, type Moving, type World } from './world.js';

const hour = 3_600_000;

/** Way 3: planb reads that it is three hours since the switch and which rows are new, and carries them over. */
async function hoursLater(move: Moving, { database }: World): Promise<void> {
  const { told, users, name } = move;
  const migration = await migrate(move);
  await expectWatched(move, database, migration);
  await passTime(database, runOf(migration), 3 * hour);
  const board = await told.ask(`/rollback ${name}`, 'Approve');
  expect(board.text).toMatch(/back, way 3 of 4: /);
  expect(board.text).toMatch(/, 3 h ago.*The new server wrote \d+ rows \(LiteLLM_SpendLogs \d+, LiteLLM_UserTable 1\) since/);
  await told.tap(board, 'Approve');
  expect(await told.end(board)).toMatch(/^✅/u);
  await expectReplaced(database, migration, board);
  await served(users.answered, 'old');
  await users.stop();
  expect(new Set(users.answered.values())).toEqual(new Set(['old', 'new']));
  await expectWhole(move.old, users.answered);
  await expectTold(move, [...stages.en, back.en.stopped, back.en.carried, back.en.starts, back.en.dns, back.en.done]);
}

/** Way 4, everything back: a day later planb asks, with the rows, and goes by the answer. */
async function everythingBack(move: Moving, { database }: World): Promise<void> {
  const { told, users, name } = move;
  await passTime(database, runOf(await migrate(move)), 25 * hour);
  const question = await told.ask(`/rollback ${name}`, 'Bring the data back');
  expect(question.text).toMatch(/More than a day has gone by.* rows \(LiteLLM_SpendLogs \d+, LiteLLM_UserTable 1\)/);
  const board = await told.press(question, 'Bring the data back', 'Approve');
  expect(board.text).toMatch(/back, way 4 of 4/);
  await told.tap(board, 'Approve');
  expect(await told.end(board)).toMatch(/^✅/u);
  await served(users.answered, 'old');
  await users.stop();
  await expectWhole(move.old, users.answered);
  await expectTold(move, [...stages.en, back.en.stopped, back.en.whole, back.en.starts, back.en.dns, back.en.done]);
}

/** Way 4, the loss accepted. */
async function lossAccepted(move: Moving, { database }: World): Promise<void> {
  const { told, users, name } = move;
  await passTime(database, runOf(await migrate(move)), 25 * hour);
  const question = await told.ask(`/rollback ${name}`, 'Accept the loss');
  const board = await told.press(question, 'Accept the loss', 'Approve');
  await told.tap(board, 'Approve');
  await told.tap(board, 'Done', ['bob']);
  expect(await told.end(board)).toMatch(/^✅/u);
  await served(users.answered, 'old');
  await users.stop();
  const of = (server: 'old' | 'new'): readonly string[] => [...users.answered].flatMap(([id, by]) => (by === server ? [id] : []));
  const ids = await logged(move.old);
  expect(ids).toEqual(expect.arrayContaining([...of('old')]));
  expect(ids.filter((id) => of('new').includes(id))).toEqual([]);
  expect(await told.file('not-brought-back.md')).toContain('LiteLLM_SpendLogs');
  await told.usersRead(/^What was written on the new server since \d{4}-\d\d-\d\d \d\d:\d\d UTC is not there any more/);
  await expectTold(move, [...stages.en, back.en.starts, back.en.dns, back.en.done]);
}

test('a service comes back hours later with everything that the new server wrote, and a day later with everything or with the loss accepted', async () => {
  const world = await startWorld({ two: 'en', three: 'en', four: 'en' });
  const { two, three, four } = world.moves;
  if (two === undefined || three === undefined || four === undefined) throw new Error('there is no such move');
  const ends = await Promise.allSettled([hoursLater(two, world), everythingBack(three, world), lossAccepted(four, world)]);
  expect(ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as Error] : []))).toEqual([]);
});
