import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { JsonObject } from '../../../src/plan/plan.js';
import type { StepContext } from '../../../src/ports/action.js';
import type { TargetDatabase } from '../../../src/ports/target-database.js';
import { ActionError } from '../action-error.js';
import { lastLine } from '../run.js';
import { onWorker } from './client-way.js';
import type { DumpArchive, HistoryTable } from './restore-archive.js';
import type { DumpSource } from './restore-source.js';
import { quoted } from './restore-sql.js';

const identifying: Readonly<Record<HistoryTable, readonly string[]>> = { _prisma_migrations: ['migration_name', 'finished_at', 'rolled_back_at'], django_migrations: ['app', 'name'] };

/**
 * The migrations that the dump itself lists must be those that the restored database says were applied: the older release begins by looking there. Returns how many there are, by table. Throws ActionError
 * `restore-differs` or `unreadable-dump`.
 */
export async function compareHistories(context: StepContext, database: TargetDatabase, dump: DumpSource, archive: DumpArchive): Promise<JsonObject> {
  const found: Record<string, number> = {};
  for (const { table, line } of archive.histories) {
    const { schema, rows } = await dumpedHistory(context, dump, archive, table, line);
    const columns = identifying[table].map((column) => `coalesce(${quoted(column)}::text, '\\N') AS ${quoted(column)}`);
    const name = `${quoted(schema)}.${quoted(table)}`;
    const restored = await database.query(`SELECT ${columns.join(', ')} FROM ${name}`);
    const lines = restored.map((row) => identifying[table].map((column) => textOf(row[column])).join('\t'));
    // Times are written in the session's zone, so of those only whether they are there is compared.
    if (hash(lines) !== hash(rows)) throw new ActionError('restore-differs', `the migrations in ${name} are not those of the backup: ${rows.length} there, ${lines.length} restored`);
    found[name] = lines.length;
  }
  return Object.keys(found).length === 0 ? {} : { migrations: found };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '\\N';
}

function hash(lines: readonly string[]): string {
  return lines.map((line) => line.replaceAll(/\t\d{4}-[^\t]*/g, '\tset')).sort().join('\n');
}

async function dumpedHistory(context: StepContext, dump: DumpSource, archive: DumpArchive, table: HistoryTable, line: string): Promise<{ readonly schema: string; readonly rows: readonly string[] }> {
  const folder = await mkdtemp(join(tmpdir(), 'planb-list-'));
  try {
    const list = join(folder, 'list');
    const script = join(folder, 'script');
    await writeFile(list, `${line}\n`);
    // Into a file: a program's output is read without its control characters, and columns are parted by tabs.
    const outcome = await onWorker(context).run({ argv: [archive.client.path, '--data-only', `--use-list=${list}`, `--file=${script}`, dump.path], env: { LC_ALL: 'C' }, signal: context.signal }, { quiet: true });
    context.signal.throwIfAborted();
    const sql = outcome.ok ? await readFile(script, 'utf8') : '';
    const copy = /^COPY (?:"((?:[^"]|"")+)"|([^\s."]+))\.\S+ \((.*)\) FROM stdin;\n([\s\S]*?)^\\\.$/m.exec(sql);
    if (copy === null) throw new ActionError('unreadable-dump', `the migrations in ${table} cannot be read from ${dump.path}: ${lastLine(outcome.output)}`);
    const [, quotedSchema, plainSchema, columnList = '', data = ''] = copy;
    const columns = columnList.split(', ').map((column) => column.replaceAll('"', ''));
    const wanted = identifying[table].map((column) => columns.indexOf(column));
    const rows = data.split('\n').filter((row) => row !== '').map((row) => {
      const values = row.split('\t');
      return wanted.map((index) => values[index] ?? '\\N').join('\t');
    });
    return { schema: quotedSchema?.replaceAll('""', '"') ?? plainSchema ?? '', rows };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
