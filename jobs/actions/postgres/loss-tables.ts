import { z } from 'zod';
import type { TargetDatabase } from '../../../src/ports/target-database.js';
import { ActionError } from '../action-error.js';
import { type ChosenColumn, chooseTimeColumn, zoneOf } from './loss-columns.js';
import { type Dumped } from './loss-since.js';
import { readDatabaseFacts } from './database-facts.js';
import { literal, quoted } from './restore-sql.js';

const columnRow = z.object({ name: z.string(), zoned: z.boolean(), notNull: z.boolean(), fallback: z.string().nullable(), indexed: z.boolean(), position: z.number() });
const tableRow = z.object({ schema: z.string(), table: z.string(), name: z.string(), bytes: z.coerce.number(), columns: z.array(columnRow) });

/** A table, and how the rows that came after a moment are found in it. */
export interface LossTable {
  /** As SQL takes it, schema and quotes included. */
  readonly name: string;
  /** As a person says it: without `public` and quotes. */
  readonly said: string;
  readonly bytes: number;
  /** Undefined: no column says when a row came. */
  readonly by: { readonly column: ChosenColumn; readonly zone?: string; readonly because?: string } | undefined;
}

/** Whatever holds rows of its own; partitions one by one, as a backup's counts have them. */
const listing = `
  SELECT n.nspname::text AS schema, c.relname::text AS table, format('%I.%I', n.nspname, c.relname) AS name, c.relpages::bigint * current_setting('block_size')::bigint AS bytes,
         coalesce((SELECT json_agg(json_build_object('name', a.attname, 'zoned', a.atttypid = 'timestamptz'::regtype, 'notNull', a.attnotnull, 'fallback', pg_get_expr(d.adbin, d.adrelid), 'position', a.attnum,
                     'indexed', EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indkey[0] = a.attnum AND i.indisvalid AND i.indpred IS NULL)))
            FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
           WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid IN ('timestamptz'::regtype, 'timestamp'::regtype)), '[]') AS columns
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
   ORDER BY 1, 2`;

/** The tables and their time columns, found in the catalogue. `wanted`: as people write them, with or without schema and quotes. Throws ActionError `no-such-table`. */
export async function readLossTables(database: TargetDatabase, wanted: readonly string[] | undefined): Promise<readonly LossTable[]> {
  const rows = (await database.query(listing)).map((row) => tableRow.parse(row));
  const [zone] = await database.query(`SELECT current_setting('TimeZone') AS zone`);
  const session = z.object({ zone: z.string() }).parse(zone).zone;
  const prisma = rows.some(({ table }) => table === '_prisma_migrations');
  const tables = rows.map(({ schema, table, name, bytes, columns }): LossTable & { readonly names: readonly string[] } => {
    const column = chooseTimeColumn(columns);
    const said = schema === 'public' ? table : `${schema}.${table}`;
    const written = column === undefined ? undefined : zoneOf(column, { prisma, session });
    return { name, said, bytes, names: [name, said, `${schema}.${table}`, quoted(table)], by: column === undefined ? undefined : { column, ...written } };
  });
  if (wanted === undefined) return tables;
  return wanted.map((asked) => {
    const found = tables.find(({ names }) => names.includes(asked));
    if (found === undefined) throw new ActionError('no-such-table', `there is no table ${asked}; tables of other schemas than public are written schema.table`);
    return found;
  });
}

/** The condition for rows that say that they came after the moment (ISO 8601); undefined where none of the columns says it. */
export function sinceCondition({ by }: LossTable, since: string): string | undefined {
  if (by === undefined) return undefined;
  const column = quoted(by.column.name);
  // The column stays bare, so that an index serves.
  return by.zone === undefined ? `${column} > ${literal(since)}::timestamptz` : `${column} > (${literal(since)}::timestamptz AT TIME ZONE ${literal(by.zone)})`;
}

/** The condition for rows that a transaction wrote which the dump may not have: exact but for a few that it has, in every table, changed rows included; every row has to be looked at. */
export function writtenCondition(horizon: string): string {
  return `xmin::text::bigint >= ${horizon}`;
}

/**
 * The dump's horizon, where the rows' own transaction numbers can be compared with it: in the same database of the same cluster, as long as the numbers, which have 32 bits in a row, mean one
 * transaction each.
 */
export async function usableHorizon(database: TargetDatabase, dumped: Dumped | undefined): Promise<string | undefined> {
  if (dumped?.horizon === undefined || !/^\d+$/.test(dumped.horizon)) return undefined;
  const { system, oid } = await readDatabaseFacts(database);
  if (system === null || system !== dumped.system || oid !== dumped.oid) return undefined;
  const [row] = await database.query('SELECT txid_snapshot_xmax(txid_current_snapshot()) < 2147483648 AS once');
  return row?.['once'] === true ? dumped.horizon : undefined;
}
