import type { AlterTableCmd, RenameStmt } from 'libpg-query';
import { nameList, qualified } from './effect-list.js';
import { type KnownKey, type NewColumn, type SchemaKnowledge, columnKey, columnsKey, tableKey } from './effects.js';
import { type PlacedStatement, type Script, placeStatements } from './script.js';
import { type NamedKey, filledBy, keyOf, keyOfIndex, keysOfTable, newColumn } from './table-parts.js';

export const nothingKnown: SchemaKnowledge = { newTables: new Set(), newColumns: new Map(), keys: new Map(), olderUnique: new Set(), uniqueColumns: new Set() };

/**
 * What is known once all scripts ran, gathered before any of them is judged. `older`: what the older release knows of. `newer`: only those that are in the database, in order; one that
 * is not there makes nothing good that another one broke. `schema`: where unqualified names lie.
 */
export function gatherKnowledge(older: readonly Script[], newer: readonly Script[], schema: string): SchemaKnowledge {
  const before = new Schema();
  for (const script of older) for (const statement of placeStatements(script, schema)) before.apply(statement);
  const after = new Schema(before);
  for (const script of newer) for (const statement of placeStatements(script, schema)) after.apply(statement);
  const isNew = (key: string): boolean => !before.tables.has(key) && !before.columns.has(key) && !after.wasThere.has(key);
  return {
    newTables: new Set([...after.everyTable].filter(isNew)),
    // One that is gone again starves nobody.
    newColumns: new Map([...after.everyColumn].filter(isNew).map((key) => [key, after.columns.get(key)?.column ?? { needed: false, filled: 'not' }])),
    // What the older release relies on is how a key was before the newer migrations.
    keys: new Map([...after.everyKey, ...before.everyKey]),
    olderUnique: before.uniqueColumns(),
    uniqueColumns: after.uniqueColumns(),
  };
}

const schemaOf = (key: string): string => String((JSON.parse(key) as unknown[])[0]);

interface PlacedColumn {
  readonly table: string;
  readonly column: NewColumn;
}

/** A schema as far as scripts tell, statement by statement. */
class Schema {
  readonly tables: Set<string>;
  readonly columns: Map<string, PlacedColumn>;
  /** Alive. */
  readonly keys: Map<string, KnownKey>;
  /** Also those that went. */
  readonly everyKey = new Map<string, KnownKey>();
  readonly everyTable = new Set<string>();
  readonly everyColumn = new Set<string>();
  /** Dropped or renamed without having been made by any script before: somebody else made them, and older code may know them. */
  readonly wasThere = new Set<string>();

  constructor(from?: Schema) {
    this.tables = new Set(from?.tables);
    this.columns = new Map(from?.columns);
    this.keys = new Map(from?.keys);
  }

  apply({ node, schema }: PlacedStatement): void {
    if ('CreateStmt' in node) {
      const { relation, tableElts, if_not_exists: mayBe } = node.CreateStmt;
      const place = relation?.schemaname ?? schema;
      const name = relation?.relname ?? '';
      // With IF NOT EXISTS it may be a table that older code knows.
      if (mayBe !== true) this.addTable(tableKey(place, name));
      for (const element of tableElts ?? []) if ('ColumnDef' in element && mayBe !== true) this.addColumn(place, name, element.ColumnDef.colname ?? '', newColumn(element.ColumnDef));
      this.addKeys(place, keysOfTable(node.CreateStmt));
    } else if ('IndexStmt' in node) this.addKeys(node.IndexStmt.relation?.schemaname ?? schema, [keyOfIndex(node.IndexStmt)]);
    else if ('AlterTableStmt' in node && node.AlterTableStmt.objtype === 'OBJECT_TABLE') {
      const { relation, cmds } = node.AlterTableStmt;
      for (const part of cmds ?? []) if ('AlterTableCmd' in part) this.alter(relation?.schemaname ?? schema, relation?.relname ?? '', part.AlterTableCmd);
    } else if ('RenameStmt' in node) this.rename(schema, node.RenameStmt);
    else if ('DropStmt' in node) {
      for (const object of node.DropStmt.objects ?? []) {
        const { schema: place, name } = qualified('List' in object ? nameList(object.List.items) : nameList([object]), schema);
        if (node.DropStmt.removeType === 'OBJECT_INDEX') this.keys.delete(tableKey(place, name));
        if (node.DropStmt.removeType === 'OBJECT_TABLE') this.dropTable(place, name);
      }
    }
  }

  uniqueColumns(): ReadonlySet<string> {
    return new Set([...this.keys].flatMap(([key, { kind, table, columns }]) => (kind === 'unique' && columns !== undefined ? [columnsKey(schemaOf(key), table, columns)] : [])));
  }

  private alter(schema: string, table: string, part: AlterTableCmd): void {
    const name = part.name ?? '';
    switch (part.subtype) {
      case 'AT_AddColumn':
        if (part.def !== undefined && 'ColumnDef' in part.def) {
          this.addColumn(schema, table, part.def.ColumnDef.colname ?? '', newColumn(part.def.ColumnDef));
          this.addKeys(schema, keysOfTable({ relation: { relname: table }, tableElts: [part.def] }));
        }
        return;
      case 'AT_DropColumn':
        if (!this.columns.delete(columnKey(schema, table, name))) this.wasThere.add(columnKey(schema, table, name));
        for (const [key, known] of this.keys) if (known.table === table && schemaOf(key) === schema && known.columns?.includes(name) === true) this.keys.delete(key);
        return;
      case 'AT_SetNotNull':
        return this.change(schema, table, name, { needed: true });
      case 'AT_DropNotNull':
        return this.change(schema, table, name, { needed: false });
      case 'AT_ColumnDefault':
        return this.change(schema, table, name, { filled: filledBy(part.def) });
      case 'AT_AddIdentity':
        return this.change(schema, table, name, { filled: 'each' });
      case 'AT_AddConstraint':
        if (part.def === undefined || !('Constraint' in part.def)) return;
        this.addKeys(schema, keyOf(part.def.Constraint, table));
        if (part.def.Constraint.contype === 'CONSTR_PRIMARY') for (const column of nameList(part.def.Constraint.keys)) this.change(schema, table, column, { needed: true });
        return;
      case 'AT_DropConstraint':
        this.keys.delete(tableKey(schema, name));
        return;
      default:
    }
  }

  private rename(schema: string, { renameType, relation, subname, newname = '' }: RenameStmt): void {
    const place = relation?.schemaname ?? schema;
    const name = relation?.relname ?? '';
    if (renameType === 'OBJECT_INDEX') this.move(this.keys, tableKey(place, name), tableKey(place, newname));
    if (renameType === 'OBJECT_TABCONSTRAINT') this.move(this.keys, tableKey(place, subname ?? ''), tableKey(place, newname));
    if (renameType === 'OBJECT_COLUMN') {
      const known = this.columns.get(columnKey(place, name, subname ?? ''));
      if (!this.columns.delete(columnKey(place, name, subname ?? ''))) this.wasThere.add(columnKey(place, name, subname ?? ''));
      // A column of an older table under a new name is none that older INSERTs leave out for the first time.
      if (known !== undefined && this.everyColumn.has(columnKey(place, name, subname ?? ''))) this.addColumn(place, name, newname, known.column);
    }
    if (renameType !== 'OBJECT_TABLE') return;
    const known = [...this.columns].filter(([, { table }]) => table === tableKey(place, name));
    const isKnown = this.tables.has(tableKey(place, name));
    this.dropTable(place, name);
    if (isKnown && this.everyTable.has(tableKey(place, name))) this.addTable(tableKey(place, newname));
    for (const [key, { column }] of known) this.addColumn(place, newname, String((JSON.parse(key) as unknown[])[2]), column);
  }

  private move<T>(map: Map<string, T>, from: string, to: string): void {
    const value = map.get(from);
    map.delete(from);
    if (value !== undefined) map.set(to, value);
  }

  private dropTable(schema: string, name: string): void {
    if (!this.tables.delete(tableKey(schema, name))) this.wasThere.add(tableKey(schema, name));
    for (const [key, { table }] of this.columns) if (table === tableKey(schema, name)) this.columns.delete(key);
    for (const [key, { table }] of this.keys) if (table === name && schemaOf(key) === schema) this.keys.delete(key);
  }

  private addTable(key: string): void {
    this.tables.add(key);
    this.everyTable.add(key);
  }

  private addColumn(schema: string, table: string, name: string, column: NewColumn): void {
    const key = columnKey(schema, table, name);
    // ADD COLUMN IF NOT EXISTS changes no column that is there.
    if (this.columns.has(key)) return;
    this.columns.set(key, { table: tableKey(schema, table), column });
    this.everyColumn.add(key);
  }

  private change(schema: string, table: string, name: string, to: Partial<NewColumn>): void {
    const found = this.columns.get(columnKey(schema, table, name));
    if (found !== undefined) this.columns.set(columnKey(schema, table, name), { ...found, column: { ...found.column, ...to } });
  }

  private addKeys(schema: string, keys: readonly NamedKey[]): void {
    for (const { name, kind, table, columns } of keys) {
      if (name === undefined) continue;
      const key = tableKey(schema, name);
      this.keys.set(key, { kind, table, columns });
      this.everyKey.set(key, { kind, table, columns });
    }
  }
}
