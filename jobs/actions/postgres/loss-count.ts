import { z } from 'zod';
import { type TargetDatabase, TargetDatabaseError } from '../../../src/ports/target-database.js';
import type { TableRows } from './count-rows.js';
import { type LossTable, sinceCondition, writtenCondition } from './loss-tables.js';

/** Rows of one table that came after the moment. */
export interface TableLoss {
  readonly table: LossTable;
  readonly rows: number;
  /** An estimate of the planner's: counting took too long. */
  readonly about: boolean;
}

/** A table of which it cannot be told, and why. */
export interface Untold {
  readonly table: LossTable;
  readonly why: string;
  /** How many rows it has more (or fewer) than when the backup was taken, where somebody counted. */
  readonly difference?: number;
}

export interface Loss {
  readonly told: readonly TableLoss[];
  readonly untold: readonly Untold[];
}

const countRow = z.object({ rows: z.coerce.number() });
const explainRow = z.object({ 'QUERY PLAN': z.array(z.object({ Plan: z.object({ 'Plan Rows': z.number() }) })).min(1) });

export interface Counting {
  readonly database: TargetDatabase;
  readonly tables: readonly LossTable[];
  /** ISO 8601. */
  readonly since: string;
  /** Of the dump, where rows can be compared with it (`usableHorizon`). */
  readonly horizon: string | undefined;
  /** Counted when the backup was taken, by table; empty: nobody did. */
  readonly counted: readonly TableRows[];
}

/** The condition for what is exported and counted; undefined: nothing tells, and the table is exported as a whole. */
export function lossCondition(table: LossTable, { since, horizon }: Pick<Counting, 'since' | 'horizon'>): string | undefined {
  return horizon === undefined ? sinceCondition(table, since) : writtenCondition(horizon);
}

/** Exactly, however long it takes. Throws TargetDatabaseError. */
export async function countLoss(counting: Counting, tell: (done: number) => void): Promise<Loss> {
  const { database, tables, counted } = counting;
  const told: TableLoss[] = [];
  const untold: Untold[] = [];
  for (const [index, table] of tables.entries()) {
    tell(index);
    const condition = lossCondition(table, counting);
    if (condition === undefined) untold.push(await compare(database, table, counted));
    else told.push({ table, rows: await count(database, `${table.name} WHERE ${condition}`), about: false });
  }
  return { told, untold };
}

/**
 * For a plan, which must not wait: `database` has a short statement limit, and after `untilMs` nothing more is counted. What takes longer is the planner's estimate; what is locked or may not be read is
 * named. Throws TargetDatabaseError when the connection is lost.
 */
export async function estimateLoss(counting: Counting, timeIsUp: () => boolean): Promise<Loss> {
  const { database, tables, counted } = counting;
  const told: TableLoss[] = [];
  const untold: Untold[] = [];
  for (const table of tables) {
    try {
      const found = await countOrEstimate(table, counting, timeIsUp);
      if (found !== undefined) told.push({ table, ...found });
      else untold.push(timeIsUp() ? { table, why: noColumn } : await compare(database, table, counted));
    } catch (error) {
      if (!(error instanceof TargetDatabaseError) || error.code === 'connection-lost') throw error;
      untold.push({ table, why: error.sqlState === '55P03' || error.code === 'timed-out' ? 'it is locked at this moment' : error.message });
    }
  }
  return { told, untold };
}

/** Undefined: nothing tells, or nothing quickly. An estimate goes by time, of which the planner knows something. */
async function countOrEstimate(table: LossTable, counting: Counting, timeIsUp: () => boolean): Promise<{ readonly rows: number; readonly about: boolean } | undefined> {
  const { database } = counting;
  const byTime = sinceCondition(table, counting.since);
  for (const condition of new Set([lossCondition(table, counting), byTime])) {
    if (condition === undefined || timeIsUp()) continue;
    try {
      return { rows: await count(database, `${table.name} WHERE ${condition}`), about: condition === byTime && counting.horizon !== undefined };
    } catch (error) {
      if (!(error instanceof TargetDatabaseError) || error.code !== 'timed-out') throw error;
    }
  }
  if (byTime === undefined) return undefined;
  const [row] = await database.query(`EXPLAIN (FORMAT JSON) SELECT FROM ONLY ${table.name} WHERE ${byTime}`);
  return { rows: explainRow.parse(row)['QUERY PLAN'][0]?.Plan['Plan Rows'] ?? 0, about: true };
}

const noColumn = 'no column says when its rows came';

/** All that is left then is how many there are now. */
async function compare(database: TargetDatabase, table: LossTable, counted: readonly TableRows[]): Promise<Untold> {
  const before = counted.find(({ name }) => name === table.name);
  if (before === undefined) return { table, why: noColumn };
  return { table, why: noColumn, difference: (await count(database, table.name)) - before.rows };
}

/** `from`: a table, and which of its rows. */
export async function count(database: TargetDatabase, from: string): Promise<number> {
  const [row] = await database.query(`SELECT count(*) AS rows FROM ONLY ${from}`);
  return countRow.parse(row).rows;
}
