/** An object of a database schema. `schema` is absent where the script leaves it to the search path. */
export interface SchemaObject {
  readonly kind: 'schema' | 'extension' | 'table' | 'view' | 'sequence' | 'index' | 'type' | 'function' | 'column' | 'constraint' | 'enum-value';
  readonly schema?: string;
  /** The table of a column or constraint, the type of an enum value. */
  readonly of?: string;
  readonly name: string;
}

/** What a migration does, as the older release's code will meet it. */
export interface MigrationEffects {
  /** What is there when it was applied, and not there when it was not: for probing. */
  readonly creates: readonly SchemaObject[];
  /** What was there before, under these names. */
  readonly removes: readonly SchemaObject[];
  /** Why the older code would fail, a sentence each. */
  readonly breaking: readonly string[];
  /** What the older code may stumble over, or what cannot be judged, a sentence each. */
  readonly cautions: readonly string[];
  /** The whole script is one transaction, so that a failure leaves nothing behind. */
  readonly transactional: boolean;
}

/** What is known about the objects that a script touches. */
export interface SchemaKnowledge {
  /** Tables that a newer migration creates: nothing done to them can break older code, which does not know them. */
  readonly newTables: ReadonlySet<string>;
  /** Columns that a newer migration adds, as `columnKey`. */
  readonly newColumns: ReadonlySet<string>;
  /** Indexes by name: whether they are unique, as the shipped migrations say. */
  readonly indexes: ReadonlyMap<string, 'unique' | 'plain'>;
}

export const tableKey = (schema: string | undefined, table: string): string => JSON.stringify([schema ?? '', table]);
export const columnKey = (schema: string | undefined, table: string, column: string): string => JSON.stringify([schema ?? '', table, column]);

/** A key under which the same object is found again. */
export function objectKey(object: SchemaObject): string {
  return JSON.stringify([object.kind, object.schema ?? '', object.of ?? '', object.name]);
}
