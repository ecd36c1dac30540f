import type { ActionContext } from '../../../../src/ports/action.js';
import { type TargetDatabase, TargetDatabaseError } from '../../../../src/ports/target-database.js';
import { readDatabaseFacts } from '../database-facts.js';
import { estimateLoss } from '../loss-count.js';
import { readLossTables } from '../loss-tables.js';
import { bookkeeping } from './bookkeeping.js';
import { findMark } from './marks.js';

/** How many rows a database got or changed since it was marked. */
export type WritesSince =
  | {
    readonly ok: true;
    readonly database: string;
    /** ISO 8601 UTC, the database's clock. */
    readonly since: string;
    /** Rows inserted or changed since (deletions leave no trace), tables without any left out. `about`: an estimate, since counting took too long. */
    readonly tables: readonly { readonly table: string; readonly rows: number; readonly about: boolean }[];
    readonly rows: number;
    /** Tables of which it cannot be told now, each with why. */
    readonly untold: readonly { readonly table: string; readonly why: string }[];
  }
  /** `why`: one sentence for a board, secrets masked. */
  | { readonly ok: false; readonly code: 'unreachable' | 'no-mark' | 'mark-of-another-database'; readonly why: string };

export interface WritesWanted {
  /** Of `postgres.mark`; default `switch`. */
  readonly mark?: string;
  /** Default: all. */
  readonly tables?: readonly string[];
  /** Milliseconds for all tables together; default 4,000. */
  readonly withinMs?: number;
}

/** One statement, so that a locked table or a large one hangs nobody. */
const statementMs = 1_500;

/**
 * For people who choose a way back: what each server wrote since the switch. Rows are told by the transactions that wrote them, whatever their own times say. A database that does not answer is no
 * error here but something to ask people about. Throws ActionError for a table that does not exist.
 */
export async function countWritesSince(context: Pick<ActionContext, 'connectDatabase' | 'now' | 'mask'>, url: string, wanted: WritesWanted = {}): Promise<WritesSince> {
  try {
    const database = await context.connectDatabase(url, { statementMs });
    try {
      return await count(context, database, wanted);
    } finally {
      await database.close();
    }
  } catch (error) {
    if (error instanceof TargetDatabaseError) return { ok: false, code: 'unreachable', why: context.mask(error.message) };
    throw error;
  }
}

async function count(context: Pick<ActionContext, 'now'>, database: TargetDatabase, { mark = 'switch', tables: named, withinMs = 4_000 }: WritesWanted): Promise<WritesSince> {
  const found = await findMark(database, mark);
  if (!found.ok) return found;
  const until = context.now() + withinMs;
  const { at: since, horizon } = found.mark;
  const { name } = await readDatabaseFacts(database);
  const tables = (await readLossTables(database, named)).filter(({ said }) => !said.startsWith(`${bookkeeping}.`));
  const { told, untold } = await estimateLoss({ database, tables, since, horizon, counted: [] }, () => context.now() >= until);
  const written = told.filter(({ rows }) => rows > 0).map(({ table, rows, about }) => ({ table: table.said, rows, about }));
  // An estimate goes by a time column, which updates and late commits do not touch: "about none" is not "none".
  const perhaps = told.filter(({ rows, about }) => rows === 0 && about).map(({ table }) => ({ table: table.said, why: 'too large to be counted now; none by its time column' }));
  return { ok: true, database: name, since, tables: written, rows: written.reduce((sum, { rows }) => sum + rows, 0), untold: [...perhaps, ...untold.map(({ table, why }) => ({ table: table.said, why }))] };
}
