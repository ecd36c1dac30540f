import type pg from 'pg';

import { postgresCarryAction } from '../../../jobs/actions/postgres-carry.js';
import { postgresMarkAction } from '../../../jobs/actions/postgres-mark.js';
import type { JsonObject } from '../../../src/plan/plan.js';
import type { StepContext, StepResult } from '../../../src/ports/action.js';
import { type TargetDatabase, TargetDatabaseError } from '../../../src/ports/target-database.js';
import { createDatabase } from '../../support/postgres.js';
import { receiptOf } from './restore-world.js';
import { stepContext } from './step-context.js';

/** An old and a new server's database with the same schema and rows, as after a migration. */
export interface CarryWorld {
  readonly oldUrl: string;
  readonly newUrl: string;
  onOld<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]>;
  onNew<Row extends pg.QueryResultRow>(sql: string): Promise<Row[]>;
  onBoth(sql: string): Promise<void>;
  mark(run?: string): Promise<JsonObject>;
  drop(): Promise<void>;
}

export async function carryWorld(schema: string): Promise<CarryWorld> {
  const [old, fresh] = await Promise.all([createDatabase(), createDatabase()]);
  const onBoth = async (sql: string): Promise<void> => {
    await old.pool.query(sql);
    await fresh.pool.query(sql);
  };
  await onBoth(schema);
  return {
    oldUrl: old.url, newUrl: fresh.url, onBoth,
    onOld: async <Row extends pg.QueryResultRow>(sql: string) => (await old.pool.query<Row>(sql)).rows,
    onNew: async <Row extends pg.QueryResultRow>(sql: string) => (await fresh.pool.query<Row>(sql)).rows,
    mark: async (run = 'm1') => {
      const { context } = await stepContext({ runId: run, step: 'mark' });
      return receiptOf(await postgresMarkAction.execute(context, postgresMarkAction.input.parse({ databases: [old.url, fresh.url] })));
    },
    drop: async () => {
      await old.drop();
      await fresh.drop();
    },
  };
}

/** What a runbook would say, as the action takes it. */
export function carryInput({ oldUrl, newUrl }: CarryWorld, tables: readonly unknown[], rest: object = {}): ReturnType<typeof postgresCarryAction.input.parse> {
  return postgresCarryAction.input.parse({ from: newUrl, to: oldUrl, tables, ...rest });
}

export async function carryOf(world: CarryWorld, tables: readonly unknown[], rest: object = {}, given: Partial<StepContext> = {}): Promise<StepResult> {
  const { context } = await stepContext({ step: 'carry', ...given });
  return postgresCarryAction.execute(context, carryInput(world, tables, rest));
}

/** Without the limits that planning has: what a loaded machine cannot count in time is no difference. */
export function patient(context: StepContext): StepContext {
  return { ...context, now: () => 1_800_000_000_000, connectDatabase: async (url) => context.connectDatabase(url) };
}

/** When the connection to the old server breaks: before its n-th query, before the commit of the rows, or after it. */
export type Break = number | 'before-commit' | 'after-commit';

/** A context whose connection to the old server breaks once. The session behind it ends as that of a killed worker does: what it did not commit is rolled back. */
export function breaking(context: StepContext, world: CarryWorld, at: Break): StepContext {
  let queries = 0;
  let carrying = false;
  let broken = false;
  const lost = (): TargetDatabaseError => {
    broken = true;
    return new TargetDatabaseError('connection-lost', 'the connection to the database was lost');
  };
  return {
    ...context,
    connectDatabase: async (url, limits) => {
      const real = await context.connectDatabase(url, limits);
      if (url !== world.oldUrl || broken) return real;
      const query: TargetDatabase['query'] = async (sql, parameters) => {
        queries += 1;
        if (queries === at && !broken) throw lost();
        if (sql.includes('INTO planb_carry.carries')) carrying = true;
        return real.query(sql, parameters);
      };
      return {
        query,
        transaction: async (work) => {
          const value = await real.transaction(async () => {
            const done = await work({ query, transaction: real.transaction.bind(real), close: real.close.bind(real) });
            if (carrying && at === 'before-commit' && !broken) throw lost();
            return done;
          });
          if (carrying && at === 'after-commit' && !broken) throw lost();
          return value;
        },
        close: real.close.bind(real),
      };
    },
  };
}
