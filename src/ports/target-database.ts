import type { JsonObject } from '../plan/plan.js';

/** A connection to a target's own database, for facts, checks and history. Closed by the one who opened it. */
export interface TargetDatabase {
  /** Parameterised SQL; rows as plain JSON (dates as ISO 8601, bigint as string). */
  query(sql: string, parameters?: readonly (string | number | boolean | null | readonly string[])[]): Promise<readonly JsonObject[]>;
  /** Runs the queries of `work` in one transaction; rolled back when it throws. */
  transaction<T>(work: (database: TargetDatabase) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
