import { z } from 'zod';
import type { TargetDatabase } from '../../../../src/ports/target-database.js';
import { readDatabaseFacts } from '../database-facts.js';
import { horizonSql, transactionsElsewhere } from '../snapshot.js';
import { bookkeeping, hasBookkeeping, makeBookkeeping } from './bookkeeping.js';

/** A moment of a database: what transactions did from `horizon` on came after it. */
export interface Mark {
  readonly horizon: string;
  /** ISO 8601 UTC, of the database's clock. */
  readonly at: string;
  /** Whose it is. */
  readonly run: string;
}

export type FoundMark = { readonly ok: true; readonly mark: Mark } | { readonly ok: false; readonly code: 'no-mark' | 'mark-of-another-database'; readonly why: string };

const markRow = z.object({ run: z.string(), step: z.string(), system: z.string().nullable(), oid: z.coerce.number(), horizon: z.string(), at: z.string(), once: z.boolean() });

/** The same step's mark stays as it is: another attempt after a crash is not another moment. Another run's is replaced. Throws ActionError and TargetDatabaseError. */
export async function setMark(database: TargetDatabase, name: string, by: { readonly run: string; readonly step: string }): Promise<Mark> {
  await makeBookkeeping(database);
  const { system, oid } = await readDatabaseFacts(database);
  const elsewhere = await transactionsElsewhere(database);
  await database.query(
    `INSERT INTO ${bookkeeping}.marks AS m (name, run, step, system, oid, horizon, at) SELECT $1, $2, $3, $4, $5::bigint, ${horizonSql('$6')}, clock_timestamp()
       ON CONFLICT (name) DO UPDATE SET (run, step, system, oid, horizon, at) = (excluded.run, excluded.step, excluded.system, excluded.oid, excluded.horizon, excluded.at)
       WHERE (m.run, m.step, m.system, m.oid) IS DISTINCT FROM (excluded.run, excluded.step, excluded.system, excluded.oid)`,
    [name, by.run, by.step, system, oid, elsewhere],
  );
  const row = await readRow(database, name);
  if (row === undefined) throw new Error(`the mark ${name} was written and is not there`);
  return { horizon: row.horizon, at: row.at, run: row.run };
}

/** `by`: only one that this step made. */
export async function findMark(database: TargetDatabase, name: string, by?: { readonly run: string; readonly step: string }): Promise<FoundMark> {
  const row = (await hasBookkeeping(database)) ? await readRow(database, name) : undefined;
  if (row === undefined || (by !== undefined && (row.run !== by.run || row.step !== by.step))) return { ok: false, code: 'no-mark', why: `the database has no mark "${name}": nobody noted when the target moved` };
  const { system, oid, name: database_ } = await readDatabaseFacts(database);
  // A dump carries the mark along, and in another database the numbers mean nothing.
  if (system === null || row.system !== system || row.oid !== oid) return { ok: false, code: 'mark-of-another-database', why: `the mark "${name}" in ${database_} was made in another database, of which this one is a copy` };
  if (!row.once) return { ok: false, code: 'mark-of-another-database', why: `${database_} has used up its transaction numbers once, so the mark "${name}" cannot be told from later ones` };
  return { ok: true, mark: { horizon: row.horizon, at: row.at, run: row.run } };
}

async function readRow(database: TargetDatabase, name: string): Promise<z.output<typeof markRow> | undefined> {
  const [row] = await database.query(`SELECT run, step, system, oid, horizon, at, txid_snapshot_xmax(txid_current_snapshot()) < 2147483648 AS once FROM ${bookkeeping}.marks WHERE name = $1`, [name]);
  return row === undefined ? undefined : markRow.parse(row);
}
