import type pg from 'pg';
import type { Reply } from '../../src/board/model.js';
import { withoutCode } from '../../src/command/code.js';
import type { Delivery } from '../../src/command/command.js';
import type { Store } from '../../src/ports/store.js';
import { insertMessages } from './messages.js';
import { asStoreCall, inTransaction } from './pool.js';

type Deliveries = Pick<Store, 'acceptDelivery' | 'pendingDelivery' | 'deliveryWaits' | 'finishDelivery' | 'useCode' | 'deliveryOutcome'>;

/** PostgreSQL takes neither NUL nor half a character in a text; a button or a name that holds one must not be tried for ever. */
export function storable(_key: string, value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/\0|\p{Cs}/gu, '\uFFFD') : value;
}

/** Stores the deliveries of the JSON array `from`, made by `deliveryRows`, each with its wake-up: two parts of a WITH, so together or not at all; a copy inserts neither. */
export function insertDeliveries(from: string, where: string): string {
  return `asked AS (INSERT INTO deliveries (id, platform, payload) SELECT d->>'id', d->>'platform', d->'payload' FROM jsonb_array_elements(${from}) AS d WHERE ${where} ON CONFLICT DO NOTHING RETURNING id),
  woken AS (INSERT INTO outbox (key, wakeup) SELECT 'delivery:' || id, jsonb_build_object('queue', 'work', 'do', 'delivery', 'id', id) FROM asked ON CONFLICT DO NOTHING RETURNING key)`;
}

export function deliveryRows(all: readonly Delivery[]): string {
  return JSON.stringify(all.map((delivery) => ({ id: delivery.id, platform: delivery.actor.platform, payload: delivery })), storable);
}

/** What came in from outside, stored before it is acknowledged. */
export function deliveries(pool: pg.Pool): Deliveries {
  return {
    acceptDelivery: (given) => asStoreCall(async () => {
      const delivery = withoutCode(given);
      const { rowCount } = await pool.query({ name: 'accept-delivery', text: `WITH ${insertDeliveries('$1::jsonb', 'true')} SELECT FROM woken`, values: [deliveryRows([delivery])] });
      return rowCount === 1 ? 'stored' : 'copy';
    }),
    pendingDelivery: (id) => asStoreCall(async () => {
      const { rows } = await pool.query<{ payload: Delivery }>({ name: 'pending-delivery', text: 'SELECT payload FROM deliveries WHERE id = $1 AND processed_at IS NULL', values: [id] });
      return rows[0]?.payload;
    }),
    deliveryWaits: (id) => asStoreCall(async () => {
      const { rows } = await pool.query<{ waited: number }>('SELECT (extract(epoch FROM clock_timestamp() - received_at) * 1000)::double precision AS waited FROM deliveries WHERE id = $1', [id]);
      return rows[0]?.waited ?? 0;
    }),
    deliveryOutcome: (id) => asStoreCall(async () => {
      const { rows } = await pool.query<{ outcome: string; reply: Reply | null }>(
        `SELECT d.outcome, m.payload->'reply' AS reply FROM deliveries AS d LEFT JOIN messages AS m ON m.id = 'reply:' || d.id WHERE d.id = $1 AND d.processed_at IS NOT NULL`, [id],
      );
      const row = rows[0];
      return row === undefined ? undefined : { outcome: row.outcome, ...(row.reply === null ? {} : { reply: row.reply }) };
    }),
    useCode: (person, code, delivery) => asStoreCall(async () => {
      await pool.query("DELETE FROM used_codes WHERE used_at < clock_timestamp() - interval '10 minutes'");
      const { rows } = await pool.query<{ delivery_id: string }>(
        `INSERT INTO used_codes (person, code, delivery_id) VALUES ($1, $2, $3) ON CONFLICT (person, code) DO UPDATE SET person = excluded.person RETURNING delivery_id`, [person, code, delivery],
      );
      return rows[0]?.delivery_id === delivery;
    }),
    finishDelivery: (id, outcome, messages) => asStoreCall(() => inTransaction(pool, async (client) => {
      const { rowCount } = await client.query(`UPDATE deliveries SET processed_at = clock_timestamp(), outcome = $2, payload = payload #- '{actor,totp}' WHERE id = $1 AND processed_at IS NULL`, [id, outcome]);
      if (rowCount !== 1) return 'processed';
      await insertMessages(client, messages);
      return 'finished';
    })),
  };
}
