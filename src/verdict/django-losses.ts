import { z } from 'zod';
import { columnId, isSameType, type ReadSql } from './django-effects.js';
import type { DjangoField, DjangoOperation } from './django-graph.js';

/** Something that unapplying touches, under its name in the database now. */
export const touchedSchema = z.strictObject({
  database: z.string(),
  table: z.string(),
  column: z.string().exactOptional(),
  /** `drop`: it goes. `nulls`, `longer`, `retype`: values that do not fit the older column. `refill`: a column comes back that every row needs a value in. */
  how: z.enum(['drop', 'nulls', 'longer', 'retype', 'refill']),
  /** `longer`: characters that fit. */
  limit: z.number().exactOptional(),
  /** `drop` of a column: what a row has that nobody gave a value. */
  default: z.string().exactOptional(),
  /** Rows that it concerns make the reversal itself fail. */
  fails: z.boolean().exactOptional(),
});
export type Touched = z.output<typeof touchedSchema>;

/** What unapplying these operations, given in the order in which they were applied, would drop or rewrite on one database. Later renames are followed. */
export function findTouched(operations: readonly DjangoOperation[], database: string, sql: ReadSql): readonly Touched[] {
  let found: Touched[] = [];
  const add = (one: Omit<Touched, 'database'>): void => { found.push({ database, ...one }); };
  const rename = (table: string, to: string, column?: string, toColumn?: string): void => {
    found = found.map((one) => (one.table !== table || (column !== undefined && one.column !== column) ? one : { ...one, table: to, ...(toColumn === undefined ? {} : { column: toColumn }) }));
  };
  for (const operation of operations) {
    const { kind, table = '', newTable = table, before, after } = operation;
    if (operation.real === false || !operation.databases.includes(database)) continue;
    if (kind === 'CreateModel') for (const one of [table, ...(operation.links ?? [])]) add({ table: one, how: 'drop' });
    if (kind === 'DeleteModel') found = found.filter((one) => one.table !== table);
    if (kind === 'RenameModel' || kind === 'AlterModelTable') rename(table, newTable);
    if (kind === 'AddField') added(table, after, add);
    if (kind === 'RemoveField') {
      const mine = found.some((one) => one.how === 'drop' && one.table === table && (one.column === undefined || one.column === before?.column));
      found = found.filter((one) => !(one.table === table && one.column !== undefined && one.column === before?.column) && one.table !== before?.link);
      if (!mine && before?.column !== undefined && before.fillable === false) add({ table, column: before.column, how: 'refill', fails: true });
    }
    if (kind === 'RenameField' || kind === 'AlterField') {
      if (before?.column !== undefined && after?.column !== undefined) rename(table, table, before.column, after.column);
      if (kind === 'AlterField') for (const one of rewritten(table, before, after)) add(one);
    }
    for (const text of operation.reverseSql ?? []) {
      for (const { kind: what, of, name } of sql.get(text)?.removes ?? []) {
        if (what === 'table') add({ table: name, how: 'drop' });
        if (what === 'column' && of !== undefined) add({ table: of, column: name, how: 'drop' });
      }
    }
  }
  // What lies in a table that goes goes with it.
  const tables = new Set(found.filter(({ how, column }) => how === 'drop' && column === undefined).map(({ table }) => table));
  const kept = found.filter(({ table, column }) => column === undefined || !tables.has(table));
  const columns = new Set(kept.filter(({ how, column }) => how === 'drop' && column !== undefined).map(({ table, column }) => columnId(table, column ?? '')));
  return [...new Map(kept.filter(({ how, table, column }) => how === 'drop' || !columns.has(columnId(table, column ?? ''))).map((one) => [JSON.stringify(one), one])).values()];
}

function added(table: string, after: DjangoField | undefined, add: (one: Omit<Touched, 'database'>) => void): void {
  if (after?.link !== undefined) add({ table: after.link, how: 'drop' });
  if (after?.column !== undefined) add({ table, column: after.column, how: 'drop', ...(after.default === undefined ? {} : { default: after.default }) });
}

/** Values that the newer column takes and the older one does not. */
function* rewritten(table: string, before: DjangoField | undefined, after: DjangoField | undefined): Generator<Omit<Touched, 'database'>> {
  if (before?.column === undefined || after?.column === undefined) return;
  const column = after.column;
  if (before.null === false && after.null === true) yield { table, column, how: 'nulls', ...(before.fillable === true ? {} : { fails: true }) };
  const limit = before.size?.[0];
  if (!isSameType(before, after)) {
    if (typeof limit === 'number' && after.type === 'TextField') yield { table, column, how: 'longer', limit };
    else yield { table, column, how: 'retype' };
  } else if (typeof limit === 'number' && limit < (after.size?.[0] ?? Infinity)) yield { table, column, how: 'longer', limit };
}

/** How many rows of it hold something, as far as it was counted; absent: only whether any does is known. */
export interface Count { readonly rows: number; readonly atLeast: boolean }

/** One loss as people read it before they vote. */
export function sayLoss(touched: Touched, count: Count | undefined): string {
  const where = touched.database === 'default' ? '' : `database ${touched.database}: `;
  const many = count === undefined ? '' : ` ${count.atLeast ? 'at least ' : ''}${count.rows}`;
  const name = touched.column === undefined ? touched.table : columnId(touched.table, touched.column);
  switch (touched.how) {
    case 'drop':
      return touched.column === undefined ? `${where}table ${name} with its${many} ${count?.rows === 1 ? 'row' : 'rows'}` : `${where}column ${name}, filled in${many} ${count?.rows === 1 ? 'row' : 'rows'}`;
    case 'nulls':
      return `${where}empty values of ${name} in${many} rows are replaced`;
    case 'longer':
      return `${where}${many === '' ? '' : `${many.trim()} `}values of ${name} are cut to ${touched.limit ?? '?'} characters`;
    case 'retype':
      return `${where}${many === '' ? '' : `${many.trim()} `}values of ${name} are converted back`;
    case 'refill':
      return `${where}${name} comes back and has no value for${many} rows`;
    default:
      return touched.how satisfies never;
  }
}
