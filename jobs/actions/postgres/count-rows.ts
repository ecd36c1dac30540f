import { z } from 'zod';
import type { TargetDatabase } from '../../../src/ports/target-database.js';

/** A table's name as SQL takes it, schema and quotes included, and how many rows it has. */
export interface TableRows {
  readonly name: string;
  readonly rows: number;
}

/** What is counted, and what holds rows elsewhere. */
export interface Tables {
  readonly counted: readonly string[];
  /** Foreign tables: a dump holds their definition only. */
  readonly foreign: readonly string[];
}

const tableRow = z.object({ name: z.string(), kind: z.string() });

/** Large objects lie in no table of the user's, and a dump carries them all. */
const largeObjects = 'pg_catalog.pg_largeobject_metadata';

/**
 * Every table that holds rows of its own and that a dump carries: partitions one by one (their parent holds none), unlogged ones too. Not what extensions made, since
 * CREATE EXTENSION makes it, and not temporary ones, which belong to a session.
 */
export async function listTables(database: TargetDatabase): Promise<Tables> {
  const found = await database.query(
    `SELECT format('%I.%I', n.nspname, c.relname) AS name, c.relkind::text AS kind
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'f') AND c.relpersistence <> 't' AND n.nspname <> 'information_schema' AND n.nspname !~ '^pg_'
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
      ORDER BY 1`,
  );
  const tables = found.map((row) => tableRow.parse(row));
  const named = (kind: string): readonly string[] => tables.filter((table) => table.kind === kind).map((table) => table.name);
  return { counted: [...named('r'), largeObjects], foreign: named('f') };
}

/** Counts the tables one after the other; `told` hears before each how many are done. */
export async function countRows(database: TargetDatabase, names: readonly string[], told: (done: number) => void = () => undefined): Promise<readonly TableRows[]> {
  const counted: TableRows[] = [];
  for (const name of names) {
    told(counted.length);
    // ONLY: a table that others inherit from is not to count their rows as well. Rows are far below 2^53.
    const [row] = await database.query(`SELECT count(*) AS rows FROM ONLY ${name}`);
    counted.push({ name, rows: z.object({ rows: z.coerce.number() }).parse(row).rows });
  }
  return counted;
}

export interface CountDifference {
  readonly name: string;
  /** Undefined: there is no such table. */
  readonly expected: number | undefined;
  readonly found: number | undefined;
}

/** Where two counts differ, tables that only one of them has included. */
export function compareCounts(expected: readonly TableRows[], found: readonly TableRows[]): readonly CountDifference[] {
  const rowsOf = (tables: readonly TableRows[]): ReadonlyMap<string, number> => new Map(tables.map(({ name, rows }) => [name, rows]));
  const [before, after] = [rowsOf(expected), rowsOf(found)];
  return [...new Set([...before.keys(), ...after.keys()])]
    .map((name) => ({ name, expected: before.get(name), found: after.get(name) }))
    .filter((difference) => difference.expected !== difference.found);
}

/** The differences as a person reads them, the first three by name. */
export function sayDifferences(differences: readonly CountDifference[]): string {
  const rows = (count: number | undefined): string => (count === undefined ? 'no table' : `${count} ${count === 1 ? 'row' : 'rows'}`);
  const named = differences.slice(0, 3).map(({ name, expected, found }) => `${name}: ${rows(expected)} in the snapshot, ${rows(found)} restored`);
  const further = differences.length - named.length;
  return `${named.join('; ')}${further > 0 ? `; and ${further} more` : ''}`;
}
