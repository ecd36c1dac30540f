import { join } from 'node:path';
import { z } from 'zod';
import type { ActionContext } from '../../../../src/ports/action.js';
import { TargetDatabaseError } from '../../../../src/ports/target-database.js';
import { ActionError } from '../../action-error.js';
import { readBase, readBothFacts, withSides } from './both-sides.js';
import { bookkeepingObstacle } from './bookkeeping.js';
import { type CarryFact, askedFor } from './carry-fact.js';
import { type CarryBase, type Sides, conflictSentence, pairsOf } from './carry-rows.js';
import type { CarryOrder } from './carry-step.js';
import { type CarriedTable, matchTables } from './carried-table.js';
import { type CaseCounts, countCase, noCases } from './count-cases.js';
import { judgeRow } from './judge-row.js';
import { type StreamBase, changedSql, setTextSettings } from './key-stream.js';
import { orderTables } from './order-tables.js';
import { type TableShape, readShapes } from './table-shape.js';

/** While planning, and whenever the plan's facts are read again: one statement, and all of them. */
const limits = { statementMs: 4_000, allMs: 8_000 } as const;

/** What the carry would find now. What stands against it is in the fact; a server that does not answer throws ActionError. */
export async function foreseeCarry(context: ActionContext, order: CarryOrder) {
  return withSides(context, { from: order.from, to: order.to, statementMs: limits.statementMs }, async (sides) => {
    const facts = await readBothFacts(sides);
    const seen = { asked: askedFor(order), from: facts.from.name, to: facts.to.name, folder: join(await context.runFolder(), 'carry') };
    try {
      const obstacle = await bookkeepingObstacle(sides.to);
      if (obstacle !== undefined) throw new ActionError('no-bookkeeping', obstacle);
      const base = await readBase(sides, order.base);
      const shapes = await readShapes(sides.from);
      const tables = orderTables(matchTables(shapes, await readShapes(sides.to), order.tables));
      const until = context.now() + limits.allMs;
      const timeIsUp = (): boolean => context.now() >= until;
      const found = await compareTables(sides, tables, base, timeIsUp);
      const others = base === undefined ? undefined : await countOthers(sides, shapes.filter(({ name, partitionOf }) => partitionOf === null && !tables.some(({ from }) => from.name === name)), base.from, timeIsUp);
      const refused = found.find(({ counts }) => counts !== undefined && counts.refused > 0);
      const fact: CarryFact = {
        ...seen, ...(base === undefined ? {} : { since: base.at }),
        tables: found.map(({ table, counts, about }) => ({ said: table.said, key: table.key.map(({ name }) => name), triggers: table.to.triggers, fails: table.onConflict === 'fail', ...(counts === undefined ? {} : { counts }), ...(about === undefined ? {} : { about }) })),
        ...(others === undefined ? {} : { others }),
        ...(refused === undefined ? {} : { obstacle: { code: 'conflicts', message: conflictSentence(refused.table, refused.counts?.refused ?? 0) } }),
      };
      return { facts, base, fact };
    } catch (error) {
      if (!(error instanceof ActionError)) throw error;
      const fact: CarryFact = { ...seen, tables: [], obstacle: { code: error.code, message: error.message } };
      return { facts, base: undefined, fact };
    }
  });
}

interface Foreseen {
  readonly table: CarriedTable;
  readonly counts: CaseCounts | undefined;
  readonly about: number | undefined;
}

async function compareTables(sides: Sides, tables: readonly CarriedTable[], base: CarryBase | undefined, timeIsUp: () => boolean): Promise<readonly Foreseen[]> {
  const found: Foreseen[] = [];
  for (const table of tables) {
    const counts = await inTime(async () => compareTable(sides, table, base, timeIsUp));
    const about = counts === undefined && base !== undefined ? await inTime(async () => countChanged(sides.from, table.from, changedSql(base.from))) : undefined;
    found.push({ table, counts, about });
  }
  return found;
}

/** Undefined: not in time. */
async function compareTable(sides: Sides, table: CarriedTable, base: CarryBase | undefined, timeIsUp: () => boolean): Promise<CaseCounts | undefined> {
  if (timeIsUp()) return undefined;
  return readOnly(sides, async () => {
    const counts = noCases();
    let looked = 0;
    for await (const pair of pairsOf(sides, table, base)) {
      countCase(counts, judgeRow(pair, table));
      looked += 1;
      if (looked % 1_000 === 0 && timeIsUp()) return undefined;
    }
    return counts;
  });
}

/** What the new server wrote into tables that nobody chose: it stays there, and people are told before they vote. */
async function countOthers(sides: Sides, shapes: readonly TableShape[], base: StreamBase, timeIsUp: () => boolean): Promise<CarryFact['others']> {
  const found: { readonly said: string; readonly rows?: number }[] = [];
  for (const shape of shapes) {
    const rows = timeIsUp() ? undefined : await countChanged(sides.from, shape, changedSql(base)).catch((error: unknown) => {
      // A table that planb's role may not read, or that is locked, is no reason to plan nothing.
      if (!(error instanceof TargetDatabaseError) || error.code === 'connection-lost') throw error;
      return undefined;
    });
    if (rows !== 0) found.push({ said: shape.said, ...(rows === undefined ? {} : { rows }) });
  }
  return found;
}

async function countChanged(from: Sides['from'], { source }: TableShape, condition: string): Promise<number> {
  const [row] = await from.query(`SELECT count(*)::float8 AS rows FROM ${source} AS t WHERE ${condition}`);
  return z.object({ rows: z.number() }).parse(row).rows;
}

async function readOnly<T>({ from, to }: Sides, work: () => Promise<T>): Promise<T> {
  return from.transaction(async () => to.transaction(async () => {
    for (const side of [from, to]) {
      await side.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
      await setTextSettings(side);
    }
    return work();
  }));
}

async function inTime<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TargetDatabaseError && error.code === 'timed-out') return undefined;
    throw error;
  }
}
