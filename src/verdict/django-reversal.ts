import type { DjangoComparison } from './django-compare.js';
import type { DjangoGraph } from './django-graph.js';

/** One `migrate <app> <to>`. */
export interface ReversalStep {
  readonly app: string;
  /** A full name, or `zero`. */
  readonly to: string;
  /** What it unapplies when those before it are done, the last first. */
  readonly unapplies: readonly string[];
  /** What `--plan` says while nothing is done yet: other apps' migrations that depend on these come along. */
  readonly alone: readonly string[];
}

export interface Reversal {
  readonly steps: readonly ReversalStep[];
  /** Why these steps are not the whole way, a sentence each. */
  readonly obstacles: readonly string[];
}

/**
 * The commands that unapply exactly the newer migrations, dependents first. `migrate app name` takes back what depends on the named migration within its app, and whatever
 * depends on that (MigrationExecutor.migration_plan), so not every set can be had: where it would take one of the older release's own along, there is no command.
 */
export function planReversal({ graph, newer, mixed }: Pick<DjangoComparison, 'graph' | 'newer' | 'mixed'>): Reversal {
  const order = [...graph.migrations.keys()];
  const remaining = new Set(newer.filter((id) => !mixed.includes(id)));
  const applied = new Set(graph.applied);
  const steps: ReversalStep[] = [];
  const latest = (app: string): number => Math.max(...[...remaining].filter((id) => appOf(graph, id) === app).map((id) => order.indexOf(id)));
  for (;;) {
    const apps = [...new Set([...remaining].map((id) => appOf(graph, id)))].sort((a, b) => latest(b) - latest(a));
    const found = apps.map((app) => bestStep(graph, app, remaining, applied)).find((step) => step !== undefined);
    if (found === undefined) break;
    for (const id of found.unapplies) {
      remaining.delete(id);
      applied.delete(id);
    }
    steps.push(found);
  }
  return {
    steps,
    obstacles: [
      ...mixed.map((id) => `${id} is squashed from migrations of which the older release ships some; they can only be unapplied together`),
      ...[...remaining].map((id) => `no "migrate" command unapplies ${id} without one of the older release's own, or without an ambiguous name`),
    ],
  };
}

function bestStep(graph: DjangoGraph, app: string, remaining: ReadonlySet<string>, applied: ReadonlySet<string>): ReversalStep | undefined {
  const own = [...graph.migrations].filter(([, migration]) => migration.app === app);
  const isKept = ([id]: readonly [string, unknown]): boolean => applied.has(id) && !remaining.has(id);
  const candidates = own.filter(isKept).filter(([, { name }]) => isUnambiguous(graph, app, name)).map(([id, { name }]) => ({ to: name, from: (graph.children.get(id) ?? []).filter((child) => appOf(graph, child) === app) }));
  const all = own.some(isKept) ? candidates : [...candidates, { to: 'zero', from: own.filter(([id]) => !(graph.parents.get(id) ?? []).some((parent) => appOf(graph, parent) === app)).map(([id]) => id) }];
  return all
    .map(({ to, from }) => ({ app, to, unapplies: backwards(graph, from, applied), alone: backwards(graph, from, graph.applied) }))
    .filter(({ unapplies }) => unapplies.length > 0 && unapplies.every((id) => remaining.has(id)))
    .sort((a, b) => b.unapplies.length - a.unapplies.length)[0];
}

/** Django compares beginnings, so a full name that begins another one of its app is ambiguous too (MigrationLoader.get_migration_by_prefix). */
function isUnambiguous(graph: DjangoGraph, app: string, name: string): boolean {
  return !graph.shipped.some((other) => other.app === app && other.name !== name && other.name.startsWith(name));
}

/** These and everything that depends on them, where applied; children first. */
function backwards(graph: DjangoGraph, from: readonly string[], applied: ReadonlySet<string>): readonly string[] {
  const found = new Set<string>();
  const visit = (id: string): void => {
    if (found.has(id)) return;
    found.add(id);
    for (const child of graph.children.get(id) ?? []) visit(child);
  };
  for (const id of from) visit(id);
  return [...graph.migrations.keys()].filter((id) => found.has(id) && applied.has(id)).reverse();
}

function appOf(graph: DjangoGraph, id: string): string {
  return graph.migrations.get(id)?.app ?? id.split('.')[0] ?? id;
}
