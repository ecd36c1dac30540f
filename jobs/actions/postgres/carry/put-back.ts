import { type FileHandle, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { literal, quoted } from '../restore-sql.js';
import { bookkeeping } from './bookkeeping.js';
import type { CarriedTable } from './carried-table.js';
import { textSettings } from './key-stream.js';
import { keyIs, rowsOf } from './row-sql.js';

type Kind = 'replaced' | 'deleted' | 'inserted';

interface PutBackFile {
  readonly name: string;
  readonly kind: Kind;
  readonly handle: FileHandle;
}

/** What the carry is about to overwrite or delete, and the keys of what it adds, as SQL that puts the old server back as it was (rule 9). Whole only once `finish` has returned. */
export class PutBack {
  readonly #folder: string;
  readonly #files: PutBackFile[] = [];

  private constructor(folder: string) {
    this.#folder = folder;
  }

  /** `folder` gets its name with `finish`; what an attempt that did not commit has left goes. */
  static async begin(folder: string): Promise<PutBack> {
    await removePutBack(folder);
    await mkdir(partial(folder), { recursive: true, mode: 0o700 });
    return new PutBack(folder);
  }

  /** `rows`: JSON arrays of texts, of the table's columns, or of its key where rows were inserted. */
  async save(table: CarriedTable, place: number, kind: Kind, rows: readonly string[]): Promise<void> {
    if (rows.length === 0) return;
    const name = `${String(place + 1).padStart(4, '0')}-${table.said.replaceAll(/[^\w.-]+/g, '-').slice(0, 80)}.${kind}.sql`;
    let file = this.#files.find((other) => other.name === name);
    if (file === undefined) {
      file = { name, kind, handle: await open(join(partial(this.#folder), name), 'a', 0o600) };
      this.#files.push(file);
    }
    await file.handle.write(`${statementOf(table, kind, literal(`[${rows.join(',')}]`))};\n`);
  }

  /** On the disk when it returns. `carry`: whose row in the bookkeeping goes with it. */
  async finish(carry: { readonly run: string; readonly step: string }): Promise<void> {
    const named = (kind: Kind): readonly string[] => this.#files.filter((file) => file.kind === kind).map(({ name }) => name).sort();
    const script = [
      '-- Puts the old server back as it was before the carry: psql -X -v ON_ERROR_STOP=1 -d "$OLD_DATABASE_URL" -f put-back.sql', '\\set ON_ERROR_STOP on', 'BEGIN;', ...textSettings.map((setting) => `${setting};`), 'SET CONSTRAINTS ALL DEFERRED;',
      // Parents come back before their children, and what came to the children goes before its parents.
      ...[...named('deleted'), ...named('replaced'), ...[...named('inserted')].reverse()].map((name) => `\\ir ${name}`),
      `DELETE FROM ${bookkeeping}.carries WHERE run = ${literal(carry.run)} AND step = ${literal(carry.step)};`, 'COMMIT;', '',
    ].join('\n');
    const handle = await open(join(partial(this.#folder), 'put-back.sql'), 'w', 0o600);
    await handle.write(script);
    for (const one of [handle, ...this.#files.map((file) => file.handle)]) await one.sync();
    await this.close();
    await handle.close();
    await rename(partial(this.#folder), this.#folder);
  }

  async close(): Promise<void> {
    await Promise.all(this.#files.map(async ({ handle }) => handle.close().catch(() => undefined)));
  }
}

/** Nothing was carried, so there is nothing to put back. */
export async function removePutBack(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await rm(partial(folder), { recursive: true, force: true });
}

function partial(folder: string): string {
  return `${folder}.partial`;
}

function statementOf(table: CarriedTable, kind: Kind, json: string): string {
  const { source, name } = table.to;
  const columns = table.columns.map((column) => quoted(column.name));
  switch (kind) {
    case 'inserted':
      return `DELETE FROM ${source} AS t USING ${rowsOf(table.key, json)} AS s WHERE ${keyIs(table.key)}`;
    case 'deleted':
      return `INSERT INTO ${name} (${columns.join(', ')}) OVERRIDING SYSTEM VALUE SELECT ${columns.join(', ')} FROM ${rowsOf(table.columns, json)} AS s`;
    case 'replaced':
      return `UPDATE ${source} AS t SET ${table.columns.filter((column) => !table.key.includes(column)).map((column) => `${quoted(column.name)} = s.${quoted(column.name)}`).join(', ')} FROM ${rowsOf(table.columns, json)} AS s WHERE ${keyIs(table.key)}`;
    default:
      throw new Error(`unreachable: ${String(kind satisfies never)}`);
  }
}
