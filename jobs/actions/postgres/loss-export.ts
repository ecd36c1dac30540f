import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { StepContext } from '../../../src/ports/action.js';
import { ActionError } from '../action-error.js';
import { lastLine } from '../run.js';
import { onWorker, sayWay, withClientWay } from './client-way.js';
import { findClient } from './find-client.js';
import { lossCondition } from './loss-count.js';
import type { LossTable } from './loss-tables.js';
import { literal } from './restore-sql.js';

/** One CSV file with a header line. */
export interface ExportedFile {
  readonly name: string;
  readonly table: string;
  readonly rows: number;
  readonly bytes: number;
  readonly sha256: string;
  /** All rows of the table, since none of its columns says when they came. */
  readonly whole: boolean;
}

export interface Exporting {
  readonly url: string;
  readonly folder: string;
  /** An exported snapshot: what is written is what was counted. */
  readonly snapshot: string;
  readonly since: string;
  readonly horizon: string | undefined;
  readonly tables: readonly LossTable[];
}

/** Writes the tables' rows, those after the moment where a column tells them. psql writes the files itself: its output would be masked and lose its control characters. Throws ActionError `not-exported`. */
export async function exportRows(context: StepContext, { url, folder, snapshot, since, horizon, tables }: Exporting): Promise<readonly ExportedFile[]> {
  const client = await findClient(context, 'psql', 1);
  const named = tables.map((table, index) => ({ table, condition: lossCondition(table, { since, horizon }), name: `${String(index + 1).padStart(4, '0')}-${table.said.replaceAll(/[^\w.-]+/g, '-').slice(0, 80)}.csv` }));
  const script = [
    '\\set ON_ERROR_STOP on',
    `SET client_encoding = 'UTF8'; SET row_security = off; SET statement_timeout = 0; SET extra_float_digits = 3; SET DateStyle = ISO; SET TimeZone = 'UTC';`,
    'BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY;',
    `SET TRANSACTION SNAPSHOT ${literal(snapshot)};`,
    ...named.flatMap(({ table, condition, name }) => [
      `\\o ${psqlWord(join(folder, name))}`,
      `COPY (SELECT * FROM ONLY ${table.name}${condition === undefined ? '' : ` WHERE ${condition}`}) TO STDOUT (FORMAT csv, HEADER true);`,
      '\\o',
    ]),
    'COMMIT;',
  ].join('\n');
  const outcome = await withClientWay(context, url, ({ publicUrl, env }) => onWorker(context).run({ argv: [client.path, '--no-psqlrc', '--quiet', '--no-password', `--dbname=${publicUrl}`], env: { ...env, LC_ALL: 'C' }, input: `${script}\n`, signal: context.signal }, { quiet: true }));
  context.signal.throwIfAborted();
  if (!outcome.ok) throw new ActionError('not-exported', `the rows could not be exported: ${lastLine(outcome.output) || outcome.summary}${sayWay(context)}`);
  return Promise.all(named.map(async ({ table, condition, name }) => ({ name, table: table.said, whole: condition === undefined, ...(await readCsv(join(folder, name))) })));
}

/** As psql's own commands take a word. */
function psqlWord(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** Reads a file back: a disk that ran full must not pass for an export. Lines end outside of quotes; within them they are a value's. */
async function readCsv(path: string): Promise<Pick<ExportedFile, 'rows' | 'bytes' | 'sha256'>> {
  const hash = createHash('sha256');
  let [bytes, lines, quoted] = [0, 0, false];
  const chunks: AsyncIterable<Buffer> = createReadStream(path, { highWaterMark: 1024 * 1024 });
  for await (const chunk of chunks) {
    hash.update(chunk);
    bytes += chunk.length;
    for (const byte of chunk) {
      if (byte === 0x22) quoted = !quoted;
      else if (byte === 0x0a && !quoted) lines += 1;
    }
  }
  return { rows: Math.max(0, lines - 1), bytes, sha256: hash.digest('hex') };
}
