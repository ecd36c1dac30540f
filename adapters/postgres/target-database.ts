import { Socket } from 'node:net';
import pg from 'pg';
import type { Json, JsonObject } from '../../src/plan/plan.js';
import { type DatabaseRoute, type TargetDatabase, TargetDatabaseError, type TargetDatabaseLimits } from '../../src/ports/target-database.js';

/**
 * Connects to a target's database as `planb`, with limits so that a hanging target never hangs a plan (5 s to connect, 30 s a statement).
 * Throws TargetDatabaseError; the message never holds the URL.
 */
export async function connectTargetDatabase(url: string, limits: TargetDatabaseLimits = {}): Promise<TargetDatabase> {
  try {
    return await connect(url, limits, false);
  } catch (error) {
    // PgBouncer refuses what it does not know at the start of a session. Behind it a session is not ours alone, so the limit is set in each transaction instead.
    if (error instanceof TargetDatabaseError && /unsupported startup parameter/.test(error.message)) return connect(url, limits, true);
    throw error;
  }
}

async function connect(url: string, limits: TargetDatabaseLimits, pooled: boolean): Promise<TargetDatabase> {
  const statementMs = limits.statementMs ?? 30_000;
  const { route } = limits;
  const socket = route === undefined ? new Socket() : new RoutedSocket(route);
  const started = Date.now();
  const client = openClient(url, socket, limits.connectMs ?? 5_000, statementMs, pooled);
  // A connection that dies between two queries emits 'error'; the next query says so, the process must not die of it.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    await end(client, socket);
    const why = await route?.refusalSince(started);
    throw connectError(why === undefined ? error : new Error(`${why}, from ${route?.from ?? ''}`, { cause: error }));
  }
  return new PgTargetDatabase(client, socket, pooled ? statementMs : undefined, route?.from);
}

/** Goes another way than pg asks it to. */
class RoutedSocket extends Socket {
  readonly #route: DatabaseRoute;

  constructor(route: DatabaseRoute) {
    super();
    this.#route = route;
  }

  /** As pg calls it: with port and host, or with the path of a socket. */
  override connect(...args: readonly unknown[]): this {
    const [first, host] = args;
    const to = typeof first === 'number' ? { host: typeof host === 'string' ? host : 'localhost', port: first } : { path: String(first) };
    this.#route.open(to).then(
      (path) => { if (!this.destroyed) super.connect(path); },
      (error: unknown) => { this.destroy(error instanceof Error ? error : new Error(String(error))); },
    );
    return this;
  }
}

/** A server that hangs never answers the goodbye. */
const goodbyeMs = 2_000;

async function end(client: pg.Client, socket: Socket): Promise<void> {
  const timer = setTimeout(() => socket.destroy(), goodbyeMs);
  await client.end().catch(() => undefined);
  clearTimeout(timer);
}

function openClient(url: string, socket: Socket, connectMs: number, statementMs: number, pooled: boolean): pg.Client {
  try {
    return new pg.Client({
      connectionString: url,
      stream: () => socket,
      application_name: 'planb',
      connectionTimeoutMillis: connectMs,
      ...(pooled ? {} : { statement_timeout: statementMs }),
      // The server may be gone without a word: this one counts here.
      query_timeout: statementMs + 5_000,
      types: { getTypeParser },
    });
  } catch {
    // No cause: a URL error carries the whole input, password included.
    throw new TargetDatabaseError('malformed-url', 'the database URL cannot be read; expected postgresql://user:password@host:port/database');
  }
}

class PgTargetDatabase implements TargetDatabase {
  private readonly client: pg.Client;
  private readonly socket: Socket;
  /** Milliseconds, where the session's own limit could not be set. */
  private readonly limitMs: number | undefined;
  /** The machine that the connection leaves from, where it is another one. */
  private readonly from: string | undefined;
  private inTransaction = false;

  constructor(client: pg.Client, socket: Socket, limitMs: number | undefined, from: string | undefined) {
    this.client = client;
    this.socket = socket;
    this.limitMs = limitMs;
    this.from = from;
  }

  async query(sql: string, parameters: readonly (string | number | boolean | null | readonly string[])[] = []): Promise<readonly JsonObject[]> {
    try {
      const result = await this.client.query<Record<string, unknown>>(sql, [...parameters]);
      return result.rows.map(plainRow);
    } catch (error) {
      throw queryError(error, this.from);
    }
  }

  async transaction<T>(work: (database: TargetDatabase) => Promise<T>): Promise<T> {
    if (this.inTransaction) throw new Error('a transaction is open on this connection already');
    this.inTransaction = true;
    try {
      await this.query('BEGIN');
      try {
        if (this.limitMs !== undefined) await this.query(`SET LOCAL statement_timeout = ${String(Math.ceil(this.limitMs))}`);
        const value = await work(this);
        await this.query('COMMIT');
        return value;
      } catch (error) {
        // When the connection is gone there is nothing to roll back: the server does it. The first error is the one to tell.
        await this.query('ROLLBACK').catch(() => undefined);
        throw error;
      }
    } finally {
      this.inTransaction = false;
    }
  }

  async close(): Promise<void> {
    await end(this.client, this.socket);
  }
}

type TypeId = Parameters<typeof pg.types.getTypeParser>[0];

/** Object ids of types whose text form is kept: a zone-less time must not be read in this machine's zone. */
const textTypes: ReadonlySet<TypeId> = new Set([pg.types.builtins.TIMESTAMP, pg.types.builtins.DATE, pg.types.builtins.INTERVAL]);

function getTypeParser(oid: TypeId, format?: 'text' | 'binary'): (value: string) => unknown {
  if (textTypes.has(oid)) return (value) => value;
  if (oid === pg.types.builtins.TIMESTAMPTZ) return isoTime;
  return pg.types.getTypeParser(oid, format) as (value: string) => unknown;
}

/** `infinity` has no ISO form and stays as PostgreSQL writes it. */
function isoTime(value: string): string {
  const time = new Date(value);
  return Number.isNaN(time.getTime()) ? value : time.toISOString();
}

function plainRow(row: Record<string, unknown>): JsonObject {
  return Object.fromEntries(Object.entries(row).map(([column, value]) => [column, plain(value)]));
}

function plain(value: unknown): Json {
  if (value === null || value === undefined) return null;
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Date) return value.toISOString();
  if (Buffer.isBuffer(value)) return value.toString('hex');
  if (Array.isArray(value)) return value.map(plain);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
}

function connectError(error: unknown): TargetDatabaseError {
  const sqlState = sqlStateOf(error);
  // Class 28: authorisation; 3D000: no such database.
  if (sqlState !== undefined && (sqlState.startsWith('28') || sqlState === '3D000')) {
    return new TargetDatabaseError('access-denied', `the database refuses planb: ${messageOf(error)}`, { cause: error, sqlState });
  }
  return new TargetDatabaseError('unreachable', `the database cannot be reached: ${messageOf(error)}`, { cause: error, ...(sqlState === undefined ? {} : { sqlState }) });
}

function queryError(error: unknown, from: string | undefined): TargetDatabaseError {
  if (error instanceof TargetDatabaseError) return error;
  const sqlState = sqlStateOf(error);
  const message = messageOf(error);
  if (sqlState === '57014' || /query read timeout/i.test(message)) return new TargetDatabaseError('timed-out', `the database took too long: ${message}`, { cause: error });
  // Class 08 and 57P: the server ends the session; without a SQLSTATE the socket broke.
  if (sqlState === undefined || sqlState.startsWith('08') || sqlState.startsWith('57P')) {
    return new TargetDatabaseError('connection-lost', `the connection to the database was lost${from === undefined ? '' : `, which went through ${from}`}: ${message}`, { cause: error });
  }
  return new TargetDatabaseError('query-failed', `${message} (SQLSTATE ${sqlState})`, { cause: error, sqlState });
}

function sqlStateOf(error: unknown): string | undefined {
  return error instanceof pg.DatabaseError ? error.code : undefined;
}

/** Node reports a refused connection to a name with several addresses as an AggregateError with an empty message. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
