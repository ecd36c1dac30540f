import { type MigrationEffects, type ObjectChange, type SchemaObject, objectKey } from './effects.js';

/** What one migration leaves an object as. */
interface Stage {
  readonly migration: string;
  readonly there: boolean;
  /** Finding it so proves the migration; otherwise only its being otherwise proves something. */
  readonly sure: boolean;
  readonly detail: boolean;
  /** It went with its table, column, type or schema: nothing to look for by itself. */
  readonly implied: boolean;
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
}

/** What to look for. `effects`: by migration, in the order in which they run. `recorded`: those that are known to have run. */
export function objectLives(effects: ReadonlyMap<string, MigrationEffects>, recorded: ReadonlySet<string>): readonly ObjectLife[] {
  const lives = new Map<string, { readonly object: SchemaObject; readonly stages: Stage[] }>();
  const children = new Map<string, Set<string>>();
  const end = (key: string, migration: string): void => {
    for (const child of children.get(key) ?? []) {
      const stages = lives.get(child)?.stages;
      // Made and gone within one migration.
      if (stages?.at(-1)?.migration === migration) stages.pop();
      else stages?.push({ migration, there: false, sure: false, detail: false, implied: true });
    }
  };
  for (const [migration, { changes }] of effects) {
    for (const change of changes) {
      const key = objectKey(change.object);
      const life = lives.get(key) ?? { object: change.object, stages: [] };
      lives.set(key, life);
      const there = change.change === 'creates';
      if (!there) end(key, migration);
      const before = life.stages.at(-1);
      if (before?.migration === migration && before.there !== there && before.sure) {
        // The same before and after this migration.
        life.stages.pop();
        continue;
      }
      // How it was before this one is known only where what came before has run.
      life.stages.push({ migration, there, sure: change.sure && (before === undefined || (before.there !== there && recorded.has(before.migration))), detail: change.detail, implied: false });
      for (const parent of parentsOf(change)) children.set(parent, (children.get(parent) ?? new Set()).add(key));
    }
  }
  return [...lives.values()].filter(({ stages }) => stages.length > 0);
}

/**
 * What the objects prove, by migration. `there`: which are in the database, by position. An object that is not as the last migration leaves it shows that this one is not applied, and
 * speaks for the one before; what is older than that left no trace.
 */
export function readEvidence(lives: readonly ObjectLife[], there: readonly boolean[]): ReadonlyMap<string, readonly ObjectEvidence[]> {
  const found = new Map<string, ObjectEvidence[]>();
  lives.forEach(({ object, stages }, index) => {
    const is = there[index] === true;
    for (const stage of [...stages].reverse()) {
      const asExpected = stage.there === is;
      if (!stage.implied) found.set(stage.migration, [...(found.get(stage.migration) ?? []), { object, there: stage.there, asExpected, sure: stage.sure, detail: stage.detail }]);
      if (asExpected) break;
    }
  });
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
