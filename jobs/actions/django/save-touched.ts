import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { StepContext } from '../../../src/ports/action.js';
import type { TargetDatabase } from '../../../src/ports/target-database.js';
import type { Touched } from '../../../src/verdict/django-losses.js';
import { ActionError } from '../action-error.js';
import { lastOf } from '../docker/docker-cli.js';
import { onWorker, withClientWay } from '../postgres/client-way.js';
import { findClient } from '../postgres/find-client.js';
import { conditionOf, countTouched, quoted } from './count-touched.js';
import { withDatabase } from './history-rows.js';

/**
 * Writes what will be dropped or rewritten into the run's folder (rule 9): tables whole, with their definitions; columns with their rows' keys, and the definition of their table.
 * Returns the files, flushed. Throws ActionError.
 */
export async function saveTouched(context: StepContext, alias: string, url: string, touched: readonly Touched[]): Promise<readonly string[]> {
  if (touched.length === 0) return [];
  const base = join(await context.runFolder(), `django-${alias}-${context.attemptId.split('/').slice(1).join('-')}`);
  const files: string[] = [];
  await withDatabase(context, url, async (database) => {
    // An earlier attempt saved and dropped some of it already.
    const there = [];
    for (const one of touched) if ((await countTouched(database, one)) !== undefined) there.push(one);
    const whole = there.filter(({ how, column }) => how === 'drop' && column === undefined).map(({ table }) => table);
    const parts = there.filter(({ table }) => !whole.includes(table));
    const [version] = await database.query(`SELECT current_setting('server_version_num')::int / 10000 AS major`);
    const major = Number(version?.['major'] ?? 0);
    if (whole.length > 0) files.push(await dump(context, url, major, whole, `${base}-tables.sql`, []));
    const tables = [...new Set(parts.map(({ table }) => table))];
    if (tables.length > 0) files.push(await dump(context, url, major, tables, `${base}-definitions.sql`, ['--schema-only']));
    for (const [index, part] of parts.filter(({ how }) => how !== 'refill').entries()) files.push(await copy(context, database, url, major, part, `${base}-column-${index + 1}.csv`));
  });
  for (const file of files) await flush(file);
  return files;
}

async function dump(context: StepContext, url: string, major: number, tables: readonly string[], file: string, options: readonly string[]): Promise<string> {
  const { path } = await findClient(context, 'pg_dump', major);
  // pg_dump reads patterns: quotes make them names (facts.md).
  return write(context, url, [path, ...options, '--file', file, ...tables.map((table) => `--table=${quoted(table)}`)], file);
}

const keysSchema = z.array(z.object({ attname: z.string() }));

async function copy(context: StepContext, database: TargetDatabase, url: string, major: number, touched: Touched, file: string): Promise<string> {
  const keys = await database.query(
    `SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY(indkey) WHERE indrelid = to_regclass($1) AND indisprimary ORDER BY array_position(indkey::int2[], attnum)`,
    [quoted(touched.table)],
  );
  const columns = [...keysSchema.parse(keys).map(({ attname }) => quoted(attname)), quoted(touched.column ?? '')];
  const { path } = await findClient(context, 'psql', major);
  const sql = `COPY (SELECT ${columns.join(', ')} FROM ${quoted(touched.table)} WHERE ${conditionOf(touched)}) TO STDOUT WITH (FORMAT csv, HEADER)`;
  return write(context, url, [path, '--no-psqlrc', '--quiet', '--output', file, '--command', sql], file);
}

async function write(context: StepContext, url: string, argv: readonly [string, ...string[]], file: string): Promise<string> {
  const outcome = await withClientWay(context, url, ({ publicUrl, env }) => onWorker(context).run({ argv: [...argv, '--dbname', publicUrl], env }));
  context.signal.throwIfAborted();
  if (!outcome.ok) throw new ActionError('not-saved', `what will be dropped could not be saved to ${file}: ${context.mask(lastOf(outcome.output) || outcome.summary)}`, { retryable: true });
  return file;
}

async function flush(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.chmod(0o600);
    await file.sync();
  } finally {
    await file.close();
  }
}
