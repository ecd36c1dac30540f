import { z } from 'zod';
import type { TargetDatabase } from '../../../../src/ports/target-database.js';
import { quoted } from '../restore-sql.js';
import type { ShapeColumn, TableShape } from './table-shape.js';

const streamRow = z.object({ id: z.string(), key: z.string(), hash: z.string(), bytes: z.number(), changed: z.boolean().nullable(), newest: z.string().nullable() });
/**
 * One row as both servers are compared. `id`: 128 bits of SHA-256 of its key, by which the stream is sorted; `key`: a JSON array of texts; `hash`: of its columns; `bytes`: of its columns as text; `changed`: since the base
 * (null: there is none); `newest`: a whole number as text, larger in the newer row (null: the column is).
 */
export type StreamRow = z.output<typeof streamRow>;

/** Rows of this transaction and newer ones changed, but for those that earlier carries wrote. */
export interface StreamBase {
  readonly horizon: string;
  readonly carries: readonly string[];
}

export interface Streamed {
  readonly shape: TableShape;
  readonly key: readonly ShapeColumn[];
  readonly columns: readonly ShapeColumn[];
  readonly base: StreamBase | undefined;
  readonly newestBy: string | undefined;
}

/** Rows that are fetched at a time: two texts of 32 digits each, and the key. */
const batch = 2_000;

/** Settings under which a value has one text on every server. Not the search path: triggers and defaults go by the role's own. */
export const textSettings = [
  'SET LOCAL extra_float_digits = 3', `SET LOCAL DateStyle = 'ISO, YMD'`, 'SET LOCAL IntervalStyle = postgres', `SET LOCAL TimeZone = 'UTC'`, 'SET LOCAL bytea_output = hex', `SET LOCAL lc_monetary = 'C'`, 'SET LOCAL row_security = off',
];

/** For the caller's transaction. A backend that works notices within a second that planb has gone (PostgreSQL 14 and newer); one that waits for the other server is not ended. */
export async function setTextSettings(database: TargetDatabase): Promise<void> {
  for (const setting of textSettings) await database.query(setting);
  await database.query(
    `SELECT set_config(name, value, true) FROM (VALUES ('idle_in_transaction_session_timeout', '0'), ('client_connection_check_interval', '1s'), ('transaction_timeout', '0')) AS wanted(name, value)
      WHERE name IN (SELECT s.name FROM pg_settings s)`,
  );
}

/** The columns of `t` as a JSON array of texts. */
export function asTexts(columns: readonly ShapeColumn[]): string {
  return `to_json(ARRAY[${columns.map(({ name }) => `t.${quoted(name)}::text`).join(', ')}]::text[])::text`;
}

/** Sorted by `id`, within the caller's transaction, at most `batch` rows in memory. */
export async function* streamRows(database: TargetDatabase, streamed: Streamed): AsyncGenerator<StreamRow, undefined> {
  await database.query(`DECLARE planb_rows NO SCROLL CURSOR FOR ${rowsSql(streamed)}`);
  for (;;) {
    const rows = await database.query(`FETCH FORWARD ${batch} FROM planb_rows`);
    for (const row of rows) yield streamRow.parse(row);
    if (rows.length < batch) break;
  }
  await database.query('CLOSE planb_rows');
}

/** OFFSET 0 keeps the planner from hashing after the sort, which would then carry whole rows. */
function rowsSql({ shape, key, columns, base, newestBy }: Streamed): string {
  const hash = (text: string): string => `encode(substring(sha256(convert_to(${text}, 'UTF8')) FROM 1 FOR 16), 'hex')`;
  const newest = columns.find(({ name }) => name === newestBy);
  return `SELECT * FROM (SELECT ${hash('key')} AS id, key, ${hash('content')} AS hash, octet_length(content) AS bytes, changed, newest
            FROM (SELECT ${asTexts(key)} AS key, ${asTexts(columns)} AS content, ${base === undefined ? 'NULL::boolean' : changedSql(base)} AS changed, ${newest === undefined ? 'NULL::text' : newestSql(newest)} AS newest FROM ${shape.source} AS t OFFSET 0) AS texts
          OFFSET 0) AS hashes ORDER BY id COLLATE "C"`;
}

/** The condition on `t` for rows that changed since the base. */
export function changedSql({ horizon, carries }: StreamBase): string {
  const xid = 't.xmin::text::bigint';
  return `${xid} >= ${BigInt(horizon)}${carries.length === 0 ? '' : ` AND ${xid} NOT IN (${carries.map((carry) => String(BigInt(carry))).join(', ')})`}`;
}

function newestSql({ name, orderable }: ShapeColumn): string {
  const column = `t.${quoted(name)}`;
  if (orderable === 'integer') return `${column}::text`;
  // Microseconds; infinity has none.
  return `CASE WHEN isfinite(${column}) THEN round((extract(epoch FROM ${column}) * 1000000)::numeric)::text WHEN ${column} > '2000-01-01' THEN '9223372036854775807' WHEN ${column} IS NOT NULL THEN '-9223372036854775808' END`;
}
