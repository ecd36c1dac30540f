import type { AlterTableCmd, AlterTableStmt, ColumnDef, Constraint } from 'libpg-query';
import { type Reading, nameList } from './effect-list.js';
import { type NewColumn, columnKey, columnsKey, tableKey } from './effects.js';
import { constraintsOf, filledBy, hasDefault, keyOf, newColumn } from './table-parts.js';

/** `ALTER TABLE`: each of its parts, as code that does not know the change meets it. */
export function classifyAlterTable(statement: AlterTableStmt, reading: Reading): void {
  const schema = statement.relation?.schemaname ?? reading.schema;
  const table = statement.relation?.relname ?? '';
  for (const node of statement.cmds ?? []) {
    if ('AlterTableCmd' in node) classifyPart(node.AlterTableCmd, { schema, table, isNew: reading.known.newTables.has(tableKey(schema, table)) }, reading);
  }
}

interface Table {
  readonly schema: string;
  readonly table: string;
  readonly isNew: boolean;
}

function classifyPart(part: AlterTableCmd, on: Table, reading: Reading): void {
  const { schema, table } = on;
  const { list, known } = reading;
  const name = part.name ?? '';
  const where = `"${table}"`;
  const column = `column "${name}" of ${where}`;
  const added = known.newColumns.get(columnKey(schema, table, name));
  const breaks = (text: string): void => {
    if (!on.isNew && added === undefined) list.breaking(text);
  };
  const mayBe = part.missing_ok === true;
  switch (part.subtype) {
    case 'AT_AddColumn':
      if (part.def !== undefined && 'ColumnDef' in part.def) addColumn(part.def.ColumnDef, on, mayBe, reading);
      return;
    case 'AT_DropColumn':
      list.removes({ kind: 'column', schema, of: table, name }, { mayBe });
      breaks(`it drops ${column}`);
      return;
    case 'AT_AlterColumnType':
      list.leavesNoTrace();
      breaks(`it changes the type of ${column}; prepared statements of older code fail with "cached plan must not change result type"`);
      return;
    case 'AT_SetNotNull':
      list.creates({ kind: 'not-null', schema, of: table, name });
      breaks(`it makes ${column} NOT NULL; older code may write NULL`);
      if (starves(added, on)) list.breaking(`it makes ${column} NOT NULL, and it has no default; older INSERTs, which do not name it, fail`);
      return;
    case 'AT_ColumnDefault':
      // Whether a default is there can be looked for, not which one it is.
      if (filledBy(part.def) === 'not') list.removes({ kind: 'default', schema, of: table, name }, { repeatable: true, detail: true });
      else {
        list.leavesNoTrace();
        list.creates({ kind: 'default', schema, of: table, name }, { repeatable: true, detail: true });
        return;
      }
      breaks(`it drops the default of ${column}; older INSERTs rely on it`);
      if (starves(added, on)) list.breaking(`it drops the default of ${column}, which is NOT NULL; older INSERTs, which do not name it, fail`);
      return;
    case 'AT_DropNotNull':
      list.removes({ kind: 'not-null', schema, of: table, name });
      if (!on.isNew && added === undefined) list.caution(`${column} may be NULL now; older code may not expect that`);
      return;
    case 'AT_AddConstraint':
      if (part.def !== undefined && 'Constraint' in part.def) addConstraint(part.def.Constraint, on, reading);
      return;
    case 'AT_DropConstraint':
      list.removes({ kind: 'constraint', schema, of: table, name }, { mayBe });
      if (!on.isNew) dropConstraint(name, on, reading);
      return;
    case 'AT_DetachPartition':
      list.leavesNoTrace();
      if (!on.isNew) list.breaking(`it detaches a partition from ${where}; older code no longer finds its rows there`);
      return;
    case 'AT_AttachPartition':
      // Its rows are found through the old table as well; those that were in the default partition already were.
      list.leavesNoTrace();
      return;
    case 'AT_EnableRowSecurity':
    case 'AT_ForceRowSecurity':
      list.leavesNoTrace();
      breaks(`it turns row security on for ${where}`);
      return;
    case 'AT_SetStatistics':
    case 'AT_SetStorage':
    case 'AT_SetCompression':
    case 'AT_SetRelOptions':
    case 'AT_ResetRelOptions':
    case 'AT_ValidateConstraint':
    case 'AT_ChangeOwner':
    case 'AT_ClusterOn':
    case 'AT_ReplicaIdentity':
    case 'AT_AddIdentity':
      list.leavesNoTrace();
      return;
    default:
      // Everything that is not known to be harmless is shown to the people who vote.
      list.leavesNoTrace();
      if (!on.isNew) list.caution(`ALTER TABLE ${where}: ${(part.subtype ?? 'an unknown part').replace(/^AT_/, '')} cannot be judged`);
  }
}

/** Older INSERTs do not name a column that they do not know: without a default a NOT NULL one refuses them. As it is after all newer migrations. */
function starves(column: NewColumn | undefined, on: Table): boolean {
  return !on.isNew && column?.needed === true && column.filled === 'not';
}

function addColumn(column: ColumnDef, on: Table, mayBe: boolean, { list, known }: Reading): void {
  const name = column.colname ?? '';
  list.creates({ kind: 'column', schema: on.schema, of: on.table, name }, { mayBe });
  if (hasDefault(column)) list.creates({ kind: 'default', schema: on.schema, of: on.table, name }, { mayBe, detail: true });
  const constraints = constraintsOf(column);
  if (constraints.some(({ contype }) => contype === 'CONSTR_UNIQUE' || contype === 'CONSTR_PRIMARY' || contype === 'CONSTR_FOREIGN' || contype === 'CONSTR_CHECK')) list.leavesNoTrace();
  const own = newColumn(column);
  const last = known.newColumns.get(columnKey(on.schema, on.table, name));
  // A default that a later migration gives makes it good, and a later drop of the column too.
  if (own.needed && own.filled === 'not' && starves(last ?? own, on)) list.breaking(`it adds column "${name}" of "${on.table}" NOT NULL without a default; older INSERTs fail`);
  if (own.filled === 'constant' && !on.isNew && constraints.some(({ contype }) => contype === 'CONSTR_UNIQUE')) {
    list.breaking(`it adds unique column "${name}" of "${on.table}" with one default for all; the second INSERT of older code fails`);
  }
}

function addConstraint(constraint: Constraint, on: Table, { list, known }: Reading): void {
  const name = constraint.conname ?? '';
  const columns = nameList(constraint.contype === 'CONSTR_FOREIGN' ? constraint.fk_attrs : constraint.keys);
  if (name === '') list.leavesNoTrace();
  else list.creates({ kind: 'constraint', schema: on.schema, of: on.table, name }, { columns });
  if (on.isNew) return;
  const added = columns.flatMap((column) => known.newColumns.get(columnKey(on.schema, on.table, column)) ?? []);
  if (constraint.contype === 'CONSTR_PRIMARY' && added.some((column) => starves(column, on))) {
    list.breaking(`it makes a new column without a default part of the primary key of "${on.table}"; older INSERTs fail`);
    return;
  }
  // A rule about new columns alone meets no older write: they are left NULL, or at a default of their own.
  if (added.length > 0 && added.length === columns.length && !meetsConstants(constraint, added)) return;
  const key = keyOf(constraint, on.table)[0];
  // Older code obeys the same rule already, under another name.
  if (key?.kind === 'unique' && key.columns !== undefined && known.olderUnique.has(columnsKey(on.schema, on.table, key.columns))) return;
  list.caution(`it adds constraint "${name}" to "${on.table}"; older code may write what it refuses`);
}

function meetsConstants(constraint: Constraint, columns: readonly NewColumn[]): boolean {
  return constraint.contype === 'CONSTR_UNIQUE' && columns.every(({ filled }) => filled === 'constant');
}

function dropConstraint(name: string, on: Table, { list, known }: Reading): void {
  const key = known.keys.get(tableKey(on.schema, name));
  const what = `constraint "${name}" of "${on.table}"`;
  if (key === undefined) return list.breaking(`it drops ${what}, which may be a key; an older upsert that needs it fails`);
  if (key.kind === 'check') return;
  if (key.kind === 'foreign') return list.caution(`it drops foreign key "${name}" of "${on.table}"; the database no longer refuses or deletes for older code what it did`);
  // A key that only newer migrations know.
  if (key.columns !== undefined && !known.olderUnique.has(columnsKey(on.schema, on.table, key.columns))) return;
  if (key.columns !== undefined && known.uniqueColumns.has(columnsKey(on.schema, on.table, key.columns))) {
    return list.caution(`it drops unique ${what} for another key on the same columns; an older ON CONFLICT ON CONSTRAINT fails`);
  }
  list.breaking(`it drops unique ${what}; an older upsert with ON CONFLICT on its columns fails`);
}
