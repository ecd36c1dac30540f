import type pg from 'pg';
import type { BoardRecord, ButtonMeaning, Store } from '../../src/ports/store.js';
import { asStoreCall } from './pool.js';

type Boards = Pick<Store, 'claimBoard' | 'extendBoardClaim' | 'boardShown' | 'wakeBoards' | 'boardsOf' | 'runAt' | 'saveButtons' | 'buttonMeaning' | 'pageSecret'>;

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

/** As in every statement that wakes a board of the row `boards`. */
const wakeUp = `jsonb_build_object('queue', 'chat', 'do', 'board', 'id', id)`;
const againAfterClaim = `interval '1 second'`;
const millisSince = (column: string): string => `(extract(epoch FROM clock_timestamp() - ${column}) * 1000)::double precision`;

/** Which message shows which run, and what its buttons mean. */
export function boards(pool: pg.Pool): Boards {
  return {
    claimBoard: (id, forMs) => asStoreCall(async () => {
      // The holder may have read the run before what this wake-up is about, and progress has no version by which it would notice.
      const { rows } = await pool.query<BoardRow & { readonly waited: number }>({
        name: 'claim-board',
        text: `WITH claimed AS (
                 UPDATE boards AS b SET claimed_until = clock_timestamp() + $2 * interval '1 millisecond'
                 FROM runs AS r WHERE b.id = $1 AND r.id = b.run_id AND (b.claimed_until IS NULL OR b.claimed_until <= clock_timestamp())
                 RETURNING ${columns}, ${millisSince('r.updated_at')} AS waited),
               busy AS (
                 INSERT INTO outbox (key, wakeup, due_at) SELECT 'board:' || id, ${wakeUp}, clock_timestamp() + ${againAfterClaim}
                 FROM boards WHERE id = $1 AND NOT EXISTS (SELECT FROM claimed) ON CONFLICT DO NOTHING)
               SELECT * FROM claimed`,
        values: [id, forMs],
      });
      return rows[0] === undefined ? undefined : { ...boardRecord(rows[0]), waitedMs: rows[0].waited };
    }),
    extendBoardClaim: (id, forMs) => asStoreCall(async () => {
      await pool.query({ name: 'extend-board-claim', text: `UPDATE boards SET claimed_until = clock_timestamp() + $2 * interval '1 millisecond' WHERE id = $1 AND claimed_until IS NOT NULL`, values: [id, forMs] });
    }),
    boardShown: (id, result) => asStoreCall(async () => {
      const shown = result !== undefined && 'hash' in result ? result : undefined;
      const givenUp = result !== undefined && 'givenUp' in result ? result.givenUp : undefined;
      const { rows } = await pool.query<{ behind: boolean }>({
        name: 'board-shown',
        text: `WITH retry AS (
                 INSERT INTO outbox (key, wakeup, due_at) SELECT 'board:' || id, ${wakeUp}, clock_timestamp() + $6::double precision * interval '1 millisecond'
                 FROM boards WHERE id = $1 AND $6::double precision IS NOT NULL ON CONFLICT DO NOTHING)
               UPDATE boards AS b SET claimed_until = NULL, shown_version = coalesce($2, b.shown_version), shown_hash = coalesce($3, b.shown_hash),
                 message = CASE WHEN $7::boolean THEN NULL ELSE coalesce($4, b.message) END, channel = coalesce($5, b.channel), shown_at = CASE WHEN $3::text IS NULL THEN b.shown_at ELSE clock_timestamp() END
               FROM runs AS r WHERE b.id = $1 AND r.id = b.run_id RETURNING r.version > b.shown_version AS behind`,
        values: [
          id, shown?.version ?? givenUp ?? null, shown?.hash ?? null, shown?.message ?? null, shown?.channel ?? null,
          result !== undefined && 'retryAfterMs' in result ? result.retryAfterMs : null, result !== undefined && 'deleted' in result,
        ],
      });
      return rows[0]?.behind ?? false;
    }),
    wakeBoards: (run) => asStoreCall(async () => {
      await pool.query(
        `INSERT INTO outbox (key, wakeup) SELECT 'board:' || id, jsonb_build_object('queue', 'chat', 'do', 'board', 'id', id) FROM boards WHERE run_id = $1 ORDER BY id ON CONFLICT DO NOTHING`, [run],
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
