import type { JsonObject } from '../plan/plan.js';

/** Limits of a connection, in milliseconds, and its way. */
export interface TargetDatabaseLimits {
  readonly connectMs?: number;
  readonly statementMs?: number;
  /** Absent: straight from this machine. */
  readonly route?: DatabaseRoute;
}

/** A way to a database through another machine. */
export interface DatabaseRoute {
  /** The machine, for sentences. */
  readonly from: string;
  /** A local socket that leads to a place as that machine sees it. Rejects when there is no way. */
  readonly open: (to: { readonly host: string; readonly port: number } | { readonly path: string }) => Promise<string>;
  /** Why the way ended nowhere since then (milliseconds since the epoch), where that is known. */
  readonly refusalSince: (since: number) => Promise<string | undefined>;
}

/** Opens a connection. Throws TargetDatabaseError. Without limits a hanging target hangs nobody: 5 s to connect, 30 s a statement. */
export type ConnectDatabase = (url: string, limits?: TargetDatabaseLimits) => Promise<TargetDatabase>;

/** A connection to a target's own database, for facts, checks and history. Closed by the one who opened it. */
export interface TargetDatabase {
  /** Parameterised SQL; rows as plain JSON (dates as ISO 8601, bigint as string). */
  query(sql: string, parameters?: readonly (string | number | boolean | null | readonly string[])[]): Promise<readonly JsonObject[]>;
  /** Runs the queries of `work` in one transaction; rolled back when it throws. */
  transaction<T>(work: (database: TargetDatabase) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

/**
 * The target's database did not answer as asked. `unreachable` no connection, `access-denied` wrong password or no such role or database,
 * `timed-out` the statement limit, `connection-lost` in the middle (whether a commit happened is then unknown), `query-failed` PostgreSQL's own
 * error, with its SQLSTATE. The message never holds the connection string.
 */
export class TargetDatabaseError extends Error {
  override readonly name = 'TargetDatabaseError';
  readonly code: 'malformed-url' | 'unreachable' | 'access-denied' | 'timed-out' | 'connection-lost' | 'query-failed';
  readonly retryable: boolean;
  readonly sqlState: string | undefined;

  constructor(code: TargetDatabaseError['code'], message: string, options: { readonly cause?: unknown; readonly sqlState?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = code === 'unreachable' || code === 'timed-out' || code === 'connection-lost';
    this.sqlState = options.sqlState;
  }
}
