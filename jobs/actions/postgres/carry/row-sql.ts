import { z } from 'zod';
import type { TargetDatabase } from '../../../../src/ports/target-database.js';
import { ActionError } from '../../action-error.js';
import { quoted } from '../restore-sql.js';
import { asTexts } from './key-stream.js';
import type { ShapeColumn, TableShape } from './table-shape.js';

/** A JSON array of rows, each an array of texts, as a table with these columns. Every value goes through its type's own text form, which loses nothing. */
export function rowsOf(columns: readonly ShapeColumn[], json: string): string {
  return `(SELECT ${columns.map(({ name, type }, index) => `(r->>${index})::${type} AS ${quoted(name)}`).join(', ')} FROM json_array_elements(${json}::json) AS e(r))`;
}

/** Between `t` and `s`. */
export function keyIs(key: readonly ShapeColumn[]): string {
  return key.map(({ name }) => `t.${quoted(name)} = s.${quoted(name)}`).join(' AND ');
}

const wholeTableWays = ['enable_seqscan', 'enable_hashjoin', 'enable_mergejoin'] as const;

/** The rows with these keys, as JSON arrays of texts; both as `key-stream.ts` writes them. Throws ActionError `rows-moved`. */
export async function readRows(database: TargetDatabase, shape: TableShape, { key, columns }: { readonly key: readonly ShapeColumn[]; readonly columns: readonly ShapeColumn[] }, keys: readonly string[]): Promise<readonly string[]> {
  if (keys.length === 0) return [];
  // Whatever the planner believes of a table that nobody has analysed: a few rows by their key, not the whole table for each batch.
  for (const way of wholeTableWays) await database.query(`SET LOCAL ${way} = off`);
  const found = await database.query(`SELECT ${asTexts(columns)} AS row FROM ${rowsOf(key, '$1')} AS s JOIN ${shape.source} AS t ON ${keyIs(key)}`, [`[${keys.join(',')}]`]);
  for (const way of wholeTableWays) await database.query(`SET LOCAL ${way} = DEFAULT`);
  if (found.length !== keys.length) throw new ActionError('rows-moved', `of ${keys.length} rows of ${shape.said} only ${found.length} were found again by their keys`);
  return found.map((row) => z.object({ row: z.string() }).parse(row).row);
}
