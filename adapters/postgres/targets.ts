import type pg from 'pg';
import type { Release } from '../../src/plan/plan.js';
import type { ObservedRelease, Store } from '../../src/ports/store.js';
import { asStoreCall } from './pool.js';

type Targets = Pick<Store, 'observe' | 'observedReleases' | 'markBad' | 'saveHeld' | 'heldTargets' | 'saveHealth' | 'healthOf'>;

const millis = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::double precision`;

/** What each target was seen to run, and how its service answered. */
export function targets(pool: pg.Pool): Targets {
  return {
    observe: (target, release) => asStoreCall(() => observe(pool, target, release)),
    observedReleases: (target) => asStoreCall(() => observedReleases(pool, target)),
    markBad: (target, release) => asStoreCall(async () => {
      await pool.query('UPDATE observed_releases SET bad = true WHERE target = $1 AND name = $2', [target, release]);
    }),
    saveHeld: (target, line) => asStoreCall(async () => {
      if (line === undefined) await pool.query('DELETE FROM held_targets WHERE target = $1', [target]);
      else await pool.query('INSERT INTO held_targets (target, line) VALUES ($1, $2) ON CONFLICT (target) DO UPDATE SET line = excluded.line', [target, line]);
    }),
    heldTargets: () => asStoreCall(async () => {
      const { rows } = await pool.query<{ target: string; line: string }>('SELECT target, line FROM held_targets');
      return Object.fromEntries(rows.map((row) => [row.target, row.line]));
    }),
    saveHealth: (target, health) => asStoreCall(async () => {
      // `since` moves only when up turns to down or back; an outage lasts from the one to the other.
      const { rows } = await pool.query<{ turned: boolean }>(
        `WITH before AS (SELECT up FROM target_health WHERE target = $1)
         INSERT INTO target_health AS h (target, up, saw, since, read_at, outage_from)
         VALUES ($1, $2, $3, to_timestamp($4 / 1000.0), to_timestamp($5 / 1000.0), CASE WHEN NOT $2 THEN to_timestamp($4 / 1000.0) END)
         ON CONFLICT (target) DO UPDATE SET saw = excluded.saw, read_at = excluded.read_at, up = excluded.up,
           since = CASE WHEN h.up = excluded.up THEN h.since ELSE excluded.since END,
           outage_from = CASE WHEN h.up AND NOT excluded.up THEN excluded.since ELSE h.outage_from END,
           outage_until = CASE WHEN NOT h.up AND excluded.up THEN excluded.since WHEN h.up AND NOT excluded.up THEN NULL ELSE h.outage_until END
         RETURNING (SELECT up FROM before) IS DISTINCT FROM up AS turned`,
        [target, health.up, health.saw, health.since, health.readAt],
      );
      return rows[0]?.turned ?? false;
    }),
    healthOf: (target) => asStoreCall(async () => {
      const { rows } = await pool.query<{ up: boolean; saw: string; since: number; readAt: number; outage_from: number | null; outage_until: number | null }>(
        `SELECT up, saw, ${millis('since')} AS since, ${millis('read_at')} AS "readAt", ${millis('outage_from')} AS outage_from, ${millis('outage_until')} AS outage_until
         FROM target_health WHERE target = $1`, [target],
      );
      const row = rows[0];
      if (row === undefined) return undefined;
      const { up, saw, since, readAt, outage_from: from, outage_until: until } = row;
      return { up, saw, since, readAt, ...(from === null ? {} : { outage: { from, ...(until === null ? {} : { until }) } }) };
    }),
  };
}

async function observe(pool: pg.Pool, target: string, release: Release): Promise<{ changed: boolean; before?: ObservedRelease }> {
  const [before] = await observedReleases(pool, target);
  await pool.query(
    `INSERT INTO observed_releases (target, name, digest, moving) VALUES ($1, $2, $3, $4)
     ON CONFLICT (target, name, digest) DO UPDATE SET last_seen = clock_timestamp(), moving = excluded.moving`,
    [target, release.name, release.digest ?? '', release.moving ?? false],
  );
  const changed = before === undefined || before.name !== release.name || (before.digest ?? '') !== (release.digest ?? '');
  return before === undefined ? { changed } : { changed, before };
}

/** The one seen last comes first. */
async function observedReleases(pool: pg.Pool, target: string): Promise<readonly ObservedRelease[]> {
  const { rows } = await pool.query<{ name: string; digest: string; moving: boolean; bad: boolean; first: number; last: number }>(
    `SELECT name, digest, moving, bad, ${millis('first_seen')} AS first, ${millis('last_seen')} AS last FROM observed_releases WHERE target = $1 ORDER BY last_seen DESC LIMIT 100`, [target],
  );
  return rows.map((row) => ({
    name: row.name, moving: row.moving, bad: row.bad, firstSeen: row.first, lastSeen: row.last, ...(row.digest === '' ? {} : { digest: row.digest }),
  }));
}
