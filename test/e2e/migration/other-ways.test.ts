import { expect, test } from 'vitest';
import { eventually } from '../../support/eventually.js';
import { back, expectWhole, logged, migrate, served, stages } from './story.js';
import { startWorld, type World } from './world.js';

/** Way 2, by facts: one command and the votes. */
async function rightAfter({ moves: { one } }: World): Promise<void> {
  if (one === undefined) throw new Error('there is no such move');
  const { told, users } = one;
  await eventually(() => [...users.answered.values()].includes('old'));
  const again = await told.ask('/rollback migrate one', 'Одобрить');
  await told.tap(again, 'Одобрить');
  await told.tap(again, 'На связи');
  expect(await told.end(again)).toMatch(/^✅/u);
  await served(users.answered, 'new');
  const return_ = await told.ask('/rollback one', 'Одобрить');
  await told.tap(return_, 'Одобрить');
  expect(await told.end(return_)).toMatch(/^✅/u);
  await served(users.answered, 'old');
}

/** Way 4, everything back. */
async function everythingBack({ moves: { three } }: World): Promise<void> {
  if (three === undefined) throw new Error('there is no such move');
  const { told, users } = three;
  await migrate(three);
  const question = await told.ask('/rollback three with scenario=day-later', 'Bring the data back');
  expect(question.text).toMatch(/rows \(LiteLLM_SpendLogs \d+, LiteLLM_UserTable 1\)/);
  const board = await told.press(question, 'Bring the data back', 'Approve');
  await told.tap(board, 'Approve');
  expect(await told.end(board)).toMatch(/^✅/u);
  await served(users.answered, 'old');
  await users.stop();
  await expectWhole(three.old, users.answered);
  const expected = [...stages, back.stopped, back.whole, back.starts, back.dns, back.done];
  await eventually(() => told.stages(expected).length >= expected.length);
  expect(told.stages(expected)).toEqual(expected);
}

/** Way 4, the loss accepted. */
async function lossAccepted({ moves: { four } }: World): Promise<void> {
  if (four === undefined) throw new Error('there is no such move');
  const { told, users } = four;
  await migrate(four);
  const question = await told.ask('/rollback four with scenario=day-later', 'Accept the loss');
  const board = await told.press(question, 'Accept the loss', 'Approve');
  await told.tap(board, 'Approve');
  await told.tap(board, 'Done', ['bob']);
  expect(await told.end(board)).toMatch(/^✅/u);
  await served(users.answered, 'old');
  await users.stop();
  const of = (server: 'old' | 'new'): readonly string[] => [...users.answered].flatMap(([id, by]) => (by === server ? [id] : []));
  const ids = await logged(four.old);
  expect(ids).toEqual(expect.arrayContaining([...of('old')]));
  expect(ids.filter((id) => of('new').includes(id))).toEqual([]);
  expect(await told.file('not-brought-back.md')).toContain('LiteLLM_SpendLogs');
}

test('a service comes back right after the switch, and a day later with everything or with the loss accepted', async () => {
  const world = await startWorld({ one: 'ru', three: 'en', four: 'en' });
  const ends = await Promise.allSettled([rightAfter(world), everythingBack(world), lossAccepted(world)]);
  expect(ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as Error] : []))).toEqual([]);
});
