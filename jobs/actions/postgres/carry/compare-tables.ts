import { z } from 'zod';
import { asTexts } from './key-stream.js';
import type { Sides } from './carry-rows.js';
import { type ShapeColumn, type TableShape, findShape } from './table-shape.js';

/** What one table's rows are on one server; `contents`: a sum over the SHA-256 of each row, whatever their order. */
const summaryRow = z.object({ rows: z.coerce.number(), contents: z.string().nullable() });

export interface ComparedTable {
  readonly said: string;
  /** Undefined: there is no such table. */
  readonly from: number | undefined;
  readonly to: number | undefined;
  /** Undefined: they are equal. */
  readonly difference: string | undefined;
}

/** `wanted`: those tables must be on both servers; undefined: all that either of them has. Throws ActionError and TargetDatabaseError. */
export function tablesToCompare(from: readonly TableShape[], to: readonly TableShape[], wanted: readonly string[] | undefined): readonly { readonly said: string; readonly from: TableShape | undefined; readonly to: TableShape | undefined }[] {
  if (wanted !== undefined) return wanted.map((name) => ({ said: findShape(to, name, 'old').said, from: findShape(from, name, 'new'), to: findShape(to, name, 'old') }));
  const whole = (shapes: readonly TableShape[]): ReadonlyMap<string, TableShape> => new Map(shapes.filter(({ partitionOf }) => partitionOf === null).map((shape) => [shape.said, shape]));
  const [a, b] = [whole(from), whole(to)];
  return [...new Set([...a.keys(), ...b.keys()])].sort().map((said) => ({ said, from: a.get(said), to: b.get(said) }));
}

/** Within a transaction on each server; both work at the same time. */
export async function compareTable({ from, to }: Sides, table: ReturnType<typeof tablesToCompare>[number], contents: boolean): Promise<ComparedTable> {
  const { said } = table;
  const columns = contents && table.from !== undefined && table.to !== undefined ? sharedColumns(table.from, table.to) : undefined;
  const summaryOf = async (database: typeof from, shape: TableShape | undefined) => (shape === undefined ? undefined : summaryRow.parse((await database.query(summarySql(shape, columns)))[0]));
  const [a, b] = await Promise.all([summaryOf(from, table.from), summaryOf(to, table.to)]);
  const found = { said, from: a?.rows, to: b?.rows };
  if (a === undefined || b === undefined) return { ...found, difference: a === undefined ? 'is not on the first one' : 'is not on the second one' };
  if (a.rows !== b.rows) return { ...found, difference: `${a.rows.toLocaleString('en-US')} and ${b.rows.toLocaleString('en-US')} rows` };
  if (contents && columns === undefined) return { ...found, difference: 'has other columns' };
  return { ...found, difference: a.contents === b.contents ? undefined : `${a.rows.toLocaleString('en-US')} rows on both, with other contents` };
}

/** Undefined: they differ. What is generated follows from the others. */
function sharedColumns(from: TableShape, to: TableShape): readonly ShapeColumn[] | undefined {
  const sorted = ({ columns }: TableShape): readonly ShapeColumn[] => columns.filter(({ generated }) => !generated).sort((x, y) => (x.name < y.name ? -1 : 1));
  const [a, b] = [sorted(from), sorted(to)];
  return a.length === b.length && a.every(({ name, type }, index) => b[index]?.name === name && b[index].type === type) ? a : undefined;
}

function summarySql(shape: TableShape, columns: readonly ShapeColumn[] | undefined): string {
  if (columns === undefined) return `SELECT count(*) AS rows, NULL::text AS contents FROM ${shape.source}`;
  const half = (place: number): string => `coalesce(sum(('x' || substr(hash, ${place}, 16))::bit(64)::bigint::numeric), 0)::text`;
  return `SELECT count(*) AS rows, concat_ws(':', ${[1, 17, 33, 49].map(half).join(', ')}) AS contents FROM (SELECT encode(sha256(convert_to(${asTexts(columns)}, 'UTF8')), 'hex') AS hash FROM ${shape.source} AS t) AS hashes`;
}
