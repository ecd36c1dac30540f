import { join } from 'node:path';
import type { JsonObject } from '../../../../src/plan/plan.js';
import type { StepContext, StepResult } from '../../../../src/ports/action.js';
import { TargetDatabaseError } from '../../../../src/ports/target-database.js';
import { ActionError } from '../../action-error.js';
import { dumpName } from '../dump-name.js';
import type { LibpqUrl } from '../libpq-url.js';
import { splitPassword } from '../libpq-url.js';
import { readBase, readBothFacts, withSides } from './both-sides.js';
import { makeBookkeeping } from './bookkeeping.js';
import type { TableWish } from './carry-input.js';
import { findCarried, probeCarry, recordCarry } from './carry-record.js';
import { type Sides, applyRows, deleteRows, stageRows } from './carry-rows.js';
import { matchTables } from './carried-table.js';
import { type CaseCounts, carriedRows, conflictsOf, sayCases } from './count-cases.js';
import { setTextSettings } from './key-stream.js';
import { moveSequences } from './move-sequences.js';
import { orderTables } from './order-tables.js';
import { PutBack, removePutBack } from './put-back.js';
import { readShapes } from './table-shape.js';

export interface CarryOrder {
  readonly from: string;
  readonly to: string;
  readonly base: string | undefined;
  readonly tables: readonly TableWish[];
}

/** Comparing large tables takes its time; what must not hang, waiting for locks, has a limit of its own. */
const statementMs = 24 * 3_600_000;
const lockWaitMs = 60_000;

/** All of it in one transaction of the old server, its marker included. Throws ActionError and TargetDatabaseError. */
export async function carryStep(context: StepContext, order: CarryOrder): Promise<StepResult> {
  const id = { run: context.runId, step: context.step };
  const folder = await putBackFolder(context, order.to);
  // Until the marker was looked for, what is in the folder may belong to an attempt that was committed: the only copy of what it overwrote.
  const own = { begun: false };
  try {
    return await withSides(context, { from: order.from, to: order.to, statementMs }, async (sides) => {
      await makeBookkeeping(sides.to);
      // Not within the transactions: a server may refuse to say which one it is, and an error would end them.
      const facts = await readBothFacts(sides);
      refuseOthers(context, splitPassword(order.from), facts.from);
      refuseOthers(context, splitPassword(order.to), facts.to);
      const begun: Begun = { order, folder, from: facts.from.name, to: facts.to.name, base: await readBase(sides, order.base) };
      const receipt = await sides.from.transaction(async () => {
        await sides.from.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY');
        return sides.to.transaction(async () => {
          const done = await findCarried(sides.to, id, lockWaitMs);
          if (done !== undefined) return done;
          own.begun = true;
          return carry(context, sides, begun);
        });
      });
      return { ok: true, receipt };
    });
  } catch (error) {
    context.signal.throwIfAborted();
    // Its COMMIT may have been carried out although no answer came. A server that cannot be asked now is asked by the next attempt.
    const probed = error instanceof TargetDatabaseError ? await probeCarry(context, order.to, id).catch(() => undefined) : undefined;
    if (probed?.outcome === 'happened') return { ok: true, receipt: probed.receipt };
    if (probed?.outcome === 'absent' || (error instanceof ActionError && own.begun)) await removePutBack(folder);
    throw inWords(error);
  }
}

export async function putBackFolder(context: StepContext, to: string): Promise<string> {
  return join(await context.runFolder(), 'carry', dumpName(context, context.step, to));
}

interface Begun {
  readonly order: CarryOrder;
  readonly folder: string;
  /** The databases' names. */
  readonly from: string;
  readonly to: string;
  readonly base: Awaited<ReturnType<typeof readBase>>;
}

/** Within both transactions, when no other session carries. */
async function carry(context: StepContext, sides: Sides, { order, folder, from, to, base }: Begun): Promise<JsonObject> {
  await setTextSettings(sides.from);
  await setTextSettings(sides.to);
  // Before the lock: a table that is not there has no lock.
  const named = orderTables(matchTables(await readShapes(sides.from), await readShapes(sides.to), order.tables));
  context.progress('waiting for the tables’ locks');
  for (const { to: { source } } of named) await sides.to.query(`LOCK TABLE ${source} IN SHARE ROW EXCLUSIVE MODE`);
  await sides.to.query('SET CONSTRAINTS ALL DEFERRED');
  const putBack = await PutBack.begin(folder);
  try {
    const counted: { readonly said: string; readonly counts: CaseCounts }[] = [];
    for (const [place, table] of named.entries()) {
      const tell = (looked: number): void => { context.progress(`${table.said}: ${looked.toLocaleString('en-US')} rows compared`); };
      const counts = await stageRows(sides, { table, place, base, putBack, tell });
      counted.push({ said: table.said, counts });
      context.log(`${table.said}: ${sayCases(counts)}`);
    }
    const sequences: Record<string, string> = {};
    for (const [place, table] of named.entries()) await applyRows(sides.to, table, place, countsAt(counted, place));
    for (const [place, table] of [...named.entries()].reverse()) await deleteRows(sides.to, table, place, countsAt(counted, place));
    for (const table of named) Object.assign(sequences, await moveSequences(sides, table));
    // Whatever waits for the commit fails here, where its sentence names it.
    await sides.to.query('SET CONSTRAINTS ALL IMMEDIATE');
    const all = counted.map(({ counts }) => counts);
    const receipt: JsonObject = {
      marker: `planb_carry.carries ${context.runId}/${context.step}`, from, to, ...(base === undefined ? {} : { base: order.base ?? '', since: base.at }),
      tables: Object.fromEntries(counted.map(({ said, counts }) => [said, nonZero(counts)])), carried: sum(all, carriedRows), deleted: sum(all, ({ deleted }) => deleted), conflicts: sum(all, conflictsOf), sequences, savedTo: folder,
    };
    await putBack.finish({ run: context.runId, step: context.step });
    await recordCarry(sides.to, { run: context.runId, step: context.step }, order.base, receipt);
    context.signal.throwIfAborted();
    return receipt;
  } finally {
    await putBack.close();
  }
}

function countsAt(counted: readonly { readonly counts: CaseCounts }[], place: number): CaseCounts {
  const found = counted[place];
  if (found === undefined) throw new Error(`no counts of table ${place}`);
  return found.counts;
}

function nonZero(counts: CaseCounts): JsonObject {
  return Object.fromEntries(Object.entries(counts).filter(([, rows]) => rows > 0));
}

function sum(all: readonly CaseCounts[], of: (counts: CaseCounts) => number): number {
  return all.reduce((total, counts) => total + of(counts), 0);
}

/** People voted on two databases, not on whatever the same URLs lead to by now. */
function refuseOthers(context: StepContext, { short }: LibpqUrl, now: { readonly system: string | null; readonly oid: number; readonly name: string }): void {
  const approved = context.facts.find(({ key }) => key === `postgres:${short}`)?.value;
  if (approved === undefined || JSON.stringify(approved) === JSON.stringify({ system: now.system, database: now.name, oid: now.oid })) return;
  throw new ActionError('database-changed', `${now.name} is not the database that the plan saw; plan again`);
}

/** What PostgreSQL says of a row that it does not take, with what it means here. */
function inWords(error: unknown): unknown {
  if (!(error instanceof TargetDatabaseError)) return error;
  if (error.sqlState === '55P03') return new ActionError('locked', 'the old server’s tables are in use: a lock could not be had within a minute, and nothing was carried; stop what writes there and retry', { retryable: true, cause: error });
  if (error.sqlState === '23503') return new ActionError('parent-missing', `a row refers to one that the old server does not have, so nothing was carried: carry the table that it refers to as well (${error.message})`, { cause: error });
  if (error.sqlState === '23505') return new ActionError('taken', `a row's unique value belongs to another row on the old server, so nothing was carried (${error.message})`, { cause: error });
  return error;
}
