import type pg from 'pg';
import type { Store } from '../../src/ports/store.js';
import { asStoreCall } from './pool.js';

type Progress = Pick<Store, 'saveProgress' | 'progressOf' | 'saveLog' | 'logOf'>;

/** Lines about steps: the transient one on the board, and the kept log. Both arrive masked. */
export function progress(pool: pg.Pool): Progress {
  return {
    saveProgress: (run, step, line) => asStoreCall(async () => {
      await pool.query(
        `WITH saved AS (INSERT INTO progress (run_id, step, line) VALUES ($1, $2, $3) ON CONFLICT (run_id, step) DO UPDATE SET line = excluded.line)
         INSERT INTO outbox (key, wakeup, due_at)
         SELECT 'board:' || id, jsonb_build_object('queue', 'chat', 'do', 'board', 'id', id), clock_timestamp() + interval '1 second' FROM boards WHERE run_id = $1 ORDER BY id
         ON CONFLICT DO NOTHING`, [run, step, line],
      );
    }),
    progressOf: (run) => asStoreCall(async () => {
      const { rows } = await pool.query<{ step: string; line: string }>('SELECT step, line FROM progress WHERE run_id = $1', [run]);
      return Object.fromEntries(rows.map((row) => [row.step, row.line]));
    }),
    saveLog: (run, step, attempt, lines) => asStoreCall(async () => {
      if (lines.length > 0) await pool.query('INSERT INTO step_logs (run_id, step, attempt, lines) VALUES ($1, $2, $3, $4)', [run, step, attempt, lines.join('\n')]);
    }),
    logOf: (run, step, attempt, lastLines) => asStoreCall(async () => {
      const { rows } = await pool.query<{ lines: string }>('SELECT lines FROM step_logs WHERE run_id = $1 AND step = $2 AND attempt = $3 ORDER BY id DESC LIMIT $4', [run, step, attempt, lastLines]);
      return rows.reverse().flatMap((row) => row.lines.split('\n')).slice(-lastLines);
    }),
  };
}
