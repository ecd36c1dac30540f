import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ActionContext } from '../../../src/ports/action.js';
import type { TargetDatabase } from '../../../src/ports/target-database.js';
import { migrationId } from '../../../src/verdict/django-graph.js';
import { ActionError } from '../action-error.js';

const rowsSchema = z.array(z.object({ app: z.string(), name: z.string() }));

/** The ids (`app.full_name`) in a database's django_migrations. Throws ActionError `no-history-table`. */
export async function readRows(database: TargetDatabase, alias: string): Promise<ReadonlySet<string>> {
  const [found] = await database.query(`SELECT to_regclass('django_migrations') IS NOT NULL AS there`);
  if (found?.['there'] !== true) throw new ActionError('no-history-table', `database ${alias} has no table django_migrations: it is not this project's, or was never migrated`);
  const rows = await database.query('SELECT app, name FROM django_migrations');
  return new Set(rowsSchema.parse(rows).map(({ app, name }) => migrationId(app, name)));
}

/** SHA-256 over the rows that stay: nothing but what the vote named may go, and nothing may come. */
export function hashKept(rows: ReadonlySet<string>, goes: readonly string[]): string {
  const gone = new Set(goes);
  return createHash('sha256').update([...rows].filter((id) => !gone.has(id)).sort().join('\n')).digest('hex');
}

/** Opens a database for `work`. A count may look through a large table, so a statement has two minutes. */
export async function withDatabase<T>(context: ActionContext, url: string, work: (database: TargetDatabase) => Promise<T>): Promise<T> {
  const database = await context.connectDatabase(url, { statementMs: 120_000 });
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}
