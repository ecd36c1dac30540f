import type pg from 'pg';
import { expect } from 'vitest';
import type { TelegramMessage } from '../../../demo/workspace/telegram/model.js';
import { eventually } from '../../support/eventually.js';
import { runOf } from './chat.js';
import type { Moving } from './world.js';

const hours = async (database: pg.Pool, run: string): Promise<unknown> => {
  const { rows } = await database.query('SELECT phase, ended, round(extract(epoch FROM until_at - from_at) / 3600)::int AS watch, round(extract(epoch FROM keep_until - from_at) / 3600)::int AS keep FROM watches WHERE run_id = $1', [run]);
  return rows[0];
};

/** The end of a migration began its watch: a day of looking, two of keeping the old server, which `status` says and `done` insists on. */
export async function expectWatched({ told, name, locale }: Moving, database: pg.Pool, board: TelegramMessage): Promise<void> {
  const run = runOf(board);
  await eventually(async () => {
    expect(await hours(database, run)).toEqual({ phase: 'watching', ended: null, watch: 24, keep: 48 });
    return true;
  });
  await told.answerTo('/rollback status', locale === 'ru' ? new RegExp(`${name}: наблюдение после запуска ${run} до .*Старый сервер остаётся до`, 'u') : new RegExp(`${name}: watched after run ${run} until .*The old server stays until`, 'u'));
  await told.answerTo(`/rollback done ${run}`, locale === 'ru' ? /завершать рано/u : /is not done before/u);
}

/** A way back is a run of its own, after the migration's: its end takes the place of the migration's watch, and nothing is kept any more. */
export async function expectReplaced(database: pg.Pool, migration: TelegramMessage, wayBack: TelegramMessage): Promise<void> {
  expect(runOf(wayBack)).not.toBe(runOf(migration));
  await eventually(async () => {
    expect(await hours(database, runOf(migration))).toMatchObject({ phase: 'over', ended: 'replaced' });
    expect(await hours(database, runOf(wayBack))).toEqual({ phase: 'watching', ended: null, watch: 24, keep: null });
    return true;
  });
}
