/** An object of a database. `schema` is absent only where there is none (schemas, extensions). */
export interface SchemaObject {
  readonly kind: 'schema' | 'extension' | 'table' | 'view' | 'sequence' | 'index' | 'type' | 'function' | 'column' | 'constraint' | 'enum-value' | 'not-null' | 'default';
  readonly schema?: string;
  /** The table of a column, index, constraint, NOT NULL or default; the type of an enum value. */
  readonly of?: string;
  readonly name: string;
}

/** What a migration does to one object: afterwards it is there, or it is not. */
export interface ObjectChange {
  readonly change: 'creates' | 'removes';
  readonly object: SchemaObject;
  /** Without the migration it would be otherwise. With IF (NOT) EXISTS or inside a condition it may have been so before. */
  readonly sure: boolean;
  /** PostgreSQL does it also where it is so already: it proves the migration only where it is known to have been otherwise. */
  readonly repeatable: boolean;
  /** A part of something else that this migration makes (a new table's column): looked at only before a migration is called complete. */
  readonly detail: boolean;
  /** The columns of an index or constraint: it goes when one of them goes. */
  readonly columns: readonly string[];
  /** What it was called before, with everything that belongs to it. */
  readonly renamedFrom?: SchemaObject;
}

/** What a migration does, as the older release's code will meet it. */
export interface MigrationEffects {
  /** In the script's order: for probing. */
  readonly changes: readonly ObjectChange[];
  /** Why the older code would fail, a sentence each. */
  readonly breaking: readonly string[];
  /** What the older code may stumble over, or what cannot be judged, a sentence each. */
  readonly cautions: readonly string[];
  /** The whole script is one transaction, so that a failure leaves nothing behind. */
  readonly transactional: boolean;
  /** It changes rows that it did not make itself, or may: a second run would do so again. */
  readonly changesRows: boolean;
  /** `changes` are all that it does: where each of them is found, nothing of the script is left to do. */
  readonly complete: boolean;
}

/** A column that a newer migration adds to an older table, as it is after all newer ones. */
export interface NewColumn {
  /** NOT NULL. */
  readonly needed: boolean;
  /** What an INSERT that does not name it gets: a value of its own each time, always the same one, or NULL. */
  readonly filled: 'each' | 'constant' | 'not';
}

/** An index or a constraint. */
export interface KnownKey {
  readonly kind: 'unique' | 'plain' | 'foreign' | 'check';
  readonly table: string;
  /** Sorted; undefined: expressions or a predicate, which no plain ON CONFLICT infers. */
  readonly columns: readonly string[] | undefined;
}

/** What is known about the objects that a script touches. Keys are `tableKey`, `columnKey`. */
export interface SchemaKnowledge {
  /** Tables that a newer migration creates: nothing done to them can break older code, which does not know them. */
  readonly newTables: ReadonlySet<string>;
  readonly newColumns: ReadonlyMap<string, NewColumn>;
  /** Every index and constraint that any shipped migration made, by `tableKey(schema, name)`. */
  readonly keys: ReadonlyMap<string, KnownKey>;
  /** Unique keys that older code relies on, as `columnsKey`. */
  readonly olderUnique: ReadonlySet<string>;
  /** Unique keys that are there after all newer migrations, as `columnsKey`. */
  readonly uniqueColumns: ReadonlySet<string>;
}

export const tableKey = (schema: string, name: string): string => JSON.stringify([schema, name]);
export const columnKey = (schema: string, table: string, column: string): string => JSON.stringify([schema, table, column]);
/** The same for any order: ON CONFLICT infers a key by its set of columns. */
export const columnsKey = (schema: string, table: string, columns: readonly string[]): string => JSON.stringify([schema, table, [...columns].sort()]);

/** A key under which the same object is found again. An index is known by its name alone. */
export function objectKey(object: SchemaObject): string {
  return JSON.stringify([object.kind, object.schema ?? '', object.kind === 'index' ? '' : (object.of ?? ''), object.name]);
}
