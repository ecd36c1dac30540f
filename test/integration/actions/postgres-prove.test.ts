import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { createThrowawayPostgres } from '../../../adapters/embedded/throwaway-postgres.js';
import { postgresBackupAction } from '../../../jobs/actions/postgres-backup.js';
import { postgresProveAction } from '../../../jobs/actions/postgres-prove.js';
import { manifestName, proofName } from '../../../jobs/actions/postgres/dump-manifest.js';
import type { JsonObject } from '../../../src/plan/plan.js';
import type { StepContext, StepResult } from '../../../src/ports/action.js';
import type { ProgramRequest } from '../../../src/ports/program.js';
import { type TestDatabase, createDatabase } from '../../support/postgres.js';
import { splitPassword } from '../../../jobs/actions/postgres/libpq-url.js';
import { tempFolder } from '../../support/temp-folder.js';
import { stepContext } from './step-context.js';

let database: TestDatabase;

/** What dumps and counts stumble over. */
const schema = `
  CREATE SCHEMA "Other, schema";
  CREATE EXTENSION citext SCHEMA "Other, schema";
  CREATE EXTENSION file_fdw;
  CREATE TABLE "Other, schema"."Odd ""Name" AS SELECT n, repeat('x', 100) AS text FROM generate_series(1, 5000) n;
  CREATE TABLE people (id int PRIMARY KEY, email "Other, schema".citext UNIQUE);
  INSERT INTO people SELECT n, n || '@example.com' FROM generate_series(1, 7) n;
  CREATE TABLE events (at date NOT NULL, text text COLLATE "C") PARTITION BY RANGE (at);
  CREATE TABLE events_old PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
  CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
  INSERT INTO events SELECT date '2025-12-30' + n, 'e' FROM generate_series(0, 9) n;
  CREATE TABLE animals (name text);
  CREATE TABLE cats (lives int) INHERITS (animals);
  INSERT INTO animals VALUES ('cow');
  INSERT INTO cats VALUES ('tom', 9), ('kit', 9);
  CREATE UNLOGGED TABLE drafts AS SELECT 1 AS id;
  CREATE MATERIALIZED VIEW counts AS SELECT count(*) FROM people;
  CREATE SERVER files FOREIGN DATA WRAPPER file_fdw;
  CREATE FOREIGN TABLE far (line text) SERVER files OPTIONS (filename '/nowhere');
  CREATE TABLE empty (id int);
  SELECT lo_create(0);
`;
const tables = 8;
const rows = 5000 + 7 + 10 + 1 + 2 + 1;

beforeAll(async () => {
  database = await createDatabase();
  await database.pool.query(schema);
  // A role of the whole server: the throwaway one does not have it.
  await database.pool.query(`CREATE ROLE "proof reader" NOLOGIN; ALTER TABLE people ENABLE ROW LEVEL SECURITY; CREATE POLICY mine ON people TO "proof reader" USING (true); GRANT SELECT ON people TO "proof reader"`);
});
afterAll(async () => {
  await database.pool.query('DROP OWNED BY "proof reader"; DROP ROLE "proof reader"');
  await database.drop();
});

/** Where the step's dump of the database lies. */
const dumpName = (): string => `r1-s1-${splitPassword(database.url).short}`;

const input = (raw: object) => postgresBackupAction.input.parse({ database: database.url, prove: true, ...raw });

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

function receiptOf(result: StepResult): JsonObject {
  if (!result.ok) throw new Error(`${result.error.code}: ${result.error.message}`);
  return result.receipt;
}

/** Does something to the world right before or after a program runs. */
function around(context: StepContext, program: string, does: { readonly before?: (request: ProgramRequest) => Promise<unknown>; readonly after?: (request: ProgramRequest) => Promise<unknown> }): StepContext {
  return {
    ...context,
    run: async (request, options) => {
      const isIt = request.argv[0].endsWith(program) && !request.argv.includes('--version');
      if (isIt) await does.before?.(request);
      const outcome = await context.run(request, options);
      if (isIt) await does.after?.(request);
      return outcome;
    },
  };
}

async function inRestored(request: ProgramRequest, sql: string): Promise<void> {
  const url = request.argv.find((word) => word.startsWith('--dbname='))?.slice('--dbname='.length);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}

describe('a proven backup', () => {
  it('is restored whole, with all its odd tables, and says so last', async () => {
    const folder = await tempFolder();
    const { context, progress } = await stepContext();
    const before = Date.now();
    const receipt = receiptOf(await postgresBackupAction.execute(context, input({ folder })));
    expect(receipt).toMatchObject({ folder: join(folder, dumpName()), proven: true, tables, rows, foreignTables: ['public.far'], restoredOn: expect.stringMatching(/^\d+/) as string, sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string });
    expect(Date.parse(text(receipt['provenAt']))).toBeGreaterThanOrEqual(Date.parse(text(receipt['takenAt'])));
    expect(Date.parse(text(receipt['takenAt']))).toBeGreaterThanOrEqual(before - 1_000);
    expect(progress).toContain(`restoring 1 of ${tables} tables`);
    // The throwaway server is gone.
    expect(await readdir(folder)).toEqual([dumpName()]);
    const { mtimeMs } = await stat(join(folder, dumpName(), proofName));
    expect(mtimeMs).toBeGreaterThanOrEqual((await stat(join(folder, dumpName(), manifestName))).mtimeMs);

    expect(await postgresBackupAction.execute(context, input({ folder }))).toEqual({ ok: true, receipt });
    expect(await postgresBackupAction.probe?.(context, input({ folder }), undefined)).toMatchObject({ outcome: 'happened', receipt });
  });

  it('holds one moment: rows that come meanwhile are neither in the dump nor in the counts', async () => {
    const folder = await tempFolder();
    const { context } = await stepContext();
    const late = around(context, 'pg_dump', { before: () => database.pool.query(`INSERT INTO animals VALUES ('late')`) });
    try {
      expect(receiptOf(await postgresBackupAction.execute(late, input({ folder })))).toMatchObject({ proven: true, rows });
    } finally {
      await database.pool.query(`DELETE FROM ONLY animals WHERE name = 'late'`);
    }
  });

  it('carries the password in no argument', async () => {
    const { context } = await stepContext();
    const seen: string[] = [];
    const url = new URL(database.url);
    url.password = 'sesame-open';
    const spying: StepContext = { ...context, run: (request, options) => { seen.push(JSON.stringify(request.argv)); return context.run(request, options); } };
    expect(receiptOf(await postgresBackupAction.execute(spying, input({ database: url.href, folder: await tempFolder() })))).toMatchObject({ proven: true });
    expect(seen.join()).toContain('pg_restore');
    expect(seen.join()).not.toContain('sesame-open');
  });
});

describe('a backup that does not hold what it should', () => {
  it('fails the step with table and counts, is put aside, and the next try takes a new one', async () => {
    const folder = await tempFolder();
    const { context } = await stepContext();
    const losing = around(context, 'pg_restore', { after: (request) => inRestored(request, 'DELETE FROM people WHERE id > 5; DROP TABLE empty') });
    const result = await postgresBackupAction.execute(losing, input({ folder }));
    expect(result).toMatchObject({ ok: false, retryable: false, error: { code: 'backup-not-proven' } });
    expect(result.ok ? '' : result.error.message).toContain('public.people: 7 rows in the snapshot, 5 rows restored');
    expect(result.ok ? '' : result.error.message).toContain('public.empty: 0 rows in the snapshot, no table restored');
    expect(await readdir(folder)).toEqual([`${dumpName()}.not-proven`]);
    expect(await postgresBackupAction.probe?.(context, input({ folder }), undefined)).toMatchObject({ outcome: 'absent' });
    expect(receiptOf(await postgresBackupAction.execute(context, input({ folder })))).toMatchObject({ proven: true });
  });

  it('fails with the words of pg_restore when a file is damaged', async () => {
    const folder = await tempFolder();
    const { context } = await stepContext();
    const receipt = receiptOf(await postgresBackupAction.execute(context, input({ folder, prove: false, compress: 1 })));
    const dump = text(receipt['folder']);
    const files = await Promise.all((await readdir(dump)).filter((name) => name.endsWith('.dat.gz')).map(async (name) => ({ name, size: (await stat(join(dump, name))).size })));
    const largest = files.sort((a, b) => b.size - a.size)[0];
    await writeFile(join(dump, largest?.name ?? ''), Buffer.alloc(largest?.size ?? 0, 'x'));
    const later = { ...context, receipts: { backup: receipt } };
    const result = await postgresProveAction.execute(later, { backup: 'backup' });
    expect(result).toMatchObject({ ok: false, error: { code: 'backup-not-proven' } });
    expect(result.ok ? '' : result.error.message).toMatch(/it cannot be restored: pg_restore: error: /);
    // It is another step's dump, and may yet be of use.
    expect(await readdir(folder)).toEqual([dumpName()]);
  });
});

describe('what cannot be imitated', () => {
  it('is no error: the plan says so, and the receipt', async () => {
    const folder = await tempFolder();
    const { context } = await stepContext({ throwawayPostgres: createThrowawayPostgres(['/nowhere']) });
    const facts = (await postgresBackupAction.inspect?.(context, input({ folder }))) ?? [];
    const { commands } = postgresBackupAction.describe(input({ database: '${env:SHOP_DB}' }), { facts });
    expect(commands[1]).toMatch(/^# NOT PROVABLE here: there is no server of PostgreSQL \d+ or newer/);
    expect(receiptOf(await postgresBackupAction.execute(context, input({ folder })))).toMatchObject({ proven: false, provable: false, why: expect.stringContaining('install postgresql-') as string });
  });

  it('names an extension that this machine does not have, and one that only a server can refuse', async () => {
    const folder = await tempFolder();
    const { context } = await stepContext();
    const real = context.throwawayPostgres;
    const bare = { ...real, find: async (major: number) => ({ major, extensions: new Set(['plpgsql', 'citext']) }) };
    expect(receiptOf(await postgresBackupAction.execute({ ...context, throwawayPostgres: bare }, input({ folder })))).toMatchObject({ provable: false, why: expect.stringMatching(/does not have the extension file_fdw$/) as string });

    // The dump is complete by now; as if it came from a server with an extension whose library is missing here.
    const file = join(folder, dumpName(), manifestName);
    await writeFile(file, (await readFile(file, 'utf8')).replace('"file_fdw"', '"loaded_at_start"'));
    const unknowing = { ...real, find: async (major: number) => ({ major, extensions: undefined }) };
    expect(receiptOf(await postgresBackupAction.execute({ ...context, throwawayPostgres: unknowing }, input({ folder })))).toMatchObject({ provable: false, why: expect.stringContaining('the extension loaded_at_start cannot be created on this machine') as string });
    expect(await readdir(folder)).toEqual([dumpName()]);
  });
});

describe('postgres.prove', () => {
  it('proves the dump of an earlier step with the counts of its own moment', async () => {
    const folder = await tempFolder();
    const { context } = await stepContext();
    const backup = receiptOf(await postgresBackupAction.execute(context, input({ folder, prove: false })));
    expect(backup).toMatchObject({ proven: false, tables, rows });
    await database.pool.query(`INSERT INTO animals VALUES ('later')`);
    try {
      const later = { ...context, step: 's2', receipts: { backup } };
      expect(await postgresProveAction.probe?.(later, { backup: 'backup' }, undefined)).toMatchObject({ outcome: 'absent' });
      const receipt = receiptOf(await postgresProveAction.execute(later, { backup: 'backup' }));
      expect(receipt).toMatchObject({ folder: backup['folder'], sha256: backup['sha256'], takenAt: backup['takenAt'], proven: true, rows });
      expect(await postgresProveAction.probe?.(later, { backup: 'backup' }, undefined)).toMatchObject({ outcome: 'happened', receipt });
    } finally {
      await database.pool.query(`DELETE FROM ONLY animals WHERE name = 'later'`);
    }
  });

  it('says that there is nothing to prove where the backup was skipped', async () => {
    const { context } = await stepContext();
    expect(await postgresProveAction.execute(context, { backup: 'backup' })).toMatchObject({ ok: false, error: { code: 'no-backup' } });
  });

  it('may run while votes are awaited', () => {
    expect(postgresProveAction.describe({ backup: 'backup' }, { facts: [] })).toMatchObject({ effect: 'idempotent', destructive: false });
  });
});

describe('a proof that is stopped', () => {
  it.each(['starting a throwaway server', 'restoring 2 ', 'counting 3 '])('at "%s" leaves the dump for whoever goes on, and nothing once it is cleaned up', async (moment) => {
    const folder = await tempFolder();
    const stop = new AbortController();
    const { context } = await stepContext({ signal: stop.signal });
    const stopping = { ...context, progress: (line: string) => { if (line.startsWith(moment)) stop.abort(); } };
    await expect(postgresBackupAction.execute(stopping, input({ folder }))).rejects.toThrow(/abort/i);
    expect(await readdir(folder)).toEqual([dumpName()]);
    expect(await readdir(join(folder, dumpName()))).not.toContain(proofName);
    await postgresBackupAction.cleanup?.(context, input({ folder }), undefined);
    expect(await readdir(folder)).toEqual([]);
  });

  it('while it waits for a lock leaves nothing, on the server neither', async () => {
    const folder = await tempFolder();
    const stop = new AbortController();
    const { context } = await stepContext({ signal: stop.signal });
    const locker = await database.pool.connect();
    await locker.query('BEGIN; LOCK TABLE empty IN ACCESS EXCLUSIVE MODE');
    try {
      const running = postgresBackupAction.execute({ ...context, progress: () => { stop.abort(); } }, input({ folder }));
      await expect(running).rejects.toThrow(/abort/i);
      expect(await readdir(folder)).toEqual([]);
      await expect.poll(async () => (await database.pool.query(`SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'planb'`)).rowCount).toBe(0);
    } finally {
      await locker.query('ROLLBACK');
      locker.release();
    }
  });
});
