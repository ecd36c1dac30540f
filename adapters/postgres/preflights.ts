import type pg from 'pg';
import type { HealthBaseline, PreflightStore } from '../../src/ports/preflights.js';
import { asStoreCall } from './pool.js';

const millis = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::double precision`;

/** Inserts the records of the JSON array `from`; the same step's record is kept once. */
export function insertPreflights(from: string, where: string): string {
  return `INSERT INTO preflights (run_id, step, target, release, digest, moving, git_commit, health, recorded_at)
    SELECT r->>'run', r->>'step', r->>'target', r#>>'{release,name}', coalesce(r#>>'{release,digest}', ''), coalesce((r#>>'{release,moving}')::boolean, false), r->>'commit', r->'health',
           to_timestamp((r->>'recordedAt')::double precision / 1000)
    FROM jsonb_array_elements(${from}) AS r WHERE ${where} ON CONFLICT DO NOTHING`;
}

/** What preflights recorded, and the outages that were seen. */
export function preflights(pool: pg.Pool): PreflightStore {
  return {
    preflightsOf: (target, limit) => asStoreCall(async () => {
      const { rows } = await pool.query<{ run_id: string; step: string; release: string; digest: string; moving: boolean; git_commit: string | null; health: readonly HealthBaseline[]; at: number }>(
        `SELECT run_id, step, release, digest, moving, git_commit, health, ${millis('recorded_at')} AS at FROM preflights WHERE target = $1 ORDER BY recorded_at DESC, run_id LIMIT $2`, [target, limit],
      );
      return rows.map((row) => ({
        target, run: row.run_id, step: row.step, health: row.health, recordedAt: row.at, ...(row.git_commit === null ? {} : { commit: row.git_commit }),
        release: { name: row.release, ...(row.digest === '' ? {} : { digest: row.digest }), ...(row.moving ? { moving: true } : {}) },
      }));
    }),
    outagesOf: (target, from, until) => asStoreCall(async () => {
      const { rows } = await pool.query<{ began: number; ended: number | null; saw: string }>(
        `SELECT ${millis('began_at')} AS began, ${millis('ended_at')} AS ended, saw FROM outages
         WHERE target = $1 AND (ended_at IS NULL OR ended_at >= to_timestamp($2 / 1000.0)) AND began_at <= to_timestamp($3 / 1000.0) ORDER BY began_at`, [target, from, until],
      );
      return rows.map(({ began, ended, saw }) => ({ from: began, saw, ...(ended === null ? {} : { until: ended }) }));
    }),
  };
}
