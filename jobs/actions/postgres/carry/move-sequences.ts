import { z } from 'zod';
import type { TargetDatabase } from '../../../../src/ports/target-database.js';
import { literal, quoted } from '../restore-sql.js';
import type { CarriedTable } from './carried-table.js';
import type { Sides } from './carry-rows.js';

const sequenceRow = z.object({ column: z.string(), whole: z.boolean(), sequence: z.string(), max: z.string() });

// Of identity and serial columns, and of any default that names a sequence. Those that count downwards are left alone.
const listing = `
  SELECT DISTINCT a.attname::text AS column, a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) AS whole, format('%I.%I', n.nspname, s.relname) AS sequence, q.seqmax::text AS max
    FROM pg_attribute a JOIN pg_class s ON s.relkind = 'S' JOIN pg_namespace n ON n.oid = s.relnamespace JOIN pg_sequence q ON q.seqrelid = s.oid
   WHERE a.attrelid = $1::regclass AND q.seqincrement > 0
     AND (EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum AND d.deptype IN ('a', 'i'))
       OR EXISTS (SELECT FROM pg_attrdef f JOIN pg_depend d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid WHERE f.adrelid = a.attrelid AND f.adnum = a.attnum AND d.refclassid = 'pg_class'::regclass AND d.refobjid = s.oid))`;

/**
 * Sets the old server's sequences beyond every number that was given out on either of them: the highest in the table, and where the new server's sequence stands. They never go back, also when the transaction does: that leaves a gap and
 * nothing else. Returns what was set, by sequence.
 */
export async function moveSequences({ from, to }: Sides, { to: shape }: CarriedTable): Promise<Readonly<Record<string, string>>> {
  const moved: Record<string, string> = {};
  const sequences = (await to.query(listing, [shape.name])).map((row) => sequenceRow.parse(row));
  for (const { column, whole, sequence, max } of sequences) {
    const here = await givenOut(to, sequence);
    const there = await givenOut(from, sequence);
    const highest = whole ? await highestOf(to, shape.name, column) : undefined;
    const wanted = [there, highest].reduce((most: bigint | undefined, one) => (one !== undefined && (most === undefined || one > most) ? one : most), undefined);
    if (wanted === undefined || (here !== undefined && here >= wanted)) continue;
    const value = String(wanted > BigInt(max) ? BigInt(max) : wanted);
    await to.query('SELECT setval($1::regclass, $2::bigint)', [sequence, value]);
    moved[sequence] = value;
  }
  return moved;
}

/** The last number that it gave out; undefined: none, or there is no such sequence. */
async function givenOut(database: TargetDatabase, sequence: string): Promise<bigint | undefined> {
  const [found] = await database.query(`SELECT to_regclass(${literal(sequence)}) IS NOT NULL AS there`);
  if (found?.['there'] !== true) return undefined;
  const [row] = await database.query(`SELECT CASE WHEN is_called THEN last_value::text END AS value FROM ${sequence}`);
  return asNumber(row);
}

async function highestOf(to: TargetDatabase, table: string, column: string): Promise<bigint | undefined> {
  const [row] = await to.query(`SELECT max(${quoted(column)})::text AS value FROM ${table}`);
  return asNumber(row);
}

function asNumber(row: unknown): bigint | undefined {
  const { value } = z.object({ value: z.string().nullable() }).parse(row);
  return value === null ? undefined : BigInt(value);
}
