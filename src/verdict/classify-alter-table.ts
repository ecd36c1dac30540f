import type { AlterTableCmd, AlterTableStmt, ColumnDef, Constraint } from 'libpg-query';
import { type EffectList, nameList } from './effect-list.js';
import { type SchemaKnowledge, columnKey, tableKey } from './effects.js';

/** `ALTER TABLE`: each of its parts, as code that does not know the change meets it. */
export function classifyAlterTable(statement: AlterTableStmt, known: SchemaKnowledge, list: EffectList): void {
  const schema = statement.relation?.schemaname;
  const table = statement.relation?.relname ?? '';
  for (const node of statement.cmds ?? []) {
    if ('AlterTableCmd' in node) classifyPart(node.AlterTableCmd, { schema, table, isNew: known.newTables.has(tableKey(schema, table)) }, known, list);
  }
}

interface Table {
  readonly schema: string | undefined;
  readonly table: string;
  readonly isNew: boolean;
}

function classifyPart(part: AlterTableCmd, on: Table, known: SchemaKnowledge, list: EffectList): void {
  const { schema, table } = on;
  const where = `"${table}"`;
  const column = `column "${part.name ?? ''}" of ${where}`;
  const breaks = (text: string): void => {
    if (!on.isNew && !known.newColumns.has(columnKey(schema, table, part.name ?? ''))) list.breaking(text);
  };
  switch (part.subtype) {
    case 'AT_AddColumn':
      if (part.def !== undefined && 'ColumnDef' in part.def) addColumn(part.def.ColumnDef, on, part.missing_ok === true, list);
      return;
    case 'AT_DropColumn':
      list.removes({ kind: 'column', schema, of: table, name: part.name ?? '' });
      breaks(`it drops ${column}`);
      return;
    case 'AT_AlterColumnType':
      breaks(`it changes the type of ${column}; prepared statements of older code fail with "cached plan must not change result type"`);
      return;
    case 'AT_SetNotNull':
      breaks(`it makes ${column} NOT NULL; older code may write NULL`);
      return;
    case 'AT_ColumnDefault':
      if (part.def === undefined) breaks(`it drops the default of ${column}; older INSERTs rely on it`);
      return;
    case 'AT_DropNotNull':
      if (!on.isNew) list.caution(`${column} may be NULL now; older code may not expect that`);
      return;
    case 'AT_AddConstraint':
      if (part.def !== undefined && 'Constraint' in part.def) addConstraint(part.def.Constraint, on, known, list);
      return;
    case 'AT_DropConstraint':
      list.removes({ kind: 'constraint', schema, of: table, name: part.name ?? '' });
      breaks(`it drops constraint "${part.name ?? ''}" of ${where}; an older upsert that names it fails`);
      return;
    case 'AT_EnableRowSecurity':
    case 'AT_ForceRowSecurity':
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
      return;
    default:
      // Everything that is not known to be harmless is shown to the people who vote.
      if (!on.isNew) list.caution(`ALTER TABLE ${where}: ${(part.subtype ?? 'an unknown part').replace(/^AT_/, '')} cannot be judged`);
  }
}

function addColumn(column: ColumnDef, on: Table, mayExist: boolean, list: EffectList): void {
  const name = column.colname ?? '';
  // `IF NOT EXISTS`: its being there proves nothing.
  if (!mayExist) list.creates({ kind: 'column', schema: on.schema, of: on.table, name });
  const kinds = (column.constraints ?? []).flatMap((node) => ('Constraint' in node ? [node.Constraint.contype] : []));
  const type = nameList(column.typeName?.names).at(-1) ?? '';
  const filled = kinds.some((kind) => kind === 'CONSTR_DEFAULT' || kind === 'CONSTR_IDENTITY' || kind === 'CONSTR_GENERATED') || /^(small|big)?serial[248]?$/.test(type);
  const needed = kinds.some((kind) => kind === 'CONSTR_NOTNULL' || kind === 'CONSTR_PRIMARY');
  if (needed && !filled && !on.isNew) list.breaking(`it adds column "${name}" of "${on.table}" NOT NULL without a default; older INSERTs fail`);
}

function addConstraint(constraint: Constraint, on: Table, known: SchemaKnowledge, list: EffectList): void {
  if (constraint.conname !== undefined) list.creates({ kind: 'constraint', schema: on.schema, of: on.table, name: constraint.conname });
  if (on.isNew) return;
  const columns = nameList(constraint.contype === 'CONSTR_FOREIGN' ? constraint.fk_attrs : constraint.keys);
  // A rule about new columns alone meets no older write: they are left at their default.
  if (columns.length > 0 && columns.every((column) => known.newColumns.has(columnKey(on.schema, on.table, column)))) return;
  list.caution(`it adds constraint "${constraint.conname ?? ''}" to "${on.table}"; older code may write what it refuses`);
}
