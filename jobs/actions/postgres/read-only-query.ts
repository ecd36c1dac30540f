import type { JsonObject } from '../../../src/plan/plan.js';
import type { ActionContext } from '../../../src/ports/action.js';

export type Scalar = string | number | boolean | null;

/**
 * Asks with a new connection, as an application that has just been pointed at the database would have, and gives at most `rows` of the answer. The server itself lets it read only.
 * Throws TargetDatabaseError.
 */
export async function readOnlyQuery(context: ActionContext, database: string, sql: string, params: readonly Scalar[], limits: { readonly rows: number; readonly ms: number }): Promise<readonly JsonObject[]> {
  const connection = await context.connectDatabase(database, { connectMs: limits.ms, statementMs: limits.ms });
  try {
    return await connection.transaction(async () => {
      await connection.query('SET TRANSACTION READ ONLY');
      // As a subquery, and with a parameter of ours in any case: then PostgreSQL takes one statement, a query, and nothing else. COPY … TO PROGRAM passes for reading.
      const rows = await connection.query(`SELECT * FROM (\n${sql.replace(/;\s*$/, '')}\n) AS answer LIMIT $${params.length + 1}::int`, [...params, limits.rows]);
      // Some functions write although the transaction only reads (large objects, before PostgreSQL 16).
      await connection.query('ROLLBACK');
      return rows;
    });
  } finally {
    await connection.close();
  }
}
