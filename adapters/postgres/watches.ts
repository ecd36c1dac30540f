import type pg from 'pg';
import type { ClaimedRule, WatchRecord, WatchStore } from '../../src/ports/watches.js';
import type { RuleState } from '../../src/watch/judge-rule.js';
import { deliveryRows, insertDeliveries, storable } from './deliveries.js';
import { insertMessages } from './messages.js';
import { asStoreCall, inTransaction } from './pool.js';

const millis = (column: string): string => `(extract(epoch FROM ${column}) * 1000)::double precision`;

interface WatchRow {
  readonly run_id: string;
  readonly target: string;
  readonly kind: WatchRecord['kind'];
  readonly from_at: number;
  readonly until_at: number;
  readonly keep_until: number | null;
  readonly phase: WatchRecord['phase'];
  readonly ended: NonNullable<WatchRecord['ended']> | null;
  readonly version: number;
  readonly rules: readonly { readonly name: string; readonly state: RuleState }[];
  readonly now: number;
}

const selectWatches = `SELECT w.run_id, w.target, w.kind, ${millis('w.from_at')} AS from_at, ${millis('w.until_at')} AS until_at, ${millis('w.keep_until')} AS keep_until, w.phase, w.ended, w.version,
  ${millis('clock_timestamp()')} AS now,
  coalesce((SELECT jsonb_agg(jsonb_build_object('name', r.name, 'state', r.state) ORDER BY r.name) FROM watch_rules AS r WHERE r.run_id = w.run_id), '[]') AS rules FROM watches AS w`;

/** Watches: their schedule, who looks at which rule, and what was seen. */
export function watches(pool: pg.Pool): WatchStore {
  return {
    watchOf: (run) => asStoreCall(async () => {
      const { rows } = await pool.query<WatchRow>(`${selectWatches} WHERE w.run_id = $1`, [run]);
      return rows[0] === undefined ? undefined : toRecord(rows[0]);
    }),
    liveWatches: () => asStoreCall(async () => {
      const { rows } = await pool.query<WatchRow>(`${selectWatches} WHERE w.phase <> 'over' ORDER BY w.from_at, w.run_id`);
      return rows.map(toRecord);
    }),
    claimRules: (limit, leaseMs) => asStoreCall(async () => {
      const { rows } = await pool.query<{ run_id: string; name: string; state: RuleState; token: number; target: string; from_at: number; now: number }>({
        name: 'claim-rules',
        // A clock that went back must not put them off: what was read in the future is due, and a claim that is longer than any is none.
        text: `WITH due AS (SELECT r.run_id, r.name, w.target, w.from_at FROM watch_rules AS r JOIN watches AS w USING (run_id)
            WHERE w.phase = 'watching' AND w.until_at > clock_timestamp() AND (r.next_at <= clock_timestamp() OR (r.state->>'readAt')::double precision > extract(epoch FROM clock_timestamp()) * 1000 + 60000)
              AND (r.claimed_until IS NULL OR r.claimed_until <= clock_timestamp() OR r.claimed_until > clock_timestamp() + 2 * $2 * interval '1 millisecond')
            ORDER BY r.next_at LIMIT $1 FOR UPDATE OF r SKIP LOCKED)
          UPDATE watch_rules AS r SET claimed_until = clock_timestamp() + $2 * interval '1 millisecond', token = r.token + 1 FROM due WHERE r.run_id = due.run_id AND r.name = due.name
          RETURNING r.run_id, r.name, r.state, r.token::integer AS token, due.target, ${millis('due.from_at')} AS from_at, ${millis('clock_timestamp()')} AS now`,
        values: [limit, leaseMs],
      });
      return rows.map((row): ClaimedRule => ({ run: row.run_id, name: row.name, state: row.state, token: row.token, target: row.target, from: Math.floor(row.from_at), now: Math.floor(row.now) }));
    }),
    settleRule: ({ run, name, token }, { state, nextMs, deliveries, messages, added = [] }) => asStoreCall(() => inTransaction(pool, async (client) => {
      // The watch's own row first: whoever ends it waits for this look, or this look comes too late.
      const { rowCount: watching } = await client.query(`SELECT FROM watches WHERE run_id = $1 AND phase = 'watching' FOR SHARE`, [run]);
      if (watching !== 1) return false;
      const { rowCount } = await client.query(
        `UPDATE watch_rules SET state = $4::jsonb, next_at = clock_timestamp() + $5 * interval '1 millisecond', claimed_until = NULL WHERE run_id = $1 AND name = $2 AND token = $3`,
        [run, name, token, JSON.stringify(state, storable), nextMs],
      );
      if (rowCount !== 1) return false;
      if (added.length > 0) await client.query('INSERT INTO watch_rules (run_id, name) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING', [run, added]);
      if (deliveries.length > 0) await client.query(`WITH ${insertDeliveries('$1::jsonb', 'true')} SELECT FROM woken`, [deliveryRows(deliveries)]);
      if (messages.length > 0) await insertMessages(client, messages);
      return true;
    })),
    takeTelling: (place, concern, most, withinMs) => asStoreCall(() => inTransaction(pool, async (client) => {
      const { rows } = await client.query<{ told: boolean; since: number }>(
        `INSERT INTO concerns_told AS t (place, since, concerns) VALUES ($1, date_bin($4 * interval '1 millisecond', clock_timestamp(), 'epoch'), ARRAY[$2])
         ON CONFLICT (place, since) DO UPDATE SET concerns = CASE WHEN $2 = ANY (t.concerns) OR cardinality(t.concerns) >= $3 THEN t.concerns ELSE t.concerns || $2 END
         RETURNING $2 = ANY (concerns) AS told, ${millis('since')} AS since`, [place, concern, most, withinMs],
      );
      const [row] = rows;
      if (row === undefined) throw new Error('an upsert that returns its row returned none');
      await client.query('DELETE FROM concerns_told WHERE place = $1 AND since < to_timestamp($2::double precision / 1000)', [place, row.since]);
      return { told: row.told, since: row.since };
    })),
    dueWatches: (limit) => asStoreCall(async () => {
      const { rows } = await pool.query<WatchRow>(`${selectWatches} WHERE w.next_at <= clock_timestamp() ORDER BY w.next_at LIMIT $1`, [limit]);
      return rows.map((row) => ({ ...toRecord(row), now: Math.floor(row.now) }));
    }),
    changeWatch: (run, version, { phase, ended, nextAt }, messages) => asStoreCall(() => inTransaction(pool, async (client) => {
      const { rowCount } = await client.query(
        `UPDATE watches SET phase = $3, ended = coalesce($4, ended), next_at = to_timestamp($5::double precision / 1000.0), version = version + 1 WHERE run_id = $1 AND version = $2`,
        [run, version, phase, ended ?? null, nextAt ?? null],
      );
      if (rowCount !== 1) return false;
      if (messages.length > 0) await insertMessages(client, messages);
      return true;
    })),
  };
}

function toRecord(row: WatchRow): WatchRecord {
  return {
    run: row.run_id, target: row.target, kind: row.kind, from: Math.floor(row.from_at), until: Math.floor(row.until_at), phase: row.phase, version: row.version, rules: row.rules,
    ...(row.keep_until === null ? {} : { keepUntil: Math.floor(row.keep_until) }), ...(row.ended === null ? {} : { ended: row.ended }),
  };
}
