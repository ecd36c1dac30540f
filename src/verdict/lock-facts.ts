import { z } from 'zod';
import type { Fact } from '../plan/plan.js';

/** A session that holds Prisma's migration lock, as PostgreSQL shows it; what planb's role may not see is null. */
export const lockHolderSchema = z.strictObject({
  pid: z.number(),
  application: z.string(),
  client: z.string().nullable(),
  user: z.string().nullable(),
  /** `active`, `idle`, `idle in transaction` … */
  state: z.string().nullable(),
  /** Since when it is in that state, ISO 8601, and how many seconds that is by the database's clock. */
  since: z.string().nullable(),
  seconds: z.number().nullable(),
  /** Its last statement without values, cut short. */
  statement: z.string().nullable(),
});
export type LockHolder = z.output<typeof lockHolderSchema>;

/** Keys of facts about held migration locks. */
export const lockKeyPrefix = 'migration-lock:';

/** Seconds. A migration's session is idle between two scripts for milliseconds; one behind a pooler stays so for ever (facts.md, #26712). */
const orphanedAfter = 30;

/** Nothing is under way in the session that holds the lock. */
export function looksOrphaned({ state, seconds }: LockHolder): boolean {
  return state === 'idle' && seconds !== null && seconds >= orphanedAfter;
}

/** Who holds the lock, and what a person can do about it: one sentence, without the statement. */
export function sayLock(holder: LockHolder): string {
  const { pid, application, client, state, since } = holder;
  const who = `session ${pid} (${[application === '' ? 'no application name' : application, client ?? 'local'].join(', ')})`;
  const doing = state === null ? 'planb may not see what it does' : `${state}${since === null ? '' : ` since ${since}`}`;
  const advice = looksOrphaned(holder)
    ? 'it looks orphaned'
    : 'a migration may be running in it';
  return `${who} holds Prisma's migration lock, ${doing}; ${advice}: no migration can start until it ends, or a person ends it with: select pg_terminate_backend(${pid})`;
}

/** The locks that a plan's facts hold, with their keys. */
export function locksOf(facts: readonly Fact[]): readonly { readonly key: string; readonly holders: readonly LockHolder[] }[] {
  return facts.filter(({ key }) => key.startsWith(lockKeyPrefix)).map(({ key, value }) => ({ key, holders: z.array(lockHolderSchema).parse(value) }));
}
