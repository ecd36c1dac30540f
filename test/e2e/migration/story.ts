import { expect } from 'vitest';
import type pg from 'pg';
import type { TelegramMessage } from '../../../demo/workspace/telegram/model.js';
import { eventually } from '../../support/eventually.js';
import { deadline } from './chat.js';
import { rowsBefore } from './move.js';
import type { Moving } from './world.js';

/** What the users' chat reads of a migration, in this order. */
export const stages = {
  en: [
    'Before the move: tests, versions and a rehearsal of the restore', 'The TTL is lowered, the way back is planned', 'Waiting until the team is at hand', 'The old server is stopped, its last backup is taken',
    'The database moves to the new server', 'The new server starts and is checked', 'The first names move to the new server', 'DNS moves to the new server', 'DNS has moved, the service is checked by its public name',
  ],
  ru: [
    'Перед переездом: тесты, версии и репетиция восстановления', 'Снижаем TTL, готовим план отката', 'Ждём, пока команда будет на связи', 'Старый сервер остановлен, снимаем последний бэкап', 'Переносим базу на новый сервер',
    'Запускаем и проверяем новый сервер', 'Переключаем первые имена на новый сервер', 'Переключаем DNS на новый сервер', 'DNS переключён, проверяем сервис по публичному имени',
  ],
} as const;
/** Of them, the one before which a migration has touched no name: everything up to it. */
export const newStarts = 5;

export const back = {
  en: {
    stopped: "Way back: the new server's writers are stopped, its data is backed up", carried: 'Way back: the new rows are carried over', whole: 'Way back: the whole database goes back',
    starts: 'Way back: the old server starts and is checked', dns: 'Way back: DNS moves back to the old server', done: '⚠️ The migration is taken back. The service runs on the old server.',
  },
  ru: {
    stays: 'DNS не переключали; работает старый сервер', starts: 'Откат: запускаем и проверяем старый сервер', dns: 'Откат: возвращаем DNS на старый сервер', done: '⚠️ Откат миграции выполнен. Сервис работает на старом сервере.',
  },
} as const;

const buttons = { en: { approve: 'Approve', here: 'Here' }, ru: { approve: 'Одобрить', here: 'На связи' } } as const;

/** A migration whose plan waits for votes: both people give them, and say that they are at hand. */
export async function begin({ name, locale, told }: Moving, look: (plan: string) => void = () => undefined): Promise<TelegramMessage> {
  const { approve, here } = buttons[locale];
  const board = await told.ask(`/rollback migrate ${name}`, approve);
  look(board.text);
  await told.tap(board, approve);
  await told.tap(board, here);
  return board;
}

/** The whole migration, to its verified end. Returns its board. `look`: what its plan says. */
export async function migrate(move: Moving, look: (plan: string) => void = () => undefined): Promise<TelegramMessage> {
  const { told, users } = move;
  await eventually(() => [...users.answered.values()].includes('old'));
  const board = await begin(move, look);
  expect(await told.end(board)).toMatch(/^✅/u);
  await served(users.answered, 'new');
  return board;
}

/** The users' chat was told these, in this order, and no other stage. */
export async function expectTold({ told }: Moving, expected: readonly string[]): Promise<void> {
  const known = [...Object.values(stages).flat(), ...Object.values(back).flatMap((each) => Object.values(each))];
  await eventually(() => told.stages(known).length >= expected.length, deadline);
  expect(told.stages(known)).toEqual(expected);
}

/** Some more requests are answered by this server. */
export async function served(answered: ReadonlyMap<string, 'old' | 'new'>, by: 'old' | 'new'): Promise<void> {
  const count = (): number => [...answered.values()].filter((server) => server === by).length;
  const before = count();
  await eventually(() => count() > before + 5, deadline);
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
