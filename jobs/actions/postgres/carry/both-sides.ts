import type { ActionContext } from '../../../../src/ports/action.js';
import { type TargetDatabase, TargetDatabaseError } from '../../../../src/ports/target-database.js';
import { ActionError } from '../../action-error.js';
import { type DatabaseFacts, readDatabaseFacts } from '../database-facts.js';
import { type FoundMark, type Mark, findMark } from './marks.js';
import { earlierCarries } from './carry-record.js';
import type { CarryBase, Sides } from './carry-rows.js';

/** Milliseconds a statement may take. */
export interface Opening {
  readonly from: string;
  readonly to: string;
  readonly statementMs: number;
}

/** Works with a connection to each server; an abort closes both, whatever they wait for. Throws ActionError with a question that people can answer where one of them does not answer. */
export async function withSides<T>(context: ActionContext, opening: Opening, work: (sides: Sides) => Promise<T>): Promise<T> {
  const from = await openSide(context, opening.from, opening.statementMs, 'new');
  const close = (database: TargetDatabase) => (): void => void database.close();
  const closeFrom = close(from);
  context.signal.addEventListener('abort', closeFrom, { once: true });
  try {
    const to = await openSide(context, opening.to, opening.statementMs, 'old');
    const closeTo = close(to);
    context.signal.addEventListener('abort', closeTo, { once: true });
    try {
      context.signal.throwIfAborted();
      return await work({ from, to });
    } finally {
      context.signal.removeEventListener('abort', closeTo);
      await to.close();
    }
  } catch (error) {
    context.signal.throwIfAborted();
    throw error;
  } finally {
    context.signal.removeEventListener('abort', closeFrom);
    await from.close();
  }
}

async function openSide(context: ActionContext, url: string, statementMs: number, which: 'new' | 'old'): Promise<TargetDatabase> {
  try {
    return await context.connectDatabase(url, { statementMs });
  } catch (error) {
    if (!(error instanceof TargetDatabaseError)) throw error;
    const choice = which === 'new'
      ? 'what it wrote since the switch can be neither counted nor carried: plan again once it answers, or choose a way back that accepts the loss'
      : 'nothing can be carried to it: start its database and plan again';
    throw new ActionError(`${which}-server-unreachable`, `the ${which} server's database does not answer (${error.message}), so ${choice}`, { retryable: error.retryable, cause: error });
  }
}

/** Which databases these are. Throws ActionError `same-database`. */
export async function readBothFacts({ from, to }: Sides): Promise<{ readonly from: DatabaseFacts; readonly to: DatabaseFacts }> {
  const facts = { from: await readDatabaseFacts(from), to: await readDatabaseFacts(to) };
  if (facts.from.system !== null && facts.from.system === facts.to.system && facts.from.oid === facts.to.oid) throw new ActionError('same-database', `from and to are the same database, ${facts.from.name}`);
  return facts;
}

/** The base on both sides. Throws ActionError where a mark was asked for and does not hold: without one, other rows are conflicts. */
export async function readBase({ from, to }: Sides, name: string | undefined): Promise<(CarryBase & { readonly at: string }) | undefined> {
  if (name === undefined) return undefined;
  const marks = { from: await findMark(from, name), to: await findMark(to, name) };
  const mark = (found: FoundMark, which: string): Mark => {
    if (found.ok) return found.mark;
    throw new ActionError(found.code, `on the ${which} server ${found.why}; without base: every row that differs is a conflict`);
  };
  const [newer, older] = [mark(marks.from, 'new'), mark(marks.to, 'old')];
  if (newer.run !== older.run) throw new ActionError('marks-of-two-runs', `the mark "${name}" was made by run ${newer.run} on the new server and by run ${older.run} on the old one: these are two moments, so what each wrote since one switch cannot be told; without base: every row that differs is a conflict`);
  return { at: newer.at, from: { horizon: newer.horizon, carries: [] }, to: { horizon: older.horizon, carries: await earlierCarries(to) } };
}
