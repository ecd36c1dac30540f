import type { DropStmt, IndexStmt, Node, ParseResult, RenameStmt } from 'libpg-query';
import { classifyAlterTable } from './classify-alter-table.js';
import { type EffectList, collectEffects, nameList, qualified } from './effect-list.js';
import { type MigrationEffects, type SchemaKnowledge, type SchemaObject, columnKey, tableKey } from './effects.js';

/**
 * Reads PostgreSQL's own parse tree of a migration: what it creates and removes, and what the older release's code will meet. Pure; a statement that is not known to be
 * harmless becomes a caution, never silence. Rules: facts.md, "Additive can still break old code".
 */
export function classifyMigration(tree: ParseResult, known: SchemaKnowledge): MigrationEffects {
  const list = collectEffects();
  for (const { stmt } of tree.stmts ?? []) if (stmt !== undefined) classifyStatement(stmt, known, list);
  return list.finish();
}

/** What all newer migrations together bring, and which indexes any shipped migration declares: gathered before anything is classified. */
export function gatherKnowledge(newer: readonly ParseResult[], shipped: readonly ParseResult[]): SchemaKnowledge {
  const newTables = new Set<string>();
  const newColumns = new Set<string>();
  const indexes = new Map<string, 'unique' | 'plain'>();
  for (const node of newer.flatMap(statements)) {
    if ('CreateStmt' in node && node.CreateStmt.if_not_exists !== true) newTables.add(tableKey(node.CreateStmt.relation?.schemaname, node.CreateStmt.relation?.relname ?? ''));
    if (!('AlterTableStmt' in node)) continue;
    const { relation, cmds } = node.AlterTableStmt;
    for (const part of cmds ?? []) {
      if (!('AlterTableCmd' in part) || part.AlterTableCmd.subtype !== 'AT_AddColumn') continue;
      const { def } = part.AlterTableCmd;
      if (def !== undefined && 'ColumnDef' in def) newColumns.add(columnKey(relation?.schemaname, relation?.relname ?? '', def.ColumnDef.colname ?? ''));
    }
  }
  for (const node of shipped.flatMap(statements)) {
    if ('IndexStmt' in node) indexes.set(node.IndexStmt.idxname ?? '', node.IndexStmt.unique === true ? 'unique' : 'plain');
  }
  return { newTables, newColumns, indexes };
}

function statements(tree: ParseResult): readonly Node[] {
  return (tree.stmts ?? []).flatMap(({ stmt }) => stmt ?? []);
}

function classifyStatement(node: Node, known: SchemaKnowledge, list: EffectList): void {
  if ('CreateStmt' in node) {
    const { relation, if_not_exists: mayExist } = node.CreateStmt;
    if (mayExist !== true) list.creates({ kind: 'table', schema: relation?.schemaname, name: relation?.relname ?? '' });
  } else if ('AlterTableStmt' in node) {
    if (node.AlterTableStmt.objtype === 'OBJECT_TABLE') classifyAlterTable(node.AlterTableStmt, known, list);
    else list.caution(`it alters ${kindName(node.AlterTableStmt.objtype)} "${node.AlterTableStmt.relation?.relname ?? ''}"`);
  } else if ('IndexStmt' in node) createIndex(node.IndexStmt, known, list);
  else if ('DropStmt' in node) dropObjects(node.DropStmt, known, list);
  else if ('RenameStmt' in node) rename(node.RenameStmt, known, list);
  else if ('CreateEnumStmt' in node) list.creates({ kind: 'type', ...qualified(nameList(node.CreateEnumStmt.typeName)) });
  else if ('CompositeTypeStmt' in node) list.creates({ kind: 'type', schema: node.CompositeTypeStmt.typevar?.schemaname, name: node.CompositeTypeStmt.typevar?.relname ?? '' });
  else if ('AlterEnumStmt' in node) alterEnum(node.AlterEnumStmt, list);
  else if ('CreateSeqStmt' in node) {
    const { sequence, if_not_exists: mayExist } = node.CreateSeqStmt;
    if (mayExist !== true) list.creates({ kind: 'sequence', schema: sequence?.schemaname, name: sequence?.relname ?? '' });
  } else if ('ViewStmt' in node) {
    const { view, replace } = node.ViewStmt;
    if (replace === true) list.caution(`it replaces view "${view?.relname ?? ''}"`);
    else list.creates({ kind: 'view', schema: view?.schemaname, name: view?.relname ?? '' });
  } else if ('CreateSchemaStmt' in node) {
    if (node.CreateSchemaStmt.if_not_exists !== true) list.creates({ kind: 'schema', name: node.CreateSchemaStmt.schemaname ?? '' });
  } else if ('CreateExtensionStmt' in node) {
    if (node.CreateExtensionStmt.if_not_exists !== true) list.creates({ kind: 'extension', name: node.CreateExtensionStmt.extname ?? '' });
  } else if ('CreateFunctionStmt' in node) {
    const name = qualified(nameList(node.CreateFunctionStmt.funcname));
    if (node.CreateFunctionStmt.replace === true) list.caution(`it creates or replaces function "${name.name}"`);
    else list.creates({ kind: 'function', ...name });
  } else if ('AlterObjectSchemaStmt' in node) list.breaking(`it moves ${kindName(node.AlterObjectSchemaStmt.objectType)} "${node.AlterObjectSchemaStmt.relation?.relname ?? ''}" to schema "${node.AlterObjectSchemaStmt.newschema ?? ''}"`);
  else if ('TransactionStmt' in node) list.leavesTransaction();
  else if ('VacuumStmt' in node || 'CommentStmt' in node || 'GrantStmt' in node || 'VariableSetStmt' in node || 'SelectStmt' in node) return;
  else classifyRest(node, list);
}

/** Statements whose effect on older code only a person can judge. */
function classifyRest(node: Node, list: EffectList): void {
  if ('InsertStmt' in node) list.caution(`it inserts rows into "${node.InsertStmt.relation?.relname ?? ''}"`);
  else if ('UpdateStmt' in node) list.caution(`it updates rows of "${node.UpdateStmt.relation?.relname ?? ''}"`);
  else if ('DeleteStmt' in node) list.caution(`it deletes rows of "${node.DeleteStmt.relation?.relname ?? ''}"`);
  else if ('TruncateStmt' in node) list.caution('it truncates tables');
  else if ('DoStmt' in node) {
    // Code in a block may commit, and what it does is not in the tree.
    list.leavesTransaction();
    list.caution('a DO block cannot be judged');
  } else if ('CreateTrigStmt' in node) list.caution(`it adds trigger "${node.CreateTrigStmt.trigname ?? ''}" to "${node.CreateTrigStmt.relation?.relname ?? ''}"`);
  else if ('CallStmt' in node) {
    list.leavesTransaction();
    list.caution('a CALL cannot be judged');
  } else list.caution(`${(Object.keys(node)[0] ?? 'a statement').replace(/Stmt$/, '')} cannot be judged`);
}

function createIndex(statement: IndexStmt, known: SchemaKnowledge, list: EffectList): void {
  const schema = statement.relation?.schemaname;
  const table = statement.relation?.relname ?? '';
  const name = statement.idxname ?? '';
  if (statement.concurrent === true) list.leavesTransaction();
  if (statement.if_not_exists !== true && name !== '') list.creates({ kind: 'index', schema, name });
  if (statement.unique !== true || known.newTables.has(tableKey(schema, table))) return;
  const columns = (statement.indexParams ?? []).map((node) => ('IndexElem' in node ? node.IndexElem.name : undefined));
  const allNew = columns.every((column) => column !== undefined && known.newColumns.has(columnKey(schema, table, column)));
  if (!allNew) list.caution(`it adds unique index "${name}" to "${table}"; older code may write what it refuses`);
}

function alterEnum(statement: { readonly typeName?: Node[]; readonly oldVal?: string; readonly newVal?: string; readonly skipIfNewValExists?: boolean }, list: EffectList): void {
  const { schema, name } = qualified(nameList(statement.typeName));
  if (statement.oldVal !== undefined) {
    list.removes({ kind: 'enum-value', schema, of: name, name: statement.oldVal });
    list.breaking(`it renames value "${statement.oldVal}" of type "${name}"`);
    return;
  }
  if (statement.skipIfNewValExists !== true) list.creates({ kind: 'enum-value', schema, of: name, name: statement.newVal ?? '' });
  list.caution(`type "${name}" has a new value "${statement.newVal ?? ''}"; older code may not know it`);
}

const droppedKinds: Readonly<Partial<Record<string, SchemaObject['kind']>>> = {
  OBJECT_TABLE: 'table', OBJECT_VIEW: 'view', OBJECT_MATVIEW: 'view', OBJECT_SEQUENCE: 'sequence', OBJECT_INDEX: 'index', OBJECT_TYPE: 'type', OBJECT_SCHEMA: 'schema', OBJECT_EXTENSION: 'extension', OBJECT_FUNCTION: 'function',
};

function dropObjects(statement: DropStmt, known: SchemaKnowledge, list: EffectList): void {
  const kind = droppedKinds[statement.removeType ?? ''];
  if (statement.concurrent === true) list.leavesTransaction();
  for (const object of statement.objects ?? []) {
    const { schema, name } = qualified(namesOf(object));
    if (kind !== undefined) list.removes({ kind, schema, name });
    if (kind === 'table' && known.newTables.has(tableKey(schema, name))) continue;
    if (kind === 'index') dropIndex(name, known, list);
    else list.breaking(`it drops ${kindName(statement.removeType)} "${name}"`);
  }
}

/** The key of an older upsert may be what goes: "no unique or exclusion constraint matching the ON CONFLICT specification". */
function dropIndex(name: string, known: SchemaKnowledge, list: EffectList): void {
  if (known.indexes.get(name) === 'plain') return;
  const unique = known.indexes.get(name) === 'unique';
  list.breaking(`it drops ${unique ? 'unique index' : 'index'} "${name}"${unique ? '' : ', which may be unique'}; an older upsert with ON CONFLICT on its columns fails`);
}

function rename(statement: RenameStmt, known: SchemaKnowledge, list: EffectList): void {
  const schema = statement.relation?.schemaname;
  const table = statement.relation?.relname ?? '';
  const to = statement.newname ?? '';
  switch (statement.renameType) {
    case 'OBJECT_INDEX':
      // No code names an index.
      list.removes({ kind: 'index', schema, name: table });
      list.creates({ kind: 'index', schema, name: to });
      return;
    case 'OBJECT_TABCONSTRAINT':
      list.removes({ kind: 'constraint', schema, of: table, name: statement.subname ?? '' });
      list.creates({ kind: 'constraint', schema, of: table, name: to });
      list.caution(`it renames constraint "${statement.subname ?? ''}" of "${table}"; an older ON CONFLICT ON CONSTRAINT fails`);
      return;
    case 'OBJECT_COLUMN':
      list.removes({ kind: 'column', schema, of: table, name: statement.subname ?? '' });
      list.creates({ kind: 'column', schema, of: table, name: to });
      if (!known.newTables.has(tableKey(schema, table))) list.breaking(`it renames column "${statement.subname ?? ''}" of "${table}" to "${to}"`);
      return;
    case 'OBJECT_TABLE':
      list.removes({ kind: 'table', schema, name: table });
      list.creates({ kind: 'table', schema, name: to });
      if (!known.newTables.has(tableKey(schema, table))) list.breaking(`it renames table "${table}" to "${to}"`);
      return;
    default:
      list.breaking(`it renames ${kindName(statement.renameType)} "${table || (statement.subname ?? '')}" to "${to}"`);
  }
}

function namesOf(object: Node): readonly string[] {
  if ('List' in object) return nameList(object.List.items);
  if ('TypeName' in object) return nameList(object.TypeName.names);
  if ('ObjectWithArgs' in object) return nameList(object.ObjectWithArgs.objname);
  return nameList([object]);
}

function kindName(kind: string | undefined): string {
  return (kind ?? 'object').replace(/^OBJECT_/, '').toLowerCase();
}
