import type pg from 'pg';
import type { OutgoingMessage, Store } from '../../src/ports/store.js';
import { asStoreCall, inTransaction } from './pool.js';

type Messages = Pick<Store, 'enqueueMessages' | 'claimMessage' | 'extendMessageClaim' | 'messageSent' | 'moveChat' | 'movedChat' | 'formerChat'>;

/** What still has to be said. A message is claimed, sent, and marked; a crash in between sends it again. */
export function messages(pool: pg.Pool): Messages {
  return {
    enqueueMessages: (wanted) => asStoreCall(() => inTransaction(pool, (client) => insertMessages(client, wanted))),
    claimMessage: (id, forMs) => asStoreCall(async () => {
      const { rows } = await pool.query<{ payload: OutgoingMessage; waited: number }>({
        name: 'claim-message',
        // In the order in which they were said: a message waits until the earlier ones for its channel are sent. Replies have no channel and no order.
        text: `UPDATE messages AS m SET claimed_until = clock_timestamp() + $2 * interval '1 millisecond'
               WHERE id = $1 AND sent_at IS NULL AND (claimed_until IS NULL OR claimed_until <= clock_timestamp())
                 AND NOT EXISTS (SELECT FROM messages AS earlier WHERE earlier.sent_at IS NULL AND earlier.created_at < m.created_at
                   AND earlier.payload #>> '{to,platform}' = m.payload #>> '{to,platform}' AND earlier.payload #>> '{to,channel}' = m.payload #>> '{to,channel}')
               RETURNING payload, (extract(epoch FROM clock_timestamp() - created_at) * 1000)::double precision AS waited`,
        values: [id, forMs],
      });
      return rows[0] === undefined ? undefined : { ...rows[0].payload, waitedMs: rows[0].waited };
    }),
    extendMessageClaim: (id, forMs) => asStoreCall(async () => {
      await pool.query({ name: 'extend-message-claim', text: `UPDATE messages SET claimed_until = clock_timestamp() + $2 * interval '1 millisecond' WHERE id = $1 AND claimed_until IS NOT NULL`, values: [id, forMs] });
    }),
    messageSent: (id, result) => asStoreCall(async () => {
      if ('failed' in result) {
        // Given up is sent as far as the queue is concerned; the reason stays readable.
        await pool.query(
          `WITH ended AS (
             UPDATE messages SET claimed_until = NULL, failed = $2, attempts = attempts + 1, sent_at = CASE WHEN $3::boolean THEN NULL ELSE clock_timestamp() END WHERE id = $1 RETURNING id)
           INSERT INTO outbox (key, wakeup, due_at)
           SELECT 'message:' || id, jsonb_build_object('queue', 'chat', 'do', 'message', 'id', id), clock_timestamp() + $4::double precision * interval '1 millisecond'
           FROM ended WHERE $4::double precision IS NOT NULL ON CONFLICT DO NOTHING`,
          [id, result.failed, result.again, result.again ? (result.retryAfterMs ?? null) : null],
        );
        if (!result.again) await wakeNext(pool, id);
        return;
      }
      await pool.query(
        `UPDATE messages SET claimed_until = NULL, failed = NULL, sent_at = clock_timestamp(), message = $2,
           platform = payload #>> '{to,platform}', channel = payload #>> '{to,channel}' WHERE id = $1`,
        [id, result.message ?? null],
      );
      await wakeNext(pool, id);
    }),
    moveChat: (platform, from, to) => asStoreCall(() => inTransaction(pool, async (client) => {
      await client.query('INSERT INTO moved_chats (platform, old_id, new_id) VALUES ($1, $2, $3) ON CONFLICT (platform, old_id) DO UPDATE SET new_id = excluded.new_id', [platform, from, to]);
      // The messages of the old group stay behind: their ids mean nothing in the new one, so boards that still have something to say are posted there afresh.
      await client.query(
        `WITH moved AS (
           UPDATE boards AS b SET channel = $3, message = NULL, shown_version = 0, shown_hash = NULL
           FROM runs AS r WHERE r.id = b.run_id AND b.platform = $1 AND b.channel = $2 AND (r.phase <> 'ended' OR b.shown_version < r.version) RETURNING b.id)
         INSERT INTO outbox (key, wakeup) SELECT 'board:' || id, jsonb_build_object('queue', 'chat', 'do', 'board', 'id', id) FROM moved ORDER BY id
         ON CONFLICT (key) DO UPDATE SET due_at = least(outbox.due_at, excluded.due_at)`, [platform, from, to],
      );
    })),
    movedChat: (platform, from) => asStoreCall(async () => {
      const { rows } = await pool.query<{ new_id: string }>('SELECT new_id FROM moved_chats WHERE platform = $1 AND old_id = $2', [platform, from]);
      return rows[0]?.new_id;
    }),
    formerChat: (platform, to) => asStoreCall(async () => {
      const { rows } = await pool.query<{ old_id: string }>('SELECT old_id FROM moved_chats WHERE platform = $1 AND new_id = $2', [platform, to]);
      return rows[0]?.old_id;
    }),
  };
}

/** What waited behind this message may be sent now. */
async function wakeNext(pool: pg.Pool, id: string): Promise<void> {
  await pool.query({
    name: 'wake-next-message',
    text: `INSERT INTO outbox (key, wakeup) SELECT 'message:' || next.id, jsonb_build_object('queue', 'chat', 'do', 'message', 'id', next.id)
           FROM messages AS m JOIN messages AS next ON next.sent_at IS NULL
             AND next.payload #>> '{to,platform}' = m.payload #>> '{to,platform}' AND next.payload #>> '{to,channel}' = m.payload #>> '{to,channel}'
           WHERE m.id = $1 ORDER BY next.created_at LIMIT 1 ON CONFLICT DO NOTHING`,
    values: [id],
  });
}

/** Stores messages and what wakes their sender; a known key is left alone. */
export async function insertMessages(client: pg.ClientBase, wanted: readonly OutgoingMessage[]): Promise<void> {
  if (wanted.length === 0) return;
  await client.query(
    `WITH stored AS (
       INSERT INTO messages (id, run_id, payload) SELECT m->>'key', m->>'run', m FROM jsonb_array_elements($1::jsonb) AS m ON CONFLICT DO NOTHING RETURNING id)
     INSERT INTO outbox (key, wakeup) SELECT 'message:' || id, jsonb_build_object('queue', 'chat', 'do', 'message', 'id', id) FROM stored ON CONFLICT DO NOTHING`,
    [JSON.stringify(wanted)],
  );
}
