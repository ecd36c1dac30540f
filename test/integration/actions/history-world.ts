import { createHash, randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';

import { prismaHistoryAction } from '../../../jobs/actions/prisma-history.js';
import type { StepContext } from '../../../src/ports/action.js';
import { verdictOf } from '../../../src/verdict/judge.js';
import { type TestDatabase, createDatabase } from '../../support/postgres.js';
import { tempFolder } from '../../support/temp-folder.js';
import { historyTable } from '../../support/verdict/history-table.js';
import { stepContext } from './step-context.js';

export const checksum = (sql: string): string => createHash('sha256').update(sql).digest('hex');

export const base = { '1_init': 'CREATE TABLE t (id int PRIMARY KEY, a text); CREATE UNIQUE INDEX t_a_key ON t(a);' };
export const more = { ...base, '2_more': 'CREATE TABLE u (id int NOT NULL, note text, CONSTRAINT u_pkey PRIMARY KEY (id)); ALTER TABLE t ADD COLUMN b text;' };

async function folder(migrations: Readonly<Record<string, string>>): Promise<string> {
  const path = await tempFolder('planb-release');
  for (const [name, sql] of Object.entries(migrations)) {
    await mkdir(join(path, name));
    await writeFile(join(path, name, 'migration.sql'), sql);
  }
  return path;
}

interface Wanted {
  readonly current: Readonly<Record<string, string>>;
  readonly target: Readonly<Record<string, string>>;
  readonly scope?: 'migration';
  readonly url?: string;
  readonly schema?: string;
  readonly name?: string;
  readonly context?: Partial<StepContext>;
}

/** A database with an empty history for each test of a file, and what is done to it. */
export function historyWorld() {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await createDatabase();
    await database.pool.query(historyTable());
  });
  afterEach(() => database.drop());

  /** As Prisma's engine deploys: one row, one transaction, then the row's end; false when a migration failed. */
  async function deploy(migrations: Readonly<Record<string, string>>, on = database): Promise<boolean> {
    const { rows } = await on.pool.query<{ migration_name: string }>('SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL');
    const { rows: failed } = await on.pool.query('SELECT 1 FROM _prisma_migrations WHERE finished_at IS NULL AND rolled_back_at IS NULL');
    if (failed.length > 0) return false;
    const applied = new Set(rows.map((row) => row.migration_name));
    for (const name of Object.keys(migrations).sort()) {
      const sql = migrations[name] ?? '';
      if (applied.has(name)) continue;
      const id = randomUUID();
      await on.pool.query('INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ($1, $2, $3)', [id, checksum(sql), name]);
      try {
        await on.pool.query(sql);
      } catch (error) {
        await on.pool.query('UPDATE _prisma_migrations SET logs = $2 WHERE id = $1', [id, `A migration failed to apply.\n\nMigration name: ${name}\n\nDatabase error code: ${(error as { code: string }).code}\n\nDatabase error:\nERROR: ${(error as Error).message}\n\nDETAIL: Key (email)=(ann@example.org) exists.`]);
        return false;
      }
      await on.pool.query('UPDATE _prisma_migrations SET finished_at = now(), applied_steps_count = 1 WHERE id = $1', [id]);
    }
    return true;
  }

  async function plan({ current, target, scope, url, schema, name, context: more }: Wanted) {
    const { context, runFolder } = await stepContext(more);
    const input = prismaHistoryAction.input.parse({
      database: url ?? database.url, current: { directory: await folder(current) }, target: { directory: await folder(target) }, ...(schema === undefined ? {} : { schema }), ...(name === undefined ? {} : { name }),
    });
    const facts = (await prismaHistoryAction.inspect?.(context, input)) ?? [];
    return { input, facts, runFolder, context: { ...context, facts }, verdict: verdictOf({ sameRelease: current === target, ...(scope === undefined ? {} : { scope }), facts }) };
  }

  async function rows(on = database): Promise<readonly { name: string; state: string; steps: number; instant: boolean; checksum: string }[]> {
    const { rows: found } = await on.pool.query<{ name: string; state: string; steps: number; instant: boolean; checksum: string }>(
      `SELECT migration_name AS name, checksum, applied_steps_count AS steps, coalesce(started_at = finished_at, false) AS instant,
              CASE WHEN rolled_back_at IS NOT NULL THEN 'rolled-back' WHEN finished_at IS NOT NULL THEN 'applied' ELSE 'failed' END AS state FROM _prisma_migrations ORDER BY migration_name, state`,
    );
    return found;
  }

  const whole = async (): Promise<unknown[]> => (await database.pool.query<{ row: unknown }>('SELECT to_jsonb(m) AS row FROM _prisma_migrations m ORDER BY id')).rows;

  return { database: () => database, deploy, plan, rows, whole };
}
