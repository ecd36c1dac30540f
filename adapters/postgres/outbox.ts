import type pg from 'pg';
import type { Store, WakeUp } from '../../src/ports/store.js';
import { asStoreCall, beginForgettable, inTransaction } from './pool.js';

type Outbox = Pick<Store, 'relayOutbox' | 'overdue' | 'returnWakeUp'>;

type KindOf<W> = W extends WakeUp ? `${W['queue']} ${W['do']}` : never;
/** What this version can publish and handle. Another kind is of a newer planb: its row waits for a process of that version. */
const known: Readonly<Record<KindOf<WakeUp>, true>> = { 'work delivery': true, 'work run': true, 'chat board': true, 'chat message': true };
const knownKinds = Object.keys(known);

/** Carries wake-ups from the transactions that caused them to the queue, and finds again what the queue lost. */
export function outbox(pool: pg.Pool): Outbox {
  return {
    relayOutbox: (limit, publish) => asStoreCall(() => inTransaction(pool, async (client) => {
      const { rows } = await client.query<{ wakeup: WakeUp }>({
        name: 'take-outbox',
        text: `DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE due_at <= clock_timestamp() AND concat_ws(' ', wakeup->>'queue', wakeup->>'do') = ANY ($2) ORDER BY due_at, id LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING wakeup`,
        values: [limit, knownKinds],
      });
      // A crash after publishing and before the commit publishes again, and so does a server that forgets the commit; waking twice does nothing twice.
      if (rows.length > 0) await publish(rows.map((row) => row.wakeup));
      return rows.length;
    }, beginForgettable)),
    returnWakeUp: (wakeUp, delayMs) => asStoreCall(async () => {
      await pool.query(
        `INSERT INTO outbox (key, wakeup, due_at) VALUES ('returned:' || md5($1), $1::jsonb, clock_timestamp() + $2 * interval '1 millisecond') ON CONFLICT DO NOTHING`, [JSON.stringify(wakeUp), delayMs],
      );
    }),
    overdue: (olderThanMs, limit) => asStoreCall(async () => {
      const { rows } = await pool.query<{ wakeup: WakeUp }>({
        name: 'overdue',
        // Live runs and those that ended lately each have an index; all runs of all years have none by their time.
        text: `WITH late AS (SELECT clock_timestamp() - $1 * interval '1 millisecond' AS at),
          recent AS (SELECT id, version, updated_at FROM runs WHERE phase <> 'ended'
            UNION ALL SELECT id, version, updated_at FROM runs WHERE at_rest_since > now() - interval '2 days')
          (SELECT jsonb_build_object('queue', 'work', 'do', 'run', 'id', id) AS wakeup FROM runs
             WHERE phase <> 'ended' AND wake_at <= clock_timestamp() AND (lease_owner IS NULL OR lease_expires_at <= clock_timestamp())
               AND (wake_at > updated_at OR updated_at <= (SELECT at FROM late)) ORDER BY wake_at LIMIT $2)
          UNION ALL
          (SELECT jsonb_build_object('queue', 'work', 'do', 'delivery', 'id', id) FROM deliveries
             WHERE processed_at IS NULL AND received_at <= (SELECT at FROM late) ORDER BY received_at LIMIT $2)
          UNION ALL
          (SELECT jsonb_build_object('queue', 'chat', 'do', 'board', 'id', b.id) FROM recent AS r JOIN boards AS b ON b.run_id = r.id
             WHERE b.shown_version < r.version AND r.updated_at <= (SELECT at FROM late) AND r.updated_at > clock_timestamp() - interval '2 days'
               AND (b.claimed_until IS NULL OR b.claimed_until <= clock_timestamp())
               AND NOT EXISTS (SELECT FROM outbox WHERE key = 'board:' || b.id) ORDER BY r.updated_at LIMIT $2)
          UNION ALL
          (SELECT jsonb_build_object('queue', 'chat', 'do', 'message', 'id', id)
             -- Of each channel the oldest: the others wait for it.
             FROM (SELECT DISTINCT ON (coalesce(payload #>> '{to,platform}' || ' ' || (payload #>> '{to,channel}'), id)) id, created_at, claimed_until
                   FROM messages WHERE sent_at IS NULL ORDER BY coalesce(payload #>> '{to,platform}' || ' ' || (payload #>> '{to,channel}'), id), created_at) AS first
             WHERE created_at <= (SELECT at FROM late) AND (claimed_until IS NULL OR claimed_until <= clock_timestamp())
               AND NOT EXISTS (SELECT FROM outbox WHERE key = 'message:' || first.id) ORDER BY created_at LIMIT $2)`,
        values: [olderThanMs, limit],
      });
      return rows.map((row) => row.wakeup);
    }),
  };
}
