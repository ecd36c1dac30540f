import { type MigrationEffects, type ObjectChange, type SchemaObject, objectKey } from './effects.js';

/** What one migration leaves an object as. */
interface Stage {
  readonly migration: string;
  readonly there: boolean;
  /** Finding it so proves the migration; otherwise only its being otherwise proves something. */
  readonly sure: boolean;
  /** PostgreSQL would have refused it, had it been so before. */
  readonly strict: boolean;
  readonly detail: boolean;
  /** It went with its table, column, type or schema: nothing to look for by itself. */
  readonly implied: boolean;
  /** The migration is known to have run. */
  readonly ran: boolean;
}

/** An object, and what became of it, migration by migration, in the order in which they run. */
export interface ObjectLife {
  readonly object: SchemaObject;
  readonly stages: readonly Stage[];
}

/** Whether an object is as a migration leaves it. */
export interface ObjectEvidence {
  readonly object: SchemaObject;
  readonly there: boolean;
  readonly asExpected: boolean;
  readonly sure: boolean;
  readonly detail: boolean;
  /** A later migration that may have run leaves it otherwise: nothing tells what this one did. */
  readonly hidden: boolean;
}

/** What to look for. `effects`: by migration, in the order in which they run. `recorded`: those that are known to have run, which changes nothing about what is looked for. */
export function objectLives(effects: ReadonlyMap<string, MigrationEffects>, recorded: ReadonlySet<string>): readonly ObjectLife[] {
  const lives = new Map<string, { readonly object: SchemaObject; readonly stages: Stage[] }>();
  const children = new Map<string, Set<string>>();
  const lifeOf = (object: SchemaObject): { readonly object: SchemaObject; readonly stages: Stage[] } => {
    const life = lives.get(objectKey(object)) ?? { object, stages: [] };
    lives.set(objectKey(object), life);
    return life;
  };
  const belongs = (key: string, parents: readonly string[]): void => {
    for (const parent of parents) children.set(parent, (children.get(parent) ?? new Set()).add(key));
  };
  const end = (key: string, migration: string): void => {
    for (const child of children.get(key) ?? []) lives.get(child)?.stages.push({ migration, there: false, sure: false, strict: false, detail: false, implied: true, ran: recorded.has(migration) });
  };
  // Defaults go on under a new name of their column or table, and only what is known to have been there proves a DROP DEFAULT.
  const move = (from: SchemaObject, to: SchemaObject, migration: string): void => {
    for (const child of children.get(objectKey(from)) ?? []) {
      const life = lives.get(child);
      const before = life?.stages.findLast((stage) => stage.migration !== migration || !stage.implied);
      if (life?.object.kind !== 'default' || before?.there !== true) continue;
      const object: SchemaObject = to.kind === 'table' ? { ...life.object, of: to.name } : { ...life.object, name: to.name };
      lifeOf(object).stages.push({ migration, there: true, sure: false, strict: false, detail: true, implied: true, ran: recorded.has(migration) });
      belongs(objectKey(object), parentsOf({ object, columns: [] }));
    }
  };
  /** Whether it was there before this migration changed it; undefined: nothing tells. What came before tells it only where that has run. */
  const wasThere = (stages: readonly Stage[], migration: string, change: ObjectChange): boolean | undefined => {
    const before = stages.findLast((stage) => stage.migration !== migration);
    if (before !== undefined) return recorded.has(before.migration) ? before.there : undefined;
    const first = stages[0];
    // PostgreSQL makes only what is not there, and takes away only what is.
    if (first !== undefined) return first.sure ? !first.there : undefined;
    return change.repeatable ? undefined : change.change === 'removes';
  };
  for (const [migration, { changes }] of effects) {
    for (const change of changes) {
      const key = objectKey(change.object);
      const life = lifeOf(change.object);
      const there = change.change === 'creates';
      if (!there) end(key, migration);
      const sure = change.sure && wasThere(life.stages, migration, change) === !there;
      life.stages.push({ migration, there, sure, strict: change.sure && !change.repeatable, detail: change.detail, implied: false, ran: recorded.has(migration) });
      if (change.renamedFrom !== undefined) move(change.renamedFrom, change.object, migration);
      belongs(key, parentsOf(change));
    }
  }
  return [...lives.values()];
}

/**
 * What the objects prove, by migration. `there`: which are in the database, by position. An object that is not as the last migration leaves it shows that this one is not applied, and
 * speaks for the one before; what is older than that left no trace.
 */
export function readEvidence(lives: readonly ObjectLife[], there: readonly boolean[]): ReadonlyMap<string, readonly ObjectEvidence[]> {
  const found = new Map<string, ObjectEvidence[]>();
  const add = (migration: string, evidence: ObjectEvidence): void => {
    found.set(migration, [...(found.get(migration) ?? []), evidence]);
  };
  lives.forEach(({ object, stages }, index) => {
    const is = there[index] === true;
    let settledBy: Stage | undefined;
    for (const stage of [...stages].reverse()) {
      if (settledBy?.ran === true) {
        // One that ran after it explains whatever is there; what it took away had been made, and by whom is told here.
        if (settledBy.strict && stage.there !== settledBy.there && !stage.implied && !stage.ran) add(stage.migration, { object, there: false, asExpected: true, sure: stage.sure, detail: stage.detail, hidden: false });
        break;
      }
      const hidden = settledBy !== undefined;
      const asExpected = hidden || stage.there === is;
      if (!stage.implied) add(stage.migration, { object, there: stage.there, asExpected, sure: stage.sure && !hidden, detail: stage.detail, hidden });
      if (asExpected) settledBy ??= stage;
    }
  });
  return found;
}

/** The newer migrations through which something that the older release made is gone, whatever their rows say: older code meets that. */
export function removersOf(lives: readonly ObjectLife[], there: readonly boolean[], newer: ReadonlySet<string>): ReadonlySet<string> {
  return new Set(lives.flatMap(({ stages }, index) => {
    if (there[index] === true || stages.findLast(({ migration }) => !newer.has(migration))?.there !== true) return [];
    return stages.find((stage) => newer.has(stage.migration) && !stage.there)?.migration ?? [];
  }));
}

/** What an object goes with. */
function parentsOf({ object, columns }: Pick<ObjectChange, 'object' | 'columns'>): readonly string[] {
  const { schema, of } = object;
  if (schema === undefined) return [];
  const within = objectKey({ kind: 'schema', name: schema });
  if (of === undefined) return [within];
  if (object.kind === 'enum-value') return [within, objectKey({ kind: 'type', schema, name: of })];
  const named = object.kind === 'not-null' || object.kind === 'default' ? [object.name] : columns;
  return [within, objectKey({ kind: 'table', schema, name: of }), ...named.map((name) => objectKey({ kind: 'column', schema, of, name }))];
}
