import { expect } from 'vitest';
import type pg from 'pg';
import type { TelegramMessage } from '../../../demo/workspace/telegram/model.js';
import { eventually } from '../../support/eventually.js';
import { rowsBefore } from './move.js';
import type { Moving } from './world.js';

/** What the users' chat reads of a migration, in this order. */
export const stages = [
  'Before the move: tests, versions and a rehearsal of the restore', 'The TTL is lowered, the way back is planned', 'Waiting until the team is at hand', 'The old server is stopped, its last backup is taken',
  'The database moves to the new server', 'The new server starts and is checked', 'The first names move to the new server', 'DNS moves to the new server', 'DNS has moved, the service is checked by its public name',
];
export const back = {
  stopped: "Way back: the new server's writers are stopped, its data is backed up", carried: 'Way back: the new rows are carried over', whole: 'Way back: the whole database goes back',
  starts: 'Way back: the old server starts and is checked', dns: 'Way back: DNS moves back to the old server', done: '⚠️ The migration is taken back. The service runs on the old server.',
};

/** The whole migration, to its verified end. Returns its board. */
export async function migrate({ name, told, users }: Moving): Promise<TelegramMessage> {
  await eventually(() => [...users.answered.values()].includes('old'));
  const board = await told.ask(`/rollback migrate ${name}`, 'Approve');
  await told.tap(board, 'Approve');
  await told.tap(board, 'Here');
  expect(await told.end(board)).toMatch(/^✅/u);
  await served(users.answered, 'new');
  return board;
}

/** Some more requests are answered by this server. */
export async function served(answered: ReadonlyMap<string, 'old' | 'new'>, by: 'old' | 'new'): Promise<void> {
  const count = (): number => [...answered.values()].filter((server) => server === by).length;
  const before = count();
  await eventually(() => count() > before + 5);
}

export async function logged(pool: pg.Pool): Promise<readonly string[]> {
  const { rows } = await pool.query<{ request_id: string }>('SELECT request_id FROM "LiteLLM_SpendLogs" ORDER BY request_id');
  return rows.map(({ request_id: id }) => id);
}

/** Every request that was answered, and every row from before, is there once, and was charged once. */
export async function expectWhole(pool: pg.Pool, answered: ReadonlyMap<string, unknown>): Promise<void> {
  const ids = await logged(pool);
  const before = Array.from({ length: rowsBefore }, (_none, index) => `before-${index + 1}`);
  expect([...ids]).toEqual([...before, ...answered.keys()].sort((a, b) => (a < b ? -1 : 1)));
  const { rows } = await pool.query<{ spend: number }>(`SELECT spend FROM "LiteLLM_UserTable" WHERE user_id = 'u1'`);
  expect(rows).toEqual([{ spend: ids.length }]);
}
