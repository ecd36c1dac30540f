import type { ActionContext } from '../../../src/ports/action.js';
import { TargetDatabaseError } from '../../../src/ports/target-database.js';
import type { Json } from '../../../src/plan/plan.js';
import type { Reading } from '../../../src/watch/judge-rule.js';
import type { WatchCheck, WatchedQuery } from '../../../src/watch/policy.js';
import { readOnlyQuery } from '../../actions/postgres/read-only-query.js';
import { askDatabase } from '../../actions/postgres-query.js';

const limitMs = 10_000;

/** One query, judged as `postgres.query` does; a database that does not answer is bad. */
export async function lookAtDatabase(context: ActionContext, { database, sql, expect }: Extract<WatchCheck, { kind: 'database' }>): Promise<Reading> {
  const { good, saw } = await askDatabase(context, { database, sql, params: [], expect }, limitMs);
  return { result: good ? 'good' : 'bad', saw };
}

/** Two counts side by side. Where one cannot be had, nothing can be said: that a database is down is another rule's. */
export async function lookAtCounts(context: ActionContext, { of, against, compare, tolerance }: Extract<WatchCheck, { kind: 'counts' }>): Promise<Reading> {
  try {
    const [one, other] = await Promise.all([countOf(context, of), countOf(context, against)]);
    if (one === undefined || other === undefined) return { result: 'unread', saw: `${one === undefined ? 'the first' : 'the second'} query gave no number` };
    const missing = other - one;
    const bad = compare === 'equal' ? Math.abs(missing) > tolerance : missing > tolerance;
    return { result: bad ? 'bad' : 'good', saw: one === other ? `${one} on both` : `${one} against ${other}, ${missing > 0 ? `${missing} missing` : `${-missing} more`}` };
  } catch (error) {
    if (error instanceof TargetDatabaseError) return { result: 'unread', saw: context.mask(error.message) };
    throw error;
  }
}

async function countOf(context: ActionContext, { database, sql }: WatchedQuery): Promise<number | undefined> {
  const [row] = await readOnlyQuery(context, database, sql, [], { rows: 1, ms: limitMs });
  // PostgreSQL's large numbers come as texts.
  const value: Json | undefined = row === undefined ? undefined : Object.values(row)[0];
  const number = typeof value === 'number' || (typeof value === 'string' && value.trim() !== '') ? Number(value) : Number.NaN;
  return Number.isFinite(number) ? number : undefined;
}
