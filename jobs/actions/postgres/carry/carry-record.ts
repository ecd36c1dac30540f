import { z } from 'zod';
import type { Json, JsonObject } from '../../../../src/plan/plan.js';
import type { ProbeResult, StepContext } from '../../../../src/ports/action.js';
import { type TargetDatabase, TargetDatabaseError } from '../../../../src/ports/target-database.js';
import { bookkeeping, hasBookkeeping } from './bookkeeping.js';

const json: z.ZodType<Json> = z.json();
const carryRow = z.object({ receipt: z.string() });

export interface CarryId {
  readonly run: string;
  readonly step: string;
}

/**
 * Within a transaction: waits until no other session carries into this database, one whose worker has died included, and gives the receipt of this carry if it was committed. What holds the lock until
 * its commit is the transaction that carries, so after this nothing of an older attempt can come any more. Throws TargetDatabaseError, SQLSTATE 55P03 where somebody still carries after `waitMs`.
 */
export async function findCarried(to: TargetDatabase, id: CarryId, waitMs: number): Promise<JsonObject | undefined> {
  await to.query(`SET LOCAL lock_timeout = ${waitMs}`);
  await to.query(`LOCK TABLE ${bookkeeping}.carries IN EXCLUSIVE MODE`);
  const [row] = await to.query(`SELECT receipt FROM ${bookkeeping}.carries WHERE run = $1 AND step = $2`, [id.run, id.step]);
  return row === undefined ? undefined : z.record(z.string(), json).parse(JSON.parse(carryRow.parse(row).receipt));
}

/** The marker: committed with the rows or not at all. */
export async function recordCarry(to: TargetDatabase, id: CarryId, base: string | undefined, receipt: JsonObject): Promise<void> {
  await to.query(`INSERT INTO ${bookkeeping}.carries (run, step, base, xid, receipt) VALUES ($1, $2, $3, txid_current()::text, $4)`, [id.run, id.step, base ?? null, JSON.stringify(receipt)]);
}

/** The transactions of earlier carries: what they wrote, the old server's users did not. */
export async function earlierCarries(to: TargetDatabase): Promise<readonly string[]> {
  if (!(await hasBookkeeping(to))) return [];
  return (await to.query(`SELECT xid FROM ${bookkeeping}.carries`)).map((row) => z.object({ xid: z.string() }).parse(row).xid);
}

const probeWaitMs = 30_000;

export async function probeCarry(context: StepContext, url: string, id: CarryId): Promise<ProbeResult> {
  const to = await context.connectDatabase(url, { statementMs: probeWaitMs + 5_000 });
  try {
    if (!(await hasBookkeeping(to))) return { outcome: 'absent', saw: 'nothing was ever carried into this database' };
    const receipt = await to.transaction(async () => findCarried(to, id, probeWaitMs));
    if (receipt === undefined) return { outcome: 'absent', saw: `the old server's ${bookkeeping}.carries does not name this step: nothing of it was committed` };
    return { outcome: 'happened', receipt, saw: `the old server's ${bookkeeping}.carries names this step: all of it was committed` };
  } catch (error) {
    if (error instanceof TargetDatabaseError && error.sqlState === '55P03') return { outcome: 'unclear', saw: 'a session still carries rows into the old database, and its end has to be awaited' };
    throw error;
  } finally {
    await to.close();
  }
}
