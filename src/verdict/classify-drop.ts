import type { DropStmt, Node, RenameStmt } from 'libpg-query';
import { type Reading, kindName, nameList, qualified } from './effect-list.js';
import { type NewColumn, type SchemaObject, columnKey, columnsKey, tableKey } from './effects.js';

const droppedKinds: Readonly<Partial<Record<string, SchemaObject['kind']>>> = {
  OBJECT_TABLE: 'table', OBJECT_VIEW: 'view', OBJECT_MATVIEW: 'view', OBJECT_SEQUENCE: 'sequence', OBJECT_INDEX: 'index', OBJECT_TYPE: 'type', OBJECT_SCHEMA: 'schema', OBJECT_EXTENSION: 'extension', OBJECT_FUNCTION: 'function',
};

/** `DROP …`. */
export function classifyDrop(statement: DropStmt, reading: Reading): void {
  const { list, known } = reading;
  const kind = droppedKinds[statement.removeType ?? ''];
  if (statement.concurrent === true) list.leavesTransaction();
  for (const object of statement.objects ?? []) {
    const parts = namesOf(object);
    const { schema, name } = qualified(parts, reading.schema);
    const mayBe = statement.missing_ok === true;
    if (kind === undefined || kind === 'function') list.leavesNoTrace();
    else if (kind === 'schema' || kind === 'extension') list.removes({ kind, name }, { mayBe });
    else list.removes({ kind, schema, name }, { mayBe });
    // Triggers, policies and rules are named with their table before them: a new one's are unknown to older code.
    const table = kind === undefined && parts.length > 1 ? tableKey(parts.at(-3) ?? reading.schema, parts.at(-2) ?? '') : tableKey(schema, name);
    if ((kind === 'table' || kind === undefined) && known.newTables.has(table)) continue;
    if (kind === 'index') dropIndex(schema, name, reading);
    else list.breaking(`it drops ${kindName(statement.removeType)} "${name}"`);
  }
}

/** The key of an older upsert may be what goes: "no unique or exclusion constraint matching the ON CONFLICT specification". */
function dropIndex(schema: string, name: string, { list, known }: Reading): void {
  const key = known.keys.get(tableKey(schema, name));
  if (key === undefined) return list.breaking(`it drops index "${name}", which may be unique; an older upsert with ON CONFLICT on its columns fails`);
  if (key.kind !== 'unique' || known.newTables.has(tableKey(schema, key.table))) return;
  const columns = key.columns === undefined ? undefined : columnsKey(schema, key.table, key.columns);
  // A key that only newer migrations know, or one that lives on under another name: ON CONFLICT infers keys by their columns.
  if (columns !== undefined && (!known.olderUnique.has(columns) || known.uniqueColumns.has(columns))) return;
  list.breaking(`it drops unique index "${name}"; an older upsert with ON CONFLICT on its columns fails`);
}

/** `ALTER … RENAME`. */
export function classifyRename(statement: RenameStmt, { list, known, schema: place }: Reading): void {
  const schema = statement.relation?.schemaname ?? place;
  const table = statement.relation?.relname ?? '';
  const from = statement.subname ?? '';
  const to = statement.newname ?? '';
  const mayBe = statement.missing_ok === true;
  const isNew = known.newTables.has(tableKey(schema, table));
  switch (statement.renameType) {
    case 'OBJECT_INDEX':
      // No code names an index.
      list.removes({ kind: 'index', schema, name: table }, { mayBe });
      list.creates({ kind: 'index', schema, name: to }, { mayBe });
      return;
    case 'OBJECT_TABCONSTRAINT':
      list.removes({ kind: 'constraint', schema, of: table, name: from });
      list.creates({ kind: 'constraint', schema, of: table, name: to });
      if (!isNew) list.caution(`it renames constraint "${from}" of "${table}"; an older ON CONFLICT ON CONSTRAINT fails`);
      return;
    case 'OBJECT_COLUMN':
      list.removes({ kind: 'column', schema, of: table, name: from }, { mayBe });
      list.creates({ kind: 'column', schema, of: table, name: to }, { mayBe, renamedFrom: { kind: 'column', schema, of: table, name: from } });
      if (!isNew) renameColumn(from, to, table, known.newColumns.get(columnKey(schema, table, to)), list);
      return;
    case 'OBJECT_TABLE':
      list.removes({ kind: 'table', schema, name: table }, { mayBe });
      list.creates({ kind: 'table', schema, name: to }, { mayBe, renamedFrom: { kind: 'table', schema, name: table } });
      if (!known.newTables.has(tableKey(schema, to))) list.breaking(`it renames table "${table}" to "${to}"`);
      return;
    default:
      renameOther(statement, { list, schema: place });
      list.breaking(`it renames ${kindName(statement.renameType)} "${table || from || (namesOf(statement.object).at(-1) ?? '')}" to "${to}"`);
  }
}

/** A newer column is nothing to older code under any name, unless its INSERTs would have to name it. */
function renameColumn(from: string, to: string, table: string, added: NewColumn | undefined, list: Reading['list']): void {
  if (added === undefined) list.breaking(`it renames column "${from}" of "${table}" to "${to}"`);
  else if (added.needed && added.filled === 'not') list.breaking(`column "${to}" of "${table}" is new, NOT NULL and has no default; older INSERTs fail`);
}

/** Prisma changes an enum by making another one, and renames both: neither name proves anything then. */
function renameOther({ renameType, relation, object, subname, newname = '' }: RenameStmt, { list, schema: place }: Pick<Reading, 'list' | 'schema'>): void {
  const kind = droppedKinds[renameType ?? ''];
  if (kind === undefined || kind === 'function') return list.leavesNoTrace();
  if (kind === 'schema') {
    list.removes({ kind, name: subname ?? '' });
    list.creates({ kind, name: newname });
    return;
  }
  const { schema, name } = relation === undefined ? qualified(namesOf(object), place) : { schema: relation.schemaname ?? place, name: relation.relname ?? '' };
  list.removes({ kind, schema, name });
  list.creates({ kind, schema, name: newname });
}

function namesOf(object: Node | undefined): readonly string[] {
  if (object === undefined) return [];
  if ('List' in object) return nameList(object.List.items);
  if ('TypeName' in object) return nameList(object.TypeName.names);
  if ('ObjectWithArgs' in object) return nameList(object.ObjectWithArgs.objname);
  return nameList([object]);
}
