import { z } from 'zod';
import type { TargetDatabase } from '../../../../src/ports/target-database.js';
import { ActionError } from '../../action-error.js';
import { quoted } from '../restore-sql.js';
import type { CarriedTable } from './carried-table.js';
import { type CaseCounts, countCase, noCases } from './count-cases.js';
import { type RowVerdict, judgeRow } from './judge-row.js';
import { type StreamBase, streamRows } from './key-stream.js';
import { type RowPair, mergeRows } from './merge-rows.js';
import type { PutBack } from './put-back.js';
import { keyIs, readRows, rowsOf } from './row-sql.js';

/** Which rows count as changed, on each server. */
export interface CarryBase {
  readonly from: StreamBase;
  readonly to: StreamBase;
}

export interface Sides {
  readonly from: TargetDatabase;
  readonly to: TargetDatabase;
}

/** Rows on their way: no more of them than this, nor more bytes, are in planb's memory. A single row is as large as it is. */
const batch = { rows: 500, bytes: 4 * 1024 * 1024 } as const;

/** Both sides of a table, row by row. */
export function pairsOf({ from, to }: Sides, table: CarriedTable, base: CarryBase | undefined): AsyncGenerator<RowPair> {
  const { key, columns, onConflict } = table;
  const newestBy = typeof onConflict === 'object' ? onConflict['newest-by'] : undefined;
  return mergeRows(streamRows(from, { shape: table.from, key, columns, newestBy, base: base?.from }), streamRows(to, { shape: table.to, key, columns, newestBy, base: base?.to }));
}

/**
 * Looks at every row of the table on both servers and puts what has to be written beside it, in a temporary table of the old server; what will be overwritten is saved. Nothing of the table itself changes here.
 * Throws ActionError `conflicts` where the policy is to fail.
 */
export async function stageRows(sides: Sides, { table, place, base, putBack, tell }: { readonly table: CarriedTable; readonly place: number; readonly base: CarryBase | undefined; readonly putBack: PutBack; readonly tell: (looked: number) => void }): Promise<CaseCounts> {
  const columns = table.columns.map(({ name }) => quoted(name)).join(', ');
  await sides.to.query(`CREATE TEMPORARY TABLE ${stage(place)} ON COMMIT DROP AS SELECT ''::text AS "planb deed", ${columns} FROM ${table.to.source} WITH NO DATA`);
  const counts = noCases();
  let waiting: Waiting = nobody();
  let looked = 0;
  const flush = async (): Promise<void> => {
    await write(sides, { table, place, putBack }, waiting);
    waiting = nobody();
  };
  for await (const pair of pairsOf(sides, table, base)) {
    const verdict = judgeRow(pair, table);
    countCase(counts, verdict);
    add(waiting, pair, verdict);
    looked += 1;
    if (looked % 10_000 === 0) tell(looked);
    if (waiting.rows >= batch.rows || waiting.bytes >= batch.bytes) await flush();
  }
  await flush();
  if (counts.refused > 0) throw new ActionError('conflicts', conflictSentence(table, counts.refused));
  await sides.to.query(`ANALYZE ${stage(place)}`);
  return counts;
}

export function conflictSentence({ said }: CarriedTable, conflicts: number): string {
  return `${conflicts.toLocaleString('en-US')} ${conflicts === 1 ? 'row' : 'rows'} of ${said} differ between the servers and nothing says which one holds; choose onConflict: keep-old, take-new or newest-by`;
}

interface Waiting {
  readonly insert: string[];
  readonly update: string[];
  readonly delete: string[];
  rows: number;
  bytes: number;
}

function nobody(): Waiting {
  return { insert: [], update: [], delete: [], rows: 0, bytes: 0 };
}

function add(waiting: Waiting, { from, to }: RowPair, { deed }: RowVerdict): void {
  const row = from ?? to;
  if (deed === 'nothing' || row === undefined) return;
  waiting[deed].push(row.key);
  waiting.rows += 1;
  waiting.bytes += (from?.bytes ?? 0) + (to?.bytes ?? 0);
}

async function write({ from, to }: Sides, { table, place, putBack }: { readonly table: CarriedTable; readonly place: number; readonly putBack: PutBack }, waiting: Waiting): Promise<void> {
  const replaced = await readRows(to, table.to, table, waiting.update);
  const deleted = await readRows(to, table.to, table, waiting.delete);
  await putBack.save(table, place, 'replaced', replaced);
  await putBack.save(table, place, 'deleted', deleted);
  await putBack.save(table, place, 'inserted', waiting.insert);
  const rows = { insert: await readRows(from, table.from, table, waiting.insert), update: await readRows(from, table.from, table, waiting.update), delete: deleted };
  for (const deed of ['insert', 'update', 'delete'] as const) {
    if (rows[deed].length > 0) await to.query(`INSERT INTO ${stage(place)} SELECT $2::text, s.* FROM ${rowsOf(table.columns, '$1')} AS s`, [`[${rows[deed].join(',')}]`, deed]);
  }
}

/** What was staged, in one statement a kind: rows of one table may refer to one another. Triggers fire. Throws ActionError `not-all-carried`. */
export async function applyRows(to: TargetDatabase, table: CarriedTable, place: number, counts: CaseCounts): Promise<void> {
  const { name, source } = table.to;
  const columns = table.columns.map((column) => quoted(column.name)).join(', ');
  const others = table.columns.filter((column) => !table.key.includes(column)).map((column) => `${quoted(column.name)} = s.${quoted(column.name)}`).join(', ');
  if (counts.inserted > 0) await writeAll(to, table, counts.inserted, `INSERT INTO ${name} (${columns}) OVERRIDING SYSTEM VALUE SELECT ${columns} FROM ${stage(place)} WHERE "planb deed" = 'insert'`);
  const updates = counts.updated + counts.overwritten;
  if (updates > 0) await writeAll(to, table, updates, `UPDATE ${source} AS t SET ${others} FROM ${stage(place)} AS s WHERE s."planb deed" = 'update' AND ${keyIs(table.key)}`);
}

/** Children before their parents, when everything else is written. */
export async function deleteRows(to: TargetDatabase, table: CarriedTable, place: number, counts: CaseCounts): Promise<void> {
  if (counts.deleted > 0) await writeAll(to, table, counts.deleted, `DELETE FROM ${table.to.source} AS t USING ${stage(place)} AS s WHERE s."planb deed" = 'delete' AND ${keyIs(table.key)}`);
}

async function writeAll(to: TargetDatabase, { said, to: { triggers } }: CarriedTable, expected: number, statement: string): Promise<void> {
  const [row] = await to.query(`WITH written AS (${statement} RETURNING 1) SELECT count(*)::int AS rows FROM written`);
  const { rows } = z.object({ rows: z.number() }).parse(row);
  if (rows === expected) return;
  throw new ActionError('not-all-carried', `of ${expected} rows of ${said} the old server took ${rows}${triggers.length === 0 ? '' : ` (its triggers: ${triggers.join(', ')})`}; nothing was carried`);
}

function stage(place: number): string {
  return `pg_temp.planb_carry_${place}`;
}
