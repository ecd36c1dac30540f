import type pg from 'pg';
import type { BoardRecord, ButtonMeaning, Store } from '../../src/ports/store.js';
import { asStoreCall } from './pool.js';

type Boards = Pick<Store, 'claimBoard' | 'boardShown' | 'wakeBoards' | 'boardsOf' | 'runAt' | 'saveButtons' | 'buttonMeaning' | 'pageSecret'>;

interface BoardRow {
  readonly id: string;
  readonly run_id: string;
  readonly platform: 'slack' | 'telegram';
  readonly channel: string;
  readonly thread: string | null;
  readonly locale: 'en' | 'ru';
  readonly message: string | null;
  readonly shown_version: number;
  readonly shown_hash: string | null;
}

const columns = 'b.id, b.run_id, b.platform, b.channel, b.thread, b.locale, b.message, b.shown_version, b.shown_hash';

/** Which message shows which run, and what its buttons mean. */
export function boards(pool: pg.Pool): Boards {
  return {
    claimBoard: (id, forMs) => asStoreCall(async () => {
      const { rows } = await pool.query<BoardRow>({
        name: 'claim-board',
        text: `UPDATE boards AS b SET claimed_until = clock_timestamp() + $2 * interval '1 millisecond'
               FROM runs AS r WHERE b.id = $1 AND r.id = b.run_id AND (b.claimed_until IS NULL OR b.claimed_until <= clock_timestamp()) RETURNING ${columns}`,
        values: [id, forMs],
      });
      return rows[0] === undefined ? undefined : boardRecord(rows[0]);
    }),
    boardShown: (id, shown) => asStoreCall(async () => {
      const { rows } = await pool.query<{ behind: boolean }>({
        name: 'board-shown',
        text: `UPDATE boards AS b SET claimed_until = NULL, shown_version = coalesce($2, b.shown_version), shown_hash = coalesce($3, b.shown_hash),
                 message = coalesce($4, b.message), channel = coalesce($5, b.channel), shown_at = CASE WHEN $2::integer IS NULL THEN b.shown_at ELSE clock_timestamp() END
               FROM runs AS r WHERE b.id = $1 AND r.id = b.run_id RETURNING r.version > b.shown_version AS behind`,
        values: [id, shown?.version ?? null, shown?.hash ?? null, shown?.message ?? null, shown?.channel ?? null],
      });
      return rows[0]?.behind ?? false;
    }),
    wakeBoards: (run) => asStoreCall(async () => {
      await pool.query(
        `INSERT INTO outbox (key, wakeup) SELECT 'board:' || id, jsonb_build_object('queue', 'chat', 'do', 'board', 'id', id) FROM boards WHERE run_id = $1 ON CONFLICT DO NOTHING`, [run],
      );
    }),
    boardsOf: (run) => asStoreCall(async () => {
      const { rows } = await pool.query<BoardRow>(`SELECT ${columns} FROM boards AS b WHERE run_id = $1 ORDER BY id`, [run]);
      return rows.map(boardRecord);
    }),
    runAt: ({ platform, channel, message }) => asStoreCall(async () => {
      const { rows } = await pool.query<{ run_id: string }>(
        `SELECT run_id FROM boards WHERE platform = $1 AND channel = $2 AND message = $3
         UNION ALL SELECT run_id FROM messages WHERE platform = $1 AND channel = $2 AND message = $3 AND run_id IS NOT NULL LIMIT 1`, [platform, channel, message],
      );
      return rows[0]?.run_id;
    }),
    pageSecret: () => asStoreCall(async () => {
      const { rows } = await pool.query<{ secret: Buffer }>('SELECT secret FROM page_secret');
      if (rows[0] === undefined) throw new Error('the page secret is missing; the schema is damaged');
      return rows[0].secret;
    }),
    saveButtons: (run, buttons) => asStoreCall(async () => {
      if (buttons.length === 0) return;
      await pool.query(
        `INSERT INTO buttons (id, run_id, meaning) SELECT b->>'id', $1, b->'meaning' FROM jsonb_array_elements($2::jsonb) AS b ON CONFLICT DO NOTHING`,
        [run, JSON.stringify(buttons)],
      );
    }),
    buttonMeaning: (id) => asStoreCall(async () => {
      const { rows } = await pool.query<{ run_id: string; meaning: ButtonMeaning }>('SELECT run_id, meaning FROM buttons WHERE id = $1', [id]);
      return rows[0] === undefined ? undefined : { ...rows[0].meaning, run: rows[0].run_id };
    }),
  };
}

function boardRecord(row: BoardRow): BoardRecord {
  return {
    id: row.id, run: row.run_id, platform: row.platform, channel: row.channel, locale: row.locale, shownVersion: row.shown_version,
    ...(row.thread === null ? {} : { thread: row.thread }), ...(row.message === null ? {} : { message: row.message }), ...(row.shown_hash === null ? {} : { shownHash: row.shown_hash }),
  };
}
