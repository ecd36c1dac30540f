import { z } from 'zod';

/** A field as the database knows it: a column, or for many-to-many the table of links. */
const fieldSchema = z.object({
  link: z.string().optional(),
  column: z.string().optional(),
  type: z.string().optional(),
  /** max_length, max_digits, decimal_places. */
  size: z.array(z.number().nullable()).optional(),
  null: z.boolean().optional(),
  unique: z.boolean().optional(),
  databaseDefault: z.boolean().optional(),
  fillable: z.boolean().optional(),
  references: z.string().optional(),
  default: z.string().optional(),
});
export type DjangoField = z.output<typeof fieldSchema>;

const kinds = [
  'RunSQL', 'RunPython', 'CreateModel', 'DeleteModel', 'RenameModel', 'AlterModelTable', 'AddField', 'RemoveField', 'AlterField', 'RenameField', 'AddIndex', 'RemoveIndex', 'RenameIndex',
  'AddConstraint', 'RemoveConstraint', 'AlterUniqueTogether', 'AlterIndexTogether', 'AlterOrderWithRespectTo', 'StateOnly', 'CreateExtension', 'Other',
] as const;

const operationSchema = z.object({
  kind: z.enum(kinds),
  class: z.string(),
  /** Django's own description. */
  says: z.string(),
  reversible: z.boolean(),
  /** Aliases of the databases that it works on, as the release's routers say. */
  databases: z.array(z.string()),
  table: z.string().optional(),
  newTable: z.string().optional(),
  /** False: Django makes no table for the model. */
  real: z.boolean().optional(),
  links: z.array(z.string()).optional(),
  references: z.array(z.string()).optional(),
  before: fieldSchema.optional(),
  after: fieldSchema.optional(),
  constraint: z.string().nullish(),
  uniqueBefore: z.array(z.array(z.string())).optional(),
  uniqueAfter: z.array(z.array(z.string())).optional(),
  sql: z.array(z.string()).nullish(),
  reverseSql: z.array(z.string()).nullish(),
  code: z.string().optional(),
  reverseCode: z.string().nullish(),
});
export type DjangoOperation = z.output<typeof operationSchema>;

const keySchema = z.tuple([z.string(), z.string()]);

const migrationSchema = z.object({
  app: z.string(),
  name: z.string(),
  /** Its dependencies, and the migrations that want to run before it. */
  parents: z.array(keySchema),
  replaces: z.array(keySchema),
  atomic: z.boolean(),
  operations: z.array(operationSchema),
});
export type DjangoMigration = z.output<typeof migrationSchema>;

/** What a release ships: the answer of jobs/actions/django/read-graph.py. */
export const djangoReleaseSchema = z.object({ django: z.string(), settings: z.string(), databases: z.array(z.string()), migrations: z.array(migrationSchema) });
export type DjangoRelease = z.output<typeof djangoReleaseSchema>;

/** `app.full_name`, as Django prints it. Neither part can hold a dot. */
export const migrationId = (app: string, name: string): string => `${app}.${name}`;
export const idOf = (migration: DjangoMigration): string => migrationId(migration.app, migration.name);

/** Everything that a release knows, replaced migrations included though their files may be gone. */
export function knownIds(release: DjangoRelease): ReadonlySet<string> {
  return new Set(release.migrations.flatMap((migration) => [idOf(migration), ...migration.replaces.map(([app, name]) => migrationId(app, name))]));
}

/** The graph that Django would use on a database: migrations by id, parents before children. */
export interface DjangoGraph {
  readonly migrations: ReadonlyMap<string, DjangoMigration>;
  readonly parents: ReadonlyMap<string, readonly string[]>;
  readonly children: ReadonlyMap<string, readonly string[]>;
  /** Those of the graph that are applied; a squashed one is when all that it replaces are (MigrationLoader.build_graph). */
  readonly applied: ReadonlySet<string>;
  /** All that lie on the release's disk, whether the graph uses them or not: names are looked up there. */
  readonly shipped: readonly DjangoMigration[];
}

/**
 * Builds the graph as Django's loader does: a squashed migration stands for those that it replaces where all or none of them are applied, and is left out otherwise.
 * `rows` are the ids in the database's django_migrations.
 */
export function buildGraph(release: DjangoRelease, rows: ReadonlySet<string>): DjangoGraph {
  const migrations = new Map(release.migrations.map((migration) => [idOf(migration), migration]));
  const parents = new Map(release.migrations.map((migration) => [idOf(migration), migration.parents.map(([app, name]) => migrationId(app, name))]));
  const applied = new Set(rows);
  for (const squashed of release.migrations.filter(({ replaces }) => replaces.length > 0)) {
    const id = idOf(squashed);
    const replaced = squashed.replaces.map(([app, name]) => migrationId(app, name));
    const done = replaced.filter((one) => rows.has(one)).length;
    if (done === replaced.length) applied.add(id);
    else applied.delete(id);
    if (done === replaced.length || done === 0) standIn(parents, replaced, id);
    else leaveOut(parents, replaced, id);
  }
  for (const id of [...migrations.keys()]) if (!parents.has(id)) migrations.delete(id);
  const order = sort(parents);
  const children = new Map(order.map((id) => [id, order.filter((other) => parents.get(other)?.includes(id) === true)]));
  return {
    migrations: new Map(order.flatMap((id) => { const found = migrations.get(id); return found === undefined ? [] : [[id, found] as const]; })),
    parents, children,
    applied: new Set(order.filter((id) => applied.has(id))),
    shipped: release.migrations,
  };
}

function standIn(parents: Map<string, string[]>, replaced: readonly string[], id: string): void {
  const own = [id, ...replaced].flatMap((one) => parents.get(one) ?? []);
  for (const one of replaced) parents.delete(one);
  for (const [child, list] of parents) parents.set(child, [...new Set(list.map((parent) => (replaced.includes(parent) ? id : parent)))]);
  parents.set(id, [...new Set(own)].filter((parent) => parent !== id && !replaced.includes(parent)));
}

function leaveOut(parents: Map<string, string[]>, replaced: readonly string[], id: string): void {
  const inner = new Set(replaced.flatMap((one) => parents.get(one) ?? []));
  const last = replaced.filter((one) => parents.has(one) && !inner.has(one));
  parents.delete(id);
  for (const [child, list] of parents) if (list.includes(id)) parents.set(child, [...new Set(list.flatMap((parent) => (parent === id ? last : [parent])))]);
}

/** Parents before children, else by name, so that the same graph gives the same order. */
function sort(parents: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const order = new Set<string>();
  const visit = (id: string): void => {
    if (order.has(id) || !parents.has(id)) return;
    for (const parent of [...(parents.get(id) ?? [])].sort()) visit(parent);
    order.add(id);
  };
  for (const id of [...parents.keys()].sort()) visit(id);
  return [...order];
}
