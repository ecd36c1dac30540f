import type { AlterEnumStmt, CreateStmt, CreateTableAsStmt, IndexStmt } from 'libpg-query';
import { type Reading, nameList, qualified } from './effect-list.js';
import { columnKey, columnsKey, tableKey } from './effects.js';
import { constraintsOf, hasDefault, indexColumns, keyOfIndex } from './table-parts.js';

/** `CREATE TABLE`: the table, and as its details the columns. */
export function classifyCreateTable(statement: CreateStmt, { list, schema: place }: Reading): void {
  const schema = statement.relation?.schemaname ?? place;
  const name = statement.relation?.relname ?? '';
  const mayBe = statement.if_not_exists === true;
  list.creates({ kind: 'table', schema, name }, { mayBe });
  for (const element of statement.tableElts ?? []) {
    if ('ColumnDef' in element) {
      list.creates({ kind: 'column', schema, of: name, name: element.ColumnDef.colname ?? '' }, { mayBe, detail: true });
      if (hasDefault(element.ColumnDef)) list.creates({ kind: 'default', schema, of: name, name: element.ColumnDef.colname ?? '' }, { mayBe, detail: true });
    }
    if ('Constraint' in element && element.Constraint.conname !== undefined) {
      list.creates({ kind: 'constraint', schema, of: name, name: element.Constraint.conname }, { mayBe, detail: true, columns: nameList(element.Constraint.fk_attrs ?? element.Constraint.keys) });
    }
    if ('TableLikeClause' in element || ('ColumnDef' in element && constraintsOf(element.ColumnDef).some(({ contype }) => contype === 'CONSTR_CHECK'))) list.leavesNoTrace();
  }
}

/** `CREATE TABLE … AS` and `CREATE MATERIALIZED VIEW`. */
export function classifyCreateTableAs(statement: CreateTableAsStmt, { list, schema }: Reading): void {
  const relation = statement.into?.rel;
  list.creates({ kind: statement.objtype === 'OBJECT_MATVIEW' ? 'view' : 'table', schema: relation?.schemaname ?? schema, name: relation?.relname ?? '' }, { mayBe: statement.if_not_exists === true });
  list.leavesNoTrace();
}

/** `CREATE INDEX`. */
export function classifyIndex(statement: IndexStmt, { list, known, schema: place }: Reading): void {
  const schema = statement.relation?.schemaname ?? place;
  const table = statement.relation?.relname ?? '';
  const name = statement.idxname ?? '';
  const columns = indexColumns(statement);
  if (statement.concurrent === true) list.leavesTransaction();
  if (name === '') list.leavesNoTrace();
  else list.creates({ kind: 'index', schema, of: table, name }, { mayBe: statement.if_not_exists === true, columns: columns.flatMap((column) => (column === undefined ? [] : [column])) });
  if (statement.unique !== true || known.newTables.has(tableKey(schema, table))) return;
  const added = columns.map((column) => (column === undefined ? undefined : known.newColumns.get(columnKey(schema, table, column))));
  // Of new columns alone: older INSERTs leave them NULL, or at a value of their own; the same value each time meets itself.
  if (added.every((column) => column !== undefined) && !added.every((column) => column.filled === 'constant')) return;
  const key = keyOfIndex(statement).columns;
  if (key !== undefined && known.olderUnique.has(columnsKey(schema, table, key))) return;
  list.caution(`it adds unique index "${name}" to "${table}"; older code may write what it refuses`);
}

/** `ALTER TYPE … ADD VALUE` and `RENAME VALUE`. */
export function classifyEnum(statement: AlterEnumStmt, { list, schema: place }: Reading): void {
  const { schema, name } = qualified(nameList(statement.typeName), place);
  const to = statement.newVal ?? '';
  if (statement.oldVal !== undefined) {
    list.removes({ kind: 'enum-value', schema, of: name, name: statement.oldVal });
    list.creates({ kind: 'enum-value', schema, of: name, name: to });
    list.breaking(`it renames value "${statement.oldVal}" of type "${name}"`);
    return;
  }
  list.creates({ kind: 'enum-value', schema, of: name, name: to }, { mayBe: statement.skipIfNewValExists === true });
  list.caution(`type "${name}" has a new value "${to}"; older code may not know it`);
}
