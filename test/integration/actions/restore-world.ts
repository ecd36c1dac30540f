import { join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';

import { postgresBackupAction } from '../../../jobs/actions/postgres-backup.js';
import { postgresRestoreAction } from '../../../jobs/actions/postgres-restore.js';
import { restoreNames, type RestoreNames } from '../../../jobs/actions/postgres/restore-names.js';
import type { JsonObject } from '../../../src/plan/plan.js';
import type { StepContext, StepResult } from '../../../src/ports/action.js';
import { type TestDatabase, createDatabase } from '../../support/postgres.js';
import { tempFolder } from '../../support/temp-folder.js';
import { type StepRecord, stepContext } from './step-context.js';

/** A database that a restore may replace, and all that a restore makes of it. */
export interface Replaceable {
  readonly url: string;
  readonly names: RestoreNames;
  /** One statement in a fresh session, in the database that bears the name now. */
  sql<Row extends pg.QueryResultRow>(text: string, name?: string): Promise<Row[]>;
  /** Takes a dump of it as it is, as the step `backup` of a run. */
  dump(run?: string): Promise<JsonObject>;
  drop(): Promise<void>;
}

/** A context as `stepContext` makes it, of a step called restore. */
export async function restoreContext(given: Partial<StepContext> = {}): Promise<StepRecord> {
  return stepContext({ step: 'restore', attemptId: 'r1/restore/1', ...given });
}

export async function replaceable(schema: string): Promise<Replaceable> {
  const database: TestDatabase = await createDatabase();
  await database.pool.query(schema);
  // Sessions of a pool are not what these tests are about.
  await database.pool.end();
  const url = new URL(database.url);
  const names = restoreNames(url.pathname.slice(1), 'r1');
  const sql = async <Row extends pg.QueryResultRow>(text: string, name = names.live): Promise<Row[]> => {
    const client = new pg.Client({ connectionString: inDatabase(url, name) });
    await client.connect();
    try {
      return (await client.query<Row>(text)).rows;
    } finally {
      await client.end();
    }
  };
  return {
    url: database.url, names, sql,
    dump: async (run = 'r1') => {
      const { context } = await stepContext({ runId: run, step: 'backup' });
      return receiptOf(await postgresBackupAction.execute(context, { database: database.url, folder: join(await tempFolder(), 'dumps') }));
    },
    drop: async () => {
      const admin = new pg.Client({ connectionString: inject('postgresUrl') });
      await admin.connect();
      for (const name of Object.values(names)) {
        const made: string = name;
        await admin.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(made)} WITH (FORCE)`);
      }
      await admin.end();
    },
  };
}

export function inDatabase(url: URL | string, name: string): string {
  const other = new URL(url);
  other.pathname = `/${encodeURIComponent(name)}`;
  return other.href;
}

/** A text of a receipt; empty where it has none. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function receiptOf(result: StepResult): JsonObject {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.receipt;
}

/** What people voted on, as the run would hand it to the step. */
export async function planned(context: StepContext, input: { readonly database: string; readonly backup: string }): Promise<StepContext> {
  return { ...context, facts: (await postgresRestoreAction.inspect?.(context, input)) ?? [] };
}
