import fc from 'fast-check';
import { type Change, SchemaModel, sqlOf } from './schema-model.js';

/** One migration, and what became of it when it was deployed. */
export interface RandomMigration {
  readonly name: string;
  readonly changes: readonly Change[];
  readonly sql: string;
  /** `half`: some of its statements ran, its row says failed; `lost-row`: somebody deleted the row; `lost-objects`: somebody undid what it did. */
  readonly fate: 'applied' | 'failed' | 'half' | 'not-run' | 'lost-row' | 'lost-objects';
}

export interface RandomHistory {
  readonly older: readonly RandomMigration[];
  readonly newer: readonly RandomMigration[];
  /** As the older release's migrations leave the schema, as it is now, and as all of the newer ones would leave it. */
  readonly olderSchema: SchemaModel;
  readonly live: SchemaModel;
  readonly newerSchema: SchemaModel;
}

const tables = ['users', 'orders', 'teams'] as const;
const columns = ['a', 'b', 'c'] as const;

const wish = fc.record({
  kind: fc.constantFrom<Change['kind']>('create-table', 'create-table', 'add-column', 'add-column', 'add-column', 'drop-table', 'drop-column', 'rename-column', 'set-not-null', 'drop-not-null', 'set-default', 'drop-default', 'create-index', 'create-index', 'drop-index'),
  table: fc.constantFrom(...tables), column: fc.constantFrom(...columns), to: fc.constantFrom(...columns), both: fc.boolean(), needed: fc.boolean(), filled: fc.boolean(), unique: fc.boolean(), name: fc.constantFrom('k1', 'k2', 'k3'),
});
type Wish = typeof wish extends fc.Arbitrary<infer T> ? T : never;

function changeOf({ kind, table, column, to, both, needed, filled, unique, name }: Wish): Change {
  switch (kind) {
    case 'create-table':
    case 'drop-table': return { kind, table };
    case 'add-column': return { kind, table, column, needed, filled };
    case 'rename-column': return { kind, table, column, to };
    case 'create-index': return { kind, table, name, columns: both && to !== column ? [column, to] : [column], unique };
    case 'drop-index': return { kind, name };
    default: return { kind, table, column };
  }
}

/** The wishes that PostgreSQL would carry out, one after another. */
function possible(model: SchemaModel, wishes: readonly Wish[]): readonly Change[] {
  return wishes.flatMap((one) => {
    const change = changeOf(one);
    try {
      model.apply(change);
      return [change];
    } catch {
      return [];
    }
  });
}

const migrations = (max: number): fc.Arbitrary<Wish[][]> => fc.array(fc.array(wish, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: max });

/** A release, a newer one, and a database on which the newer one was deployed, with whatever may have happened to it. */
export const randomHistory: fc.Arbitrary<RandomHistory> = fc
  .record({ older: migrations(3), newer: migrations(4), stopsAt: fc.nat(5), failure: fc.constantFrom('failed', 'half', 'not-run'), afterwards: fc.constantFrom('nothing', 'nothing', 'lost-row', 'lost-objects') } as const)
  .map(({ older, newer, stopsAt, failure, afterwards }) => {
    const model = new SchemaModel();
    const olderMigrations = older.map((wishes, index) => migration(`1_older_${index}`, possible(model, wishes), 'applied'));
    const olderSchema = model.copy();
    const live = model.copy();
    const newerMigrations = newer.flatMap((wishes, index) => {
      const changes = possible(model, wishes);
      return changes.length === 0 ? [] : [{ name: `2_newer_${index}`, changes }];
    }).map(({ name, changes }, index, all) => {
      const before = live.copy();
      const fate = index > stopsAt ? 'not-run' : index === stopsAt ? (afterwards === 'lost-objects' ? 'not-run' : failure) : index === Math.min(stopsAt, all.length) - 1 && afterwards !== 'nothing' ? afterwards : 'applied';
      const done = fate === 'applied' || fate === 'lost-row' || fate === 'lost-objects' ? changes.length : fate === 'half' ? Math.ceil(changes.length / 2) : 0;
      for (const change of changes.slice(0, done)) live.apply(change);
      if (fate !== 'lost-objects') return migration(name, changes, fate);
      // What only adds can be undone by hand; anything else stays applied.
      if (!changes.every(({ kind }) => kind === 'create-table' || kind === 'add-column' || kind === 'create-index')) return migration(name, changes, 'applied');
      undo(live, before);
      return migration(name, changes, fate);
    });
    return { older: olderMigrations, newer: newerMigrations, olderSchema, live, newerSchema: model };
  });

function undo(live: SchemaModel, before: SchemaModel): void {
  live.tables.clear();
  live.indexes.clear();
  for (const [name, value] of before.tables) live.tables.set(name, value);
  for (const [name, value] of before.indexes) live.indexes.set(name, value);
}

function migration(name: string, changes: readonly Change[], fate: RandomMigration['fate']): RandomMigration {
  return { name, changes, sql: changes.map(sqlOf).join('\n'), fate };
}
