import type { ShippedMigration } from './read-migrations.js';

type Shipped = ReadonlyMap<string, Pick<ShippedMigration, 'name' | 'sha256'>>;

/** How two releases' migrations differ; names in order. */
export interface ShippedDifference {
  /** The current release ships them and the target does not. By name: Prisma compares nothing else; never by order or date, since migrations are back-dated (facts.md). */
  readonly newer: readonly string[];
  /** Only the target ships them: a later release took them out again. */
  readonly removed: readonly string[];
  /** Both ship them, with different scripts. */
  readonly edited: readonly string[];
}

/** Compares what two releases ship. */
export function compareShipped(current: Shipped, target: Shipped): ShippedDifference {
  const onlyIn = (one: Shipped, other: Shipped): readonly string[] => [...one.keys()].filter((name) => !other.has(name)).sort();
  return {
    newer: onlyIn(current, target),
    removed: onlyIn(target, current),
    edited: [...target.values()].filter(({ name, sha256 }) => current.has(name) && current.get(name)?.sha256 !== sha256).map(({ name }) => name).sort(),
  };
}
