/** A change of a schema, as SQL and as what it does to the model. */
export type Change =
  | { readonly kind: 'create-table'; readonly table: string }
  | { readonly kind: 'drop-table'; readonly table: string }
  | { readonly kind: 'add-column'; readonly table: string; readonly column: string; readonly needed: boolean; readonly filled: boolean }
  | { readonly kind: 'drop-column'; readonly table: string; readonly column: string }
  | { readonly kind: 'rename-column'; readonly table: string; readonly column: string; readonly to: string }
  | { readonly kind: 'set-not-null' | 'drop-not-null' | 'set-default' | 'drop-default'; readonly table: string; readonly column: string }
  | { readonly kind: 'create-index'; readonly table: string; readonly name: string; readonly columns: readonly string[]; readonly unique: boolean }
  | { readonly kind: 'drop-index'; readonly name: string };

interface Column {
  needed: boolean;
  filled: boolean;
}

/** Tables with columns and indexes. A change that PostgreSQL would refuse throws, and leaves the model as it was. */
export class SchemaModel {
  readonly tables = new Map<string, Map<string, Column>>();
  readonly indexes = new Map<string, { readonly table: string; columns: string[]; readonly unique: boolean }>();

  copy(): SchemaModel {
    const copy = new SchemaModel();
    for (const [name, columns] of this.tables) copy.tables.set(name, new Map([...columns].map(([column, value]) => [column, { ...value }])));
    for (const [name, index] of this.indexes) copy.indexes.set(name, { ...index, columns: [...index.columns] });
    return copy;
  }

  /** The same text for the same schema. */
  toString(): string {
    const tables = [...this.tables].map(([name, columns]) => [name, [...columns].sort()]).sort();
    return JSON.stringify([tables, [...this.indexes].map(([name, { table, columns, unique }]) => [name, table, columns, unique]).sort()]);
  }

  apply(change: Change): void {
    switch (change.kind) {
      case 'create-table':
        if (this.tables.has(change.table)) throw new Error(`relation "${change.table}" already exists`);
        this.tables.set(change.table, new Map([['id', { needed: true, filled: false }]]));
        this.indexes.set(`${change.table}_pkey`, { table: change.table, columns: ['id'], unique: true });
        return;
      case 'drop-table':
        this.table(change.table);
        this.tables.delete(change.table);
        for (const [name, { table }] of this.indexes) if (table === change.table) this.indexes.delete(name);
        return;
      case 'add-column':
        if (this.table(change.table).has(change.column)) throw new Error(`column "${change.column}" already exists`);
        this.table(change.table).set(change.column, { needed: change.needed, filled: change.filled });
        return;
      case 'drop-column':
        this.column(change.table, change.column);
        this.table(change.table).delete(change.column);
        for (const [name, { table, columns }] of this.indexes) if (table === change.table && columns.includes(change.column)) this.indexes.delete(name);
        return;
      case 'rename-column': {
        if (this.table(change.table).has(change.to)) throw new Error(`column "${change.to}" already exists`);
        this.table(change.table).set(change.to, this.column(change.table, change.column));
        this.table(change.table).delete(change.column);
        for (const index of this.indexes.values()) if (index.table === change.table) index.columns = index.columns.map((column) => (column === change.column ? change.to : column));
        return;
      }
      case 'set-not-null':
      case 'drop-not-null':
        this.column(change.table, change.column).needed = change.kind === 'set-not-null';
        return;
      case 'set-default':
      case 'drop-default':
        this.column(change.table, change.column).filled = change.kind === 'set-default';
        return;
      case 'create-index':
        if (this.indexes.has(change.name)) throw new Error(`relation "${change.name}" already exists`);
        for (const column of change.columns) this.column(change.table, column);
        this.indexes.set(change.name, { table: change.table, columns: [...change.columns], unique: change.unique });
        return;
      case 'drop-index':
        if (!this.indexes.delete(change.name)) throw new Error(`index "${change.name}" does not exist`);
    }
  }

  private table(name: string): Map<string, Column> {
    const table = this.tables.get(name);
    if (table === undefined) throw new Error(`relation "${name}" does not exist`);
    return table;
  }

  private column(table: string, name: string): Column {
    const column = this.table(table).get(name);
    if (column === undefined) throw new Error(`column "${name}" does not exist`);
    return column;
  }
}

export function sqlOf(change: Change): string {
  switch (change.kind) {
    case 'create-table': return `CREATE TABLE "${change.table}" ("id" INT NOT NULL, CONSTRAINT "${change.table}_pkey" PRIMARY KEY ("id"));`;
    case 'drop-table': return `DROP TABLE "${change.table}";`;
    case 'add-column': return `ALTER TABLE "${change.table}" ADD COLUMN "${change.column}" TEXT${change.needed ? ' NOT NULL' : ''}${change.filled ? " DEFAULT 'x'" : ''};`;
    case 'drop-column': return `ALTER TABLE "${change.table}" DROP COLUMN "${change.column}";`;
    case 'rename-column': return `ALTER TABLE "${change.table}" RENAME COLUMN "${change.column}" TO "${change.to}";`;
    case 'set-not-null': return `ALTER TABLE "${change.table}" ALTER COLUMN "${change.column}" SET NOT NULL;`;
    case 'drop-not-null': return `ALTER TABLE "${change.table}" ALTER COLUMN "${change.column}" DROP NOT NULL;`;
    case 'set-default': return `ALTER TABLE "${change.table}" ALTER COLUMN "${change.column}" SET DEFAULT 'x';`;
    case 'drop-default': return `ALTER TABLE "${change.table}" ALTER COLUMN "${change.column}" DROP DEFAULT;`;
    case 'create-index': return `CREATE ${change.unique ? 'UNIQUE ' : ''}INDEX "${change.name}" ON "${change.table}" (${change.columns.map((column) => `"${column}"`).join(', ')});`;
    case 'drop-index': return `DROP INDEX "${change.name}";`;
  }
}

/** Why code that knows only `older` fails on `live`; undefined: it works. Its INSERTs name every column that has no default, its upserts use every unique key. */
export function whyOlderCodeFails(older: SchemaModel, live: SchemaModel): string | undefined {
  for (const [table, columns] of older.tables) {
    const now = live.tables.get(table);
    if (now === undefined) return `${table} is gone`;
    for (const [name, { needed, filled }] of columns) {
      const column = now.get(name);
      if (column === undefined) return `${table}.${name} is gone`;
      if (column.needed && !needed) return `${table}.${name} refuses NULL`;
      if (filled && !column.filled) return `${table}.${name} lost its default`;
    }
    for (const [name, { needed, filled }] of now) if (!columns.has(name) && needed && !filled) return `${table}.${name} starves INSERTs`;
  }
  const keys = new Set([...live.indexes.values()].filter(({ unique }) => unique).map(({ table, columns }) => [table, ...[...columns].sort()].join('|')));
  for (const { table, columns, unique } of older.indexes.values()) if (unique && !keys.has([table, ...[...columns].sort()].join('|'))) return `no unique key on ${table} (${columns.join(', ')})`;
  return undefined;
}
