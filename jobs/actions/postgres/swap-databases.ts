import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { type TargetDatabase, TargetDatabaseError } from '../../../src/ports/target-database.js';
import { ActionError } from '../action-error.js';
import { type RestoreMarker, writeMarker } from './restore-marker.js';
import type { RestoreNames } from './restore-names.js';
import { literal, quoted } from './restore-sql.js';
import { propertyStatements, readProperties } from './swap-properties.js';

/** Between looks for sessions that came meanwhile: PostgreSQL itself looks every 100 ms whether the database is free, and gives up after 5 s. */
const lookMs = 40;

const session = z.object({ pid: z.number(), who: z.string() });
const databaseRow = z.object({ name: z.string(), oid: z.coerce.number() });

export interface Swap {
  readonly names: RestoreNames;
  /** Object ids that both databases must still have. */
  readonly live: number;
  readonly fresh: number;
  /** Stays with the old database. */
  readonly kept: RestoreMarker;
}

/**
 * Puts the new database in the place of the one in use, in one transaction, which also gives it the old one's rights, settings and comment. It is done, or nothing is: no session is kept out
 * by a setting that a crash could leave behind. ALTER DATABASE … RENAME locks the database first, and who connects waits behind that lock; `ending`, a second connection, ends the sessions
 * that are there already. Returns how many it ended. Throws ActionError `database-in-use` or `database-changed`, and TargetDatabaseError.
 */
export async function swapDatabases(admin: TargetDatabase, ending: TargetDatabase, swap: Swap): Promise<number> {
  const { names } = swap;
  const sessions = endSessions(ending, [swap.live, swap.fresh]);
  try {
    await admin.transaction(async () => {
      await admin.query(`SET LOCAL lock_timeout = '15s'`);
      const like = await readProperties(admin, names.live);
      for (const statement of propertyStatements(names.fresh, like)) await admin.query(statement);
      await admin.query(`ALTER DATABASE ${quoted(names.live)} RENAME TO ${quoted(names.kept)}`);
      await admin.query(`ALTER DATABASE ${quoted(names.fresh)} RENAME TO ${quoted(names.live)}`);
      await checkObjects(admin, swap);
      const comment = writeMarker({ ...swap.kept, stage: 'kept', live: swap.fresh, ...(like.comment === null ? {} : { comment: like.comment }) });
      await admin.query(`COMMENT ON DATABASE ${quoted(names.kept)} IS ${literal(comment)}`);
    });
  } catch (error) {
    throw await inWords(error, sessions, ending, swap);
  } finally {
    await sessions.stop();
  }
  return sessions.ended();
}

/** Whoever drops and creates databases meanwhile does not wait for planb. */
async function checkObjects(admin: TargetDatabase, { names, live, fresh }: Swap): Promise<void> {
  const rows = await admin.query('SELECT datname AS name, oid::bigint AS oid FROM pg_database WHERE datname = ANY($1)', [[names.live, names.kept]]);
  const found = new Map(rows.map((row) => databaseRow.parse(row)).map(({ name, oid }) => [name, oid]));
  if (found.get(names.live) === fresh && found.get(names.kept) === live) return;
  throw new ActionError('database-changed', `${names.live} is not the database any more that it was when the restore began`);
}

interface Ending {
  readonly ended: () => number;
  /** Why sessions could not be ended. */
  readonly refused: () => string | undefined;
  readonly stop: () => Promise<void>;
}

function endSessions(ending: TargetDatabase, databases: readonly number[]): Ending {
  const ended = new Set<number>();
  const stopped = new AbortController();
  let refused: string | undefined;
  const endOne = async (pid: number): Promise<void> => {
    try {
      await ending.query('SELECT pg_terminate_backend($1)', [pid]);
      ended.add(pid);
    } catch (error) {
      if (!(error instanceof TargetDatabaseError)) throw error;
      refused = error.message;
    }
  };
  const work = async (): Promise<void> => {
    while (!stopped.signal.aborted) {
      const found = await sessionsOf(ending, databases).catch((error: unknown) => {
        if (!(error instanceof TargetDatabaseError)) throw error;
        refused = error.message;
        return [];
      });
      for (const { pid } of found) await endOne(pid);
      await delay(lookMs, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  };
  const working = work();
  // Awaited in `stop`.
  working.catch(() => undefined);
  return {
    ended: () => ended.size,
    refused: () => refused,
    stop: async () => {
      stopped.abort();
      await working;
    },
  };
}

/** Other people's sessions; the server ends its own workers itself. */
async function sessionsOf(database: TargetDatabase, databases: readonly number[]): Promise<readonly z.output<typeof session>[]> {
  const rows = await database.query(
    `SELECT pid, coalesce(nullif(application_name, ''), 'a program without a name') || ' as ' || coalesce(usename, '?') AS who FROM pg_stat_activity
      WHERE datid = ANY($1::oid[]) AND pid <> pg_backend_pid() AND backend_type IN ('client backend', 'walsender')`, [databases.map(String)],
  );
  return rows.map((row) => session.parse(row));
}

async function inWords(error: unknown, sessions: Ending, ending: TargetDatabase, { names, live }: Swap): Promise<unknown> {
  // 55006: object in use. 55P03: the lock was not to be had.
  if (!(error instanceof TargetDatabaseError) || (error.sqlState !== '55006' && error.sqlState !== '55P03')) return error;
  const left = await sessionsOf(ending, [live]).catch(() => []);
  const who = [...new Set(left.map((one) => one.who))].slice(0, 3).join(', ');
  const why = sessions.refused();
  return new ActionError('database-in-use', `${names.live} is still in use${who === '' ? '' : ` by ${who}`}${why === undefined ? '' : `: ${why}`}`, { retryable: true, cause: error });
}
