/** A migration that the next release brings and a database lacks. */
export interface ComingMigration {
  readonly name: string;
  /** What it takes away for good, with the line of its script where there is one: `line 3 drops column "orders"."note"`. */
  readonly destroys: readonly string[];
  /** Why the release that runs now would fail on the database after it. */
  readonly breaks: readonly string[];
  /** Something takes it back: a down.sql beside it, or operations that Django can reverse. */
  readonly hasDown: boolean;
}

/** What stands in the way of an upgrade: migrations that destroy something and that nothing takes back. */
export function findBlocking(coming: readonly ComingMigration[], accepted: readonly string[]): readonly ComingMigration[] {
  return coming.filter(({ name, destroys, hasDown }) => destroys.length > 0 && !hasDown && !accepted.includes(name));
}

/** One line a migration, for people. */
export function sayComing({ name, destroys, breaks, hasDown }: ComingMigration): string {
  const what = [...destroys, ...(breaks.length === 0 ? [] : [`the running release would break on it (${breaks.join('; ')})`])];
  if (what.length === 0) return `${name}: destroys nothing, and the running release goes on working`;
  return `${name}: ${what.join('; ')}; ${hasDown ? 'it has a down migration' : 'no down migration'}`;
}
