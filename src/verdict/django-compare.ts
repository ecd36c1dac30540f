import { type DjangoGraph, type DjangoRelease, buildGraph, idOf, knownIds, migrationId } from './django-graph.js';

/** What two releases and one database's django_migrations say about each other. Migrations are `app.full_name`. */
export interface DjangoComparison {
  /** The current release's graph on this database. */
  readonly graph: DjangoGraph;
  /** Applied, and not known to the older release: in the order in which they were applied. */
  readonly newer: readonly string[];
  /** The rows that go when they are unapplied: a squashed migration has several. */
  readonly rows: readonly string[];
  /** Squashed migrations that hold newer ones and ones of the older release: neither can be had alone. */
  readonly mixed: readonly string[];
  /** Applied, and neither release ships them. */
  readonly unknown: readonly string[];
  /** The older release ships them and will apply them when it starts. */
  readonly pending: readonly string[];
  /** Applied before what they depend on, in the older release's graph and in the current one's: there `migrate` refuses everything (InconsistentMigrationHistory). */
  readonly inconsistent: { readonly current: readonly string[]; readonly target: readonly string[] };
}

/** Newer is what the current release ships, the target does not know, and the database has applied: by full names, never by numbers, dates or order (facts.md). */
export function compareReleases(current: DjangoRelease, target: DjangoRelease, applied: ReadonlySet<string>): DjangoComparison {
  const graph = buildGraph(current, applied);
  const older = buildGraph(target, applied);
  const [known, knownBefore] = [knownIds(current), knownIds(target)];
  const newer: string[] = [];
  const mixed: string[] = [];
  for (const [id, migration] of graph.migrations) {
    if (!graph.applied.has(id) || target.migrations.some((other) => idOf(other) === id)) continue;
    const replaced = migration.replaces.map(([app, name]) => migrationId(app, name));
    const shared = replaced.filter((one) => knownBefore.has(one)).length;
    if (knownBefore.has(id) || (replaced.length > 0 && shared === replaced.length)) continue;
    newer.push(id);
    if (shared > 0) mixed.push(id);
  }
  const rows = newer.filter((id) => !mixed.includes(id)).flatMap((id) => [id, ...(graph.migrations.get(id)?.replaces ?? []).map(([app, name]) => migrationId(app, name))]).filter((id) => applied.has(id));
  return {
    graph, newer, mixed,
    rows: [...new Set(rows)].sort(),
    unknown: [...applied].filter((id) => !known.has(id) && !knownBefore.has(id)).sort(),
    pending: [...older.migrations.keys()].filter((id) => !older.applied.has(id)),
    inconsistent: { current: findInconsistent(graph), target: findInconsistent(older) },
  };
}

function findInconsistent(graph: DjangoGraph): readonly string[] {
  return [...graph.applied].flatMap((id) => (graph.parents.get(id) ?? []).filter((parent) => graph.migrations.has(parent) && !graph.applied.has(parent)).map((parent) => `${id} is applied before its dependency ${parent}`));
}
