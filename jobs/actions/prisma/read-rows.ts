import type { TargetDatabase } from '../../../src/ports/target-database.js';
import type { ActionContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import { type PrismaInput, schemaOf } from './cli-input.js';
import { type LiveRow, readHistory } from './history-table.js';

/** Lends a connection to the target's database. */
export async function withTargetDatabase<T>(context: ActionContext, url: string, work: (database: TargetDatabase) => Promise<T>): Promise<T> {
  const database = await context.connectDatabase(url);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

/** The rows of the history; none where there is no table yet, which a first deploy makes. */
export async function readRows(context: ActionContext, given: Pick<PrismaInput, 'database' | 'schema'>): Promise<readonly LiveRow[]> {
  return withTargetDatabase(context, given.database, (database) =>
    readHistory(database, schemaOf(given)).catch((error: unknown) => {
      if (error instanceof ActionError && error.code === 'no-history-table') return [];
      throw error;
    }),
  );
}

/** Names that count as applied: finished, not rolled back, nothing else looked at (facts.md: `deploy` compares names only). */
export function appliedNames(rows: readonly LiveRow[]): ReadonlySet<string> {
  return new Set(rows.filter(({ state }) => state === 'applied').map(({ name }) => name));
}

/** Names whose failed rows block every deploy. */
export function failedNames(rows: readonly LiveRow[]): readonly string[] {
  return [...new Set(rows.filter(({ state }) => state === 'failed').map(({ name }) => name))];
}
