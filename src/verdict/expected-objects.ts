import { type MigrationEffects, type ObjectChange, type SchemaObject, objectKey } from './effects.js';

/** What must be in the database, or must not, once a migration is applied. */
export interface Expectation {
  readonly object: SchemaObject;
  readonly there: boolean;
  /** Finding it so proves the migration; otherwise only its being otherwise proves something. */
  readonly sure: boolean;
  readonly detail: boolean;
}

interface Entry {
  readonly migration: string;
  readonly change: ObjectChange;
  readonly sure: boolean;
}

/**
 * What to look for, by migration: of each object only its last change among all migrations, given in the order in which they run, since an earlier one leaves no trace. What goes with its table, column, type or
 * schema is not looked for.
 */
export function expectedObjects(effects: ReadonlyMap<string, MigrationEffects>): ReadonlyMap<string, readonly Expectation[]> {
  const last = new Map<string, Entry>();
  const children = new Map<string, Set<string>>();
  for (const [migration, { changes }] of effects) {
    for (const change of changes) {
      const key = objectKey(change.object);
      const before = last.get(key);
      if (change.change === 'removes') for (const child of children.get(key) ?? []) last.delete(child);
      last.delete(key);
      // Made and taken away by one migration: the same before and after.
      if (before?.migration === migration && before.change.change !== change.change && before.sure) continue;
      // Made again after it went: it may be the older one.
      last.set(key, { migration, change, sure: change.sure && (before === undefined || (change.change === 'removes' && before.sure)) });
      for (const parent of parentsOf(change)) children.set(parent, (children.get(parent) ?? new Set()).add(key));
    }
  }
  const found = new Map<string, Expectation[]>([...effects.keys()].map((name) => [name, []]));
  for (const { migration, change, sure } of last.values()) found.get(migration)?.push({ object: change.object, there: change.change === 'creates', sure, detail: change.detail });
  return found;
}

/** What an object goes with. */
function parentsOf({ object, columns }: ObjectChange): readonly string[] {
  const { schema, of } = object;
  if (schema === undefined) return [];
  const within = objectKey({ kind: 'schema', name: schema });
  if (of === undefined) return [within];
  if (object.kind === 'enum-value') return [within, objectKey({ kind: 'type', schema, name: of })];
  const named = object.kind === 'not-null' ? [object.name] : columns;
  return [within, objectKey({ kind: 'table', schema, name: of }), ...named.map((name) => objectKey({ kind: 'column', schema, of, name }))];
}
