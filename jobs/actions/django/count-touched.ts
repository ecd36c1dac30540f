import type { TargetDatabase } from '../../../src/ports/target-database.js';
import type { Count, Touched } from '../../../src/verdict/django-losses.js';

/** Rows are counted up to here; beyond, "at least" says enough before a vote. */
const most = 1_000_000;

/** How many rows of it hold something. Undefined: the table or column is not there. */
export async function countTouched(database: TargetDatabase, touched: Touched): Promise<Count | undefined> {
  const { table, column } = touched;
  const [found] = await database.query(
    `SELECT to_regclass($1) IS NOT NULL AND ($2::text IS NULL OR EXISTS (SELECT FROM pg_attribute WHERE attrelid = to_regclass($1) AND attname = $2 AND NOT attisdropped)) AS there`,
    // A column that comes back is not there yet.
    [quoted(table), touched.how === 'refill' ? null : (column ?? null)],
  );
  if (found?.['there'] !== true) return undefined;
  const [counted] = await database.query(`SELECT count(*)::int AS n FROM (SELECT 1 FROM ${quoted(table)} WHERE ${conditionOf(touched)} LIMIT ${most + 1}) AS filled`);
  const rows = Number(counted?.['n'] ?? 0);
  return { rows: Math.min(rows, most), atLeast: rows > most };
}

/** Which rows it concerns, as SQL. */
export function conditionOf({ how, column, limit, default: given }: Touched): string {
  if (column === undefined || how === 'refill') return 'true';
  switch (how) {
    case 'drop':
      return `${quoted(column)} IS NOT NULL${given === undefined ? '' : ` AND ${quoted(column)}::text <> '${given.replaceAll("'", "''")}'`}`;
    case 'nulls':
      return `${quoted(column)} IS NULL`;
    case 'longer':
      return `char_length(${quoted(column)}::text) > ${limit ?? 0}`;
    case 'retype':
      return `${quoted(column)} IS NOT NULL`;
    default:
      return how satisfies never;
  }
}

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
