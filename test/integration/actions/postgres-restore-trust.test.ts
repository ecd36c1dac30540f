import { execFile } from 'node:child_process';
import { cp, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import { postgresLossAction } from '../../../jobs/actions/postgres-loss.js';
import { postgresRestoreAction } from '../../../jobs/actions/postgres-restore.js';
import { hashDump } from '../../../jobs/actions/postgres/dump-manifest.js';
import type { JsonObject } from '../../../src/plan/plan.js';
import type { StepContext } from '../../../src/ports/action.js';
import type { BackupRecord } from '../../../src/ports/backups.js';
import { TargetDatabaseError } from '../../../src/ports/target-database.js';
import { tempFolder } from '../../support/temp-folder.js';
import { inDatabase, planned, receiptOf, type Replaceable, replaceable, restoreContext, text } from './restore-world.js';

vi.setConfig({ testTimeout: 90_000 });

const schema = `CREATE TABLE people (id int PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now()); INSERT INTO people SELECT n FROM generate_series(1, 7) n`;

let database: Replaceable;
let backup: JsonObject;
let folder: string;
beforeAll(async () => {
  database = await replaceable(schema);
});
/** Its files go with the test. */
async function dumped(): Promise<void> {
  backup = await database.dump();
  folder = text(backup['folder']);
}
afterAll(() => database.drop());
/** Only the database itself may be left, as it was. */
afterEach(async () => {
  const rows = await database.sql<{ datname: string }>(`SELECT datname FROM pg_database WHERE starts_with(datname, '${database.names.live}_before_') OR starts_with(datname, '${database.names.live}_restored_')`, 'postgres');
  for (const { datname } of rows) await database.sql(`DROP DATABASE "${datname}" WITH (FORCE)`, 'postgres');
});

const record = (rest: Partial<BackupRecord> = {}): BackupRecord => ({
  id: 'b1', target: 'shop', database: { system: null, name: database.names.live, oid: null }, release: '1.0.0', machine: 'm1', folder, format: 'directory', bytes: 1, sha256: text(backup['sha256']),
  server: '15', pgDump: '15', takenAt: Date.parse(text(backup['takenAt'])), tables: 1, rows: 7, proof: { state: 'proven', at: 1, on: '15' }, run: '1AA', step: 'backup', state: 'kept', ...rest,
});

const knowing = (context: StepContext, all: readonly BackupRecord[]): StepContext => ({
  ...context, backups: { ...context.backups, listBackups: () => Promise.resolve(all), findBackup: (id) => Promise.resolve(all.find((one) => one.id === id)) },
});

const replaced = async (): Promise<boolean> => (await database.sql(`SELECT FROM pg_database WHERE starts_with(datname, '${database.names.live}_before_')`, 'postgres')).length > 0;

describe('what a plan with a restore says is lost', () => {
  const lostOf = async (losing: boolean, counted: string): Promise<readonly string[] | undefined> => {
    const { context } = await restoreContext();
    const loss = postgresLossAction.input.parse({ database: database.url, losing, ...(counted === folder ? { backup: folder } : { since: counted }) });
    const facts = [...((await postgresLossAction.inspect?.(context, loss)) ?? []), ...(await planned(context, { database: database.url, backup: folder })).facts];
    return postgresRestoreAction.describe({ database: '${env:DB}', backup: folder }, { facts }).lost;
  };

  it('is left to the step that counts just that, and to no other', async () => {
    await dumped();
    expect(await lostOf(true, folder)).toBeUndefined();
    const said = [expect.stringContaining(`what was written to ${database.names.live} since`) as string];
    expect(await lostOf(false, folder)).toEqual(said);
    expect(await lostOf(true, '2026-01-01T00:00:00.000Z')).toEqual(said);
  });
});

describe('the backup that is restored', () => {
  it('is the one that people voted on, whatever was taken since under the same words', async () => {
    await dumped();
    const { context } = await restoreContext({ runId: 't1', attemptId: 't1/restore/1' });
    const input = { database: database.url, backup: 'of 1.0.0' };
    const all = [record()];
    const approved = await planned(knowing(context, all), input);
    const later = await database.dump();
    all.unshift(record({ id: 'b2', folder: text(later['folder']), sha256: text(later['sha256']), takenAt: Date.now() }));
    expect(receiptOf(await postgresRestoreAction.execute(approved, input))).toMatchObject({ from: folder });
  });

  it('is the one whose rows were counted before the votes', async () => {
    await dumped();
    const { context } = await restoreContext({ runId: 't2', attemptId: 't2/loss/1', step: 'loss' });
    const input = postgresLossAction.input.parse({ database: database.url, backup: 'of 1.0.0' });
    const all = [record()];
    const facts = (await postgresLossAction.inspect?.(knowing(context, all), input)) ?? [];
    const later = await database.dump();
    all.unshift(record({ id: 'b2', folder: text(later['folder']), takenAt: Date.now() }));
    expect(receiptOf(await postgresLossAction.execute({ ...knowing(context, all), facts }, input))).toMatchObject({ lossSince: backup['takenAt'] });
  });

  it('is one of this database, where two of them are meant by the same words', async () => {
    await dumped();
    const other = await replaceable('CREATE TABLE things (n int)');
    try {
      const dump = await other.dump();
      const { context } = await restoreContext({ runId: 't3', attemptId: 't3/restore/1' });
      const both = knowing(context, [record(), record({ id: 'b2', database: { system: null, name: other.names.live, oid: null }, folder: text(dump['folder']), sha256: text(dump['sha256']) })]);
      const inputs = [{ database: database.url, backup: 'of 1.0.0' }, { database: other.url, backup: 'of 1.0.0' }] as const;
      const facts = [...(await planned(both, inputs[0])).facts, ...(await planned(both, inputs[1])).facts];
      expect(new Set(facts.map(({ key }) => key)).size).toBe(facts.length);
      expect(receiptOf(await postgresRestoreAction.execute({ ...both, facts }, inputs[0]))).toMatchObject({ from: folder });
      // What stands against one of them stands against the plan.
      const obstructed = facts.map((fact) => (fact.key.startsWith('postgres-restore:') && fact.key.includes(facts[3]?.key ?? '?') ? { ...fact, value: { ...(fact.value as JsonObject), obstacle: 'it is a template' } } : fact));
      expect(() => postgresRestoreAction.describe({ database: '${env:DB}', backup: 'of 1.0.0' }, { facts: obstructed })).toThrow('it is a template');
      await expect(planned(both, { database: database.url, backup: 'b2' })).rejects.toThrow(`one of the database ${other.names.live}, not of ${database.names.live}`);
      const drop = `DROP DATABASE IF EXISTS "${other.names.live}_before_t3" WITH (FORCE)`;
      await database.sql(drop, 'postgres');
    } finally {
      await other.drop();
    }
  });

  it('is what was registered, byte for byte', async () => {
    await dumped();
    const dump = join(await tempFolder(), 'by hand.dump');
    await promisify(execFile)('pg_dump', ['--format=custom', `--file=${dump}`, database.url]);
    const { sha256 } = await hashDump({ path: dump, format: 'custom' });
    const { context } = await restoreContext({ runId: 't4', attemptId: 't4/restore/1' });
    const { run: _run, step: _step, tables: _tables, rows: _rows, ...registered } = record({ folder: dump, format: 'custom', sha256, proof: { state: 'not-provable', why: 'elsewhere' } });
    const input = { database: database.url, backup: 'b1' };
    const { mtime, atime } = await stat(dump);
    const whole = await readFile(dump);
    // The last bytes of the table of contents' trailer are looked at by nobody; sizes and times are as they were.
    await writeFile(dump, Buffer.concat([whole.subarray(0, -1), Buffer.from([(whole.at(-1) ?? 0) ^ 1])]));
    await utimes(dump, atime, mtime);
    const result = await postgresRestoreAction.execute(await planned(knowing(context, [registered]), input), input);
    expect(result).toMatchObject({ ok: false, error: { code: 'dump-changed' } });
    expect(await replaced()).toBe(false);
  });

  it('is the dump that the named step took of this database in this run, not where its receipt leads', async () => {
    await dumped();
    const elsewhere = join(await tempFolder(), 'r1-other-00000000');
    await cp(folder, elsewhere, { recursive: true, preserveTimestamps: true });
    const run = async (receipt: JsonObject) => {
      const { context } = await restoreContext({ receipts: { backup: receipt } });
      return postgresRestoreAction.execute(await planned(context, { database: database.url, backup: 'backup' }), { database: database.url, backup: 'backup' });
    };
    expect(await run({ ...backup, folder: elsewhere })).toMatchObject({ ok: false, error: { code: 'foreign-backup' } });
    expect(await run({ ...backup, sha256: 'f'.repeat(64) })).toMatchObject({ ok: false, error: { code: 'dump-changed' } });
    expect(await replaced()).toBe(false);
  });

  it('is not one of a newer server, nor one that no pg_restore here can read', async () => {
    const dump = join(await tempFolder(), 'newer.dump');
    await promisify(execFile)('pg_dump', ['--format=custom', `--file=${dump}`, database.url]);
    const whole = await readFile(dump, 'latin1');
    // The header holds both versions as texts with their length before them: the server's, then pg_dump's.
    const versions = [...whole.slice(0, 400).matchAll(/15\.\d+ \([^)]*\)|15\.\d+/g)];
    expect(versions).toHaveLength(2);
    const as = async (which: number): Promise<string> => {
      const at = versions[which]?.index ?? 0;
      const path = join(await tempFolder(), 'patched.dump');
      await writeFile(path, `${whole.slice(0, at)}99${whole.slice(at + 2)}`, 'latin1');
      return path;
    };
    const { context } = await restoreContext();
    const input = { database: database.url, backup: await as(0) };
    const { facts } = await planned(context, input);
    expect(() => postgresRestoreAction.describe({ ...input, database: '${env:DB}' }, { facts })).toThrow('the dump is one of PostgreSQL 99, and the server is PostgreSQL 15');
    expect(await postgresRestoreAction.execute({ ...context, facts }, input)).toMatchObject({ ok: false, error: { code: 'dump-too-new' } });
    await expect(planned(context, { ...input, backup: await as(1) })).rejects.toThrow('install postgresql-client-99');
    expect(await replaced()).toBe(false);
  });
});

describe('a swap', () => {
  it('whose settings the role may not copy is refused before anything is restored', async () => {
    const own = await replaceable(schema);
    try {
      const { live } = own.names;
      await own.sql(`CREATE ROLE ordinary LOGIN CREATEDB PASSWORD 'x'; ALTER DATABASE "${live}" OWNER TO ordinary; ALTER TABLE people OWNER TO ordinary; ALTER DATABASE "${live}" SET log_min_duration_statement = 0`);
      const dump = await own.dump();
      const url = new URL(own.url);
      [url.username, url.password] = ['ordinary', 'x'];
      const { context } = await restoreContext();
      const restores: string[] = [];
      const watching = { ...context, run: (...given: Parameters<typeof context.run>) => {
        if (given[0].argv.some((word) => word.startsWith('--jobs='))) restores.push(given[0].argv[0]);
        return context.run(...given);
      } };
      const input = { database: url.href, backup: text(dump['folder']) };
      const result = await postgresRestoreAction.execute(await planned(watching, input), input);
      expect(result).toMatchObject({ ok: false, error: { code: 'cannot-copy-settings', message: expect.stringContaining('log_min_duration_statement') as string } });
      expect(restores).toEqual([]);
      expect(await own.sql('SELECT FROM pg_database WHERE datname = ANY(ARRAY[\'' + own.names.fresh + "', '" + own.names.kept + "'])", 'postgres')).toEqual([]);
    } finally {
      await own.drop();
      await database.sql('DROP ROLE IF EXISTS ordinary', 'postgres');
    }
  });

  it('that was done although its answer never came is done', async () => {
    await dumped();
    const { context } = await restoreContext({ runId: 't6', attemptId: 't6/restore/1' });
    const input = { database: database.url, backup: folder };
    const losing: StepContext = { ...(await planned(context, input)), connectDatabase: async (...given) => {
      const real = await context.connectDatabase(...given);
      return { query: real.query.bind(real), close: () => real.close(), transaction: async (work) => {
        const value = await real.transaction(work);
        if (given[0] === inDatabase(database.url, 'postgres')) throw new TargetDatabaseError('connection-lost', 'the connection to the database was lost: after COMMIT');
        return value;
      } };
    } };
    expect(receiptOf(await postgresRestoreAction.execute(losing, input))).toMatchObject({ kept: `${database.names.live}_before_t6`, rows: 7 });
    expect(await replaced()).toBe(true);
  });
});
