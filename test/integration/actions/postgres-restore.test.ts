import { execFile } from 'node:child_process';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { postgresRestoreAction } from '../../../jobs/actions/postgres-restore.js';
import type { JsonObject } from '../../../src/plan/plan.js';
import { tempFolder } from '../../support/temp-folder.js';
import { type Replaceable, planned, receiptOf, replaceable, restoreContext, text } from './restore-world.js';

vi.setConfig({ testTimeout: 90_000 });

/** What a dump, a rename and a copy of rights stumble over. */
const schema = `
  CREATE SCHEMA "Other, schema";
  CREATE TABLE "Other, schema"."Odd ""Name" AS SELECT n, repeat('x', 100) AS text FROM generate_series(1, 3000) n;
  CREATE TABLE people (id int PRIMARY KEY, name text NOT NULL);
  INSERT INTO people SELECT n, 'p' || n FROM generate_series(1, 7) n;
  CREATE TABLE "_prisma_migrations" (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz, migration_name varchar(255) NOT NULL, logs text, rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count int NOT NULL DEFAULT 0);
  INSERT INTO "_prisma_migrations" (id, checksum, finished_at, migration_name, logs) VALUES ('1', 'a', now(), '20250101_init', NULL), ('2', 'b', NULL, 'with blank "and more"', E'two\\nlines\\tand a tab'), ('3', 'b', now(), 'twice', NULL), ('4', 'b', now(), 'twice', NULL);
  CREATE TABLE events (at date NOT NULL, text text) PARTITION BY RANGE (at);
  CREATE TABLE events_new PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
  INSERT INTO events SELECT date '2026-01-01' + n, 'e' FROM generate_series(0, 9) n;
  SELECT lo_from_bytea(0, 'large');
`;

let database: Replaceable;
let number = 0;

/** A run of its own for every test, with a dump of the database as it is: each has its own names beside the one database. */
async function world() {
  number += 1;
  const run = `t${String(number)}`;
  const backup: JsonObject = await database.dump(run);
  const folder = text(backup['folder']);
  const record = await restoreContext({ runId: run, attemptId: `${run}/restore/1`, receipts: { backup } });
  const { live } = database.names;
  return { ...record, backup, folder, kept: `${live}_before_${run}`, fresh: `${live}_restored_${run}`, input: { database: database.url, backup: folder } };
}

async function names(): Promise<readonly string[]> {
  const rows = await database.sql<{ datname: string }>(`SELECT datname FROM pg_database WHERE starts_with(datname, '${database.names.live}') ORDER BY 1`);
  return rows.map(({ datname }) => datname);
}

async function dropOthers(): Promise<void> {
  for (const name of await names()) if (name !== database.names.live) await database.sql(`DROP DATABASE "${name}" WITH (FORCE)`);
}

beforeAll(async () => {
  database = await replaceable(schema);
});
afterAll(async () => {
  await dropOthers();
  await database.drop();
});

describe('postgres.restore', () => {
  it('puts the backup in the place of the database, and keeps what was there', async () => {
    const { context, input, kept, fresh, backup, folder } = await world();
    await database.sql(`INSERT INTO people VALUES (8, 'after the backup')`);
    const facts = await planned(context, input);
    const plan = postgresRestoreAction.describe({ ...input, database: '${env:SHOP_DB}' }, { facts: facts.facts });
    expect(plan).toMatchObject({ effect: 'idempotent', destructive: true, todo: [expect.stringContaining(`DROP DATABASE "${kept}"`) as string], lost: [expect.stringContaining(`it stays in the database ${kept}`) as string] });
    expect(plan.changes).toEqual([{ key: facts.facts.find(({ key }) => /^postgres:/.test(key))?.key }]);
    expect(plan.commands.join('\n')).toContain(`ALTER DATABASE "${fresh}" RENAME TO "${database.names.live}"`);
    expect(facts.facts.find(({ key }) => /^postgres-backup:\w{8}:/.test(key))).toMatchObject({ kind: 'identity', value: { path: folder, sha256: backup['sha256'] } });

    const receipt = receiptOf(await postgresRestoreAction.execute(facts, input));
    expect(receipt).toMatchObject({ database: database.names.live, kept, tables: backup['tables'], rows: backup['rows'], compared: expect.stringContaining('the rows of every table') as string, migrations: { '"public"."_prisma_migrations"': 4 }, backupTakenAt: backup['takenAt'] });
    expect(await database.sql('SELECT count(*)::int AS people FROM people')).toEqual([{ people: 7 }]);
    expect(await database.sql('SELECT count(*)::int AS people FROM people', kept)).toEqual([{ people: 8 }]);
    expect(await database.sql(`SELECT convert_from(lo_get(oid), 'UTF8') AS text FROM pg_largeobject_metadata`)).toEqual([{ text: 'large' }]);
    expect(await names()).toEqual([database.names.live, kept].sort());
    // The planner knows the tables: nobody has to wait for autovacuum.
    expect(await database.sql(`SELECT reltuples::int AS rows FROM pg_class WHERE relname = 'people'`)).toEqual([{ rows: 7 }]);

    // A worker that died before its receipt finds it, and a second attempt does it no second time.
    expect(await postgresRestoreAction.probe?.(context, input, undefined)).toMatchObject({ outcome: 'happened', receipt: { kept, oid: receipt['oid'] } });
    await database.sql(`INSERT INTO people VALUES (9, 'after the swap')`);
    expect(receiptOf(await postgresRestoreAction.execute(facts, input))).toMatchObject({ kept, oid: receipt['oid'] });
    await postgresRestoreAction.cleanup?.(context, input, undefined);
    expect(await database.sql('SELECT count(*)::int AS people FROM people')).toEqual([{ people: 8 }]);
    // Somebody swaps them back: then nobody can say for sure.
    await database.sql(`ALTER DATABASE "${database.names.live}" RENAME TO "${database.names.live}_x"`, 'postgres');
    await database.sql(`ALTER DATABASE "${kept}" RENAME TO "${database.names.live}"`, 'postgres');
    expect(await postgresRestoreAction.probe?.(context, input, undefined)).toMatchObject({ outcome: 'absent' });
    await database.sql('DELETE FROM people WHERE id > 7');
    await dropOthers();
  });

  it('takes the dump of a step of its own run', async () => {
    const { context, kept, backup } = await world();
    const input = { database: database.url, backup: 'backup' };
    const facts = await planned(context, input);
    expect(facts.facts.some(({ key }) => key.startsWith('postgres-backup:'))).toBe(false);
    expect(receiptOf(await postgresRestoreAction.execute(facts, input))).toMatchObject({ kept, rows: backup['rows'] });
    const missing = await world();
    expect(await postgresRestoreAction.execute(missing.context, { ...input, backup: 'bakcup' })).toMatchObject({ ok: false, error: { code: 'no-backup' } });
    await dropOthers();
  });

  it('takes a backup of the catalogue, and none of another target or machine', async () => {
    const { context, kept, backup, folder } = await world();
    const record = {
      id: 'b42', target: 'shop', database: { system: null, name: database.names.live, oid: null }, machine: 'm1', folder, format: 'directory' as const, bytes: 1, sha256: text(backup['sha256']),
      server: '15', pgDump: '15', takenAt: Date.parse(text(backup['takenAt'])), proof: { state: 'not-proven' as const }, state: 'kept' as const,
    };
    const knowing = (changed: Partial<typeof record> | { state: 'missing' }) => ({ ...context, backups: { ...context.backups, findBackup: (id: string) => Promise.resolve(id === 'b42' ? { ...record, ...changed } : undefined) } });
    const input = { database: database.url, backup: 'b42' };
    await expect(planned(knowing({ target: 'bank' }), input)).rejects.toThrow('one of bank, not of shop');
    await expect(planned(knowing({ machine: 'there' }), input)).rejects.toThrow('lies on there, and this worker runs on m1');
    await expect(planned(knowing({ state: 'missing' }), input)).rejects.toThrow(`no longer in ${folder}`);
    expect(receiptOf(await postgresRestoreAction.execute(await planned(knowing({}), input), input))).toMatchObject({ kept, from: folder });
    await dropOthers();
  });

  it('takes the newest backup of a release, a proven one first, and says when there is none', async () => {
    const { context, kept, backup, folder } = await world();
    const proven = { state: 'proven' as const, at: 1, on: '15' };
    const record = {
      id: 'b1', target: 'shop', database: { system: null, name: database.names.live, oid: null }, release: '1.0.0', machine: 'm1', folder: '/nowhere', format: 'directory' as const, bytes: 1, sha256: text(backup['sha256']),
      server: '15', pgDump: '15', takenAt: 2, proof: { state: 'not-proven' as const }, state: 'kept' as const,
    };
    const all = [
      record, { ...record, id: 'b2', release: '1.1.0', proof: proven }, { ...record, id: 'b3', machine: 'there', proof: proven }, { ...record, id: 'b4', proof: proven, database: { ...record.database, name: 'other' } },
      { ...record, id: 'b5', proof: proven, folder, takenAt: Date.parse(text(backup['takenAt'])) },
    ];
    const knowing = (release: string) => ({ context: { ...context, backups: { ...context.backups, listBackups: () => Promise.resolve(all) } }, input: { database: database.url, backup: `of ${release}` } });
    const none = knowing('0.9.0');
    await expect(planned(none.context, none.input)).rejects.toThrow('no backup of');
    const elsewhere = knowing('1.0.0');
    all.splice(4, 1);
    all.splice(0, 1);
    await expect(planned(elsewhere.context, elsewhere.input)).rejects.toThrow('1 of them lies on another machine or is gone');
    all.unshift(record, { ...record, id: 'b5', proof: proven, folder, takenAt: Date.parse(text(backup['takenAt'])) });
    const found = knowing('1.0.0');
    expect(receiptOf(await postgresRestoreAction.execute(await planned(found.context, found.input), found.input))).toMatchObject({ kept, from: folder });
    await dropOthers();
  });

  it('takes a dump that somebody else took, in custom format too, and says that nobody had counted its rows', async () => {
    const { context: bare, kept } = await world();
    const dump = join(await tempFolder(), 'by hand.dump');
    await promisify(execFile)('pg_dump', ['--format=custom', `--file=${dump}`, database.url]);
    const input = { database: database.url, backup: dump };
    const context = await planned(bare, input);
    expect(receiptOf(await postgresRestoreAction.execute(context, input))).toMatchObject({ kept, from: dump, compared: expect.stringContaining('nobody counted them') as string, migrations: { '"public"."_prisma_migrations"': 4 } });
    expect(await database.sql('SELECT count(*)::int AS people FROM people')).toEqual([{ people: 7 }]);
    await dropOthers();

    const plain = join(await tempFolder(), 'plain.sql');
    await promisify(execFile)('pg_dump', [`--file=${plain}`, database.url]);
    await expect(planned(bare, { ...input, backup: plain })).rejects.toThrow('a plain SQL or tar file cannot be restored in parallel');
    await expect(planned(bare, { ...input, backup: join(plain, 'nowhere') })).rejects.toThrow('on this machine');
  });

  it('gives the new database owner, rights, settings, limit and comment of the old one', async () => {
    const { context, input, kept } = await world();
    const { live } = database.names;
    await database.sql(`CREATE ROLE "shop owner"; CREATE ROLE reader LOGIN; GRANT CREATE ON DATABASE "${live}" TO reader WITH GRANT OPTION; REVOKE TEMPORARY ON DATABASE "${live}" FROM PUBLIC; ALTER DATABASE "${live}" OWNER TO "shop owner"; ALTER DATABASE "${live}" CONNECTION LIMIT 42`);
    await database.sql(`ALTER DATABASE "${live}" SET search_path = "$user", 'Other, schema', public; ALTER DATABASE "${live}" SET statement_timeout = '5min'; ALTER DATABASE "${live}" SET app.name = 'it''s \\ odd'; ALTER ROLE reader IN DATABASE "${live}" SET work_mem = '9MB'`);
    await database.sql(`COMMENT ON DATABASE "${live}" IS 'the shop''s own'`);
    const about = (name: string): string => `SELECT pg_get_userbyid(datdba) AS owner, datconnlimit, pg_encoding_to_char(encoding) AS encoding, datcollate, datctype, shobj_description(oid, 'pg_database') AS comment,
      (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(datacl) a)::text AS acl, (SELECT json_agg(json_build_array(setrole, setconfig) ORDER BY setrole) FROM pg_db_role_setting WHERE setdatabase = d.oid) AS settings FROM pg_database d WHERE datname = '${name}'`;
    const [before] = await database.sql<{ comment: string }>(about(live), 'postgres');
    expect(before).toMatchObject({ owner: 'shop owner', comment: "the shop's own" });
    try {
      receiptOf(await postgresRestoreAction.execute(await planned(context, input), input));
      expect(await database.sql(about(live), 'postgres')).toEqual([before]);
      // The old one is as it was too, but for its name and a comment that says what it is.
      const [old] = await database.sql<{ comment: string }>(about(kept), 'postgres');
      expect(old).toEqual({ ...before, comment: expect.stringMatching(/^what was in use until planb run .*the shop's own/) as string });
    } finally {
      await dropOthers();
      await database.sql(`ALTER DATABASE "${live}" OWNER TO CURRENT_USER; ALTER DATABASE "${live}" RESET ALL; REVOKE ALL ON DATABASE "${live}" FROM reader; ALTER ROLE reader IN DATABASE "${live}" RESET ALL`, 'postgres');
      await database.sql('DROP ROLE reader; DROP ROLE "shop owner"', 'postgres');
    }
  });
});

describe('a restore that must not replace anything', () => {
  it.each([
    { what: 'rows are missing', sql: 'DELETE FROM people WHERE id > 5', code: 'restore-differs', says: 'public.people: 7 rows in the snapshot, 5 rows restored' },
    { what: 'a table is missing', sql: 'DROP TABLE events', code: 'restore-differs', says: 'public.events_new: 10 rows in the snapshot, no table restored' },
    { what: 'a migration is another one', sql: `UPDATE "_prisma_migrations" SET migration_name = 'other' WHERE id = '1'`, code: 'restore-differs', says: 'the migrations in "public"."_prisma_migrations" are not those of the backup' },
    { what: 'a migration counts as finished', sql: `UPDATE "_prisma_migrations" SET finished_at = now() WHERE id = '2'`, code: 'restore-differs', says: 'the migrations in' },
  ])('leaves the database as it was when $what', async ({ sql, code, says }) => {
    const { context: bare, input, fresh } = await world();
    const context = await planned(bare, input);
    const losing = { ...context, run: async (...given: Parameters<typeof context.run>) => {
      const outcome = await context.run(...given);
      if (given[0].argv.some((word) => word.startsWith('--jobs='))) await database.sql(sql, fresh);
      return outcome;
    } };
    const [before] = await database.sql(`SELECT oid FROM pg_database WHERE datname = current_database()`);
    const result = await postgresRestoreAction.execute(losing, input);
    expect(result).toMatchObject({ ok: false, error: { code } });
    expect(result.ok ? '' : result.error.message).toContain(says);
    expect(await database.sql(`SELECT oid FROM pg_database WHERE datname = current_database()`)).toEqual([before]);
    expect(await names()).toEqual([database.names.live]);
  });

  it('refuses files that are not those that people voted on, or that were dumped', async () => {
    const { context, input } = await world();
    const copy = await database.dump();
    const other = { ...input, backup: text(copy['folder']) };
    const facts = await planned(context, other);
    const [name = ''] = (await readdir(other.backup)).filter((file) => file.endsWith('.dat') || file.endsWith('.gz'));
    const whole = await readFile(join(other.backup, name));
    await writeFile(join(other.backup, name), Buffer.alloc(whole.length, 'x'));
    expect(await postgresRestoreAction.execute(facts, other)).toMatchObject({ ok: false, error: { code: 'dump-changed', message: expect.stringContaining('plan again') as string } });
    // As if the plan had been made after that.
    expect(await postgresRestoreAction.execute(await planned(context, other), other)).toMatchObject({ ok: false, error: { code: 'dump-changed', message: expect.stringContaining('checksum differs') as string } });
    expect(await names()).toEqual([database.names.live]);
  });
});
