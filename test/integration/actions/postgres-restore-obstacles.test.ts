import { createServer } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

import { connectTargetDatabase } from '../../../adapters/postgres/target-database.js';
import { postgresRestoreAction } from '../../../jobs/actions/postgres-restore.js';
import { findObstacle, isPooler } from '../../../jobs/actions/postgres/restore-obstacles.js';
import type { StepContext } from '../../../src/ports/action.js';
import type { TargetDatabase } from '../../../src/ports/target-database.js';
import { type Replaceable, inDatabase, planned, receiptOf, replaceable, restoreContext, text } from './restore-world.js';

vi.setConfig({ testTimeout: 90_000 });

let database: Replaceable;

beforeAll(async () => {
  database = await replaceable('CREATE TABLE writes (id text PRIMARY KEY); CREATE TABLE big AS SELECT n FROM generate_series(1, 100) n');
});
async function dropOthers(): Promise<void> {
  const rows = await database.sql<{ datname: string }>(`SELECT datname FROM pg_database WHERE datname LIKE '${database.names.live}\\_%'`, 'postgres');
  for (const { datname } of rows) await database.sql(`DROP DATABASE "${datname}" WITH (FORCE)`, 'postgres');
}

afterEach(dropOthers);
afterAll(() => database.drop());

async function world() {
  const input = { database: database.url, backup: text((await database.dump())['folder']) };
  const { context } = await restoreContext({ runId: 'o1', attemptId: 'o1/restore/1' });
  return { context: await planned(context, input), input, live: database.names.live };
}

describe('what stands against a swap', () => {
  async function refusal(input: { database: string; backup: string }): Promise<string> {
    const { context } = await restoreContext({ runId: 'refused' });
    const { facts } = await planned(context, input);
    try {
      postgresRestoreAction.describe(input, { facts });
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    return 'nothing';
  }

  it('is said while planning: no right to create, or to rename', async () => {
    const { input, live } = await world();
    await database.sql(`CREATE ROLE weak LOGIN; GRANT CONNECT ON DATABASE "${live}" TO weak`);
    try {
      const weak = new URL(database.url);
      weak.username = 'weak';
      expect(await refusal({ ...input, database: weak.href })).toContain('the role weak may not create databases; a superuser can allow it: ALTER ROLE "weak" CREATEDB');
      await database.sql('ALTER ROLE weak CREATEDB');
      expect(await refusal({ ...input, database: weak.href })).toContain(`the role weak does not own ${live}`);
      await database.sql(`CREATE EXTENSION file_fdw; ALTER DATABASE "${live}" OWNER TO weak`);
      expect(await refusal({ ...input, database: weak.href })).toContain('has the extensions file_fdw, which only a superuser may create');
    } finally {
      await database.sql(`DROP EXTENSION IF EXISTS file_fdw; ALTER DATABASE "${live}" OWNER TO CURRENT_USER; REVOKE ALL ON DATABASE "${live}" FROM weak; DROP ROLE weak`);
    }
  });

  it('is no weakness that the role is no superuser', async () => {
    const { input, live } = await world();
    await database.sql(`CREATE ROLE owner_only LOGIN CREATEDB; ALTER DATABASE "${live}" OWNER TO owner_only; ALTER SCHEMA public OWNER TO owner_only; ALTER TABLE writes OWNER TO owner_only; ALTER TABLE big OWNER TO owner_only`);
    try {
      const url = new URL(database.url);
      url.username = 'owner_only';
      const own = { database: url.href, backup: text((await database.dump())['folder']) };
      expect(await refusal({ ...input, database: url.href })).toBe('nothing');
      const { context } = await restoreContext({ runId: 'own', attemptId: 'own/restore/1' });
      expect(receiptOf(await postgresRestoreAction.execute(await planned(context, own), own))).toMatchObject({ kept: `${live}_before_own` });
      expect(await database.sql(`SELECT pg_get_userbyid(relowner) AS owner FROM pg_class WHERE relname = 'big'`)).toEqual([{ owner: 'owner_only' }]);
    } finally {
      await dropOthers();
      await database.sql(`ALTER DATABASE "${live}" OWNER TO CURRENT_USER; REASSIGN OWNED BY owner_only TO CURRENT_USER; DROP OWNED BY owner_only; DROP ROLE owner_only`);
    }
  });

  it('are templates, the server’s own database, subscriptions, and no other database to connect to', async () => {
    const { input, live } = await world();
    expect(await refusal({ ...input, database: inDatabase(database.url, 'postgres') })).toMatch(/own database; it cannot be swapped$/);
    await database.sql(`ALTER DATABASE "${live}" IS_TEMPLATE true`);
    expect(await refusal(input)).toContain('is a template database');
    await database.sql(`ALTER DATABASE "${live}" IS_TEMPLATE false; CREATE SUBSCRIPTION news CONNECTION 'dbname=nowhere' PUBLICATION p WITH (connect = false)`);
    expect(await refusal(input)).toContain('has the subscriptions news');
    await database.sql('ALTER SUBSCRIPTION news SET (slot_name = NONE)');
    await database.sql('DROP SUBSCRIPTION news');
    const { context } = await restoreContext({ runId: 'refused' });
    const lonely = { ...input, maintenance: 'no such database' };
    const facts = (await postgresRestoreAction.inspect?.(context, lonely)) ?? [];
    expect(() => postgresRestoreAction.describe(lonely, { facts })).toThrow(/no such database cannot be used: .*; name one with maintenance:$/);
  });

  it('are replication slots and prepared transactions', async () => {
    // The shared server has neither, by its settings.
    const real = await connectTargetDatabase(database.url);
    const telling = (row: object): TargetDatabase => ({
      query: async (sql, parameters) => (await real.query(sql, parameters)).map((found) => ({ ...found, ...row })), transaction: (work) => real.transaction(work), close: () => real.close(),
    });
    try {
      expect(await findObstacle(real, 'shop')).toBeUndefined();
      expect(await findObstacle(telling({ slots: ['cdc'] }), 'shop')).toContain('shop has the replication slots cdc');
      expect(await findObstacle(telling({ prepared: '2' }), 'shop')).toContain('shop has 2 prepared transactions; it cannot be renamed until');
    } finally {
      await real.close();
    }
  });

  it('is PgBouncer, which answers on its console', async () => {
    const sockets = new Set<{ destroy: () => void }>();
    const pooler = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('data', () => {
        const fields = Buffer.from('SFATAL\0C08P01\0Mnot allowed\0\0');
        const length = Buffer.alloc(4);
        length.writeInt32BE(fields.length + 4);
        socket.end(Buffer.concat([Buffer.from('E'), length, fields]));
      });
    });
    await new Promise<void>((resolve) => pooler.listen(0, '127.0.0.1', resolve));
    const address = pooler.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    try {
      expect(await isPooler({ connectDatabase: connectTargetDatabase }, `postgresql://shop@127.0.0.1:${String(port)}/shop`)).toBe(true);
      expect(await isPooler({ connectDatabase: connectTargetDatabase }, inDatabase(database.url, 'shop'))).toBe(false);
    } finally {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => pooler.close(resolve));
    }
  });

  it('is a dump of a newer PostgreSQL, or a disk that would not hold it', async () => {
    const { context, input } = await world();
    const [fact] = context.facts.filter(({ key }) => key.startsWith('postgres-restore:'));
    if (fact === undefined) throw new Error('no fact');
    const seen = fact.value as { readonly [key: string]: string | number };
    expect(() => postgresRestoreAction.describe(input, { facts: [{ ...fact, value: { ...seen, bytes: 1e9, free: 1e9 } }] })).toThrow('the restored database may need 1.5 GB on its server and 1.0 GB are free');
    // The test server is this machine's own: its free disk is known.
    expect(seen['free']).toBeGreaterThan(0);
    const lying: StepContext = { ...context, run: async (request, options) => {
      const outcome = await context.run(request, options);
      return request.argv.includes('--list') ? { ...outcome, stdout: outcome.stdout.replace(/Dumped from database version: \S+/, 'Dumped from database version: 99.1') } : outcome;
    } };
    expect(await postgresRestoreAction.execute(lying, input)).toMatchObject({ ok: false, error: { code: 'dump-too-new', message: expect.stringMatching(/one of PostgreSQL 99, and the server is PostgreSQL \d+$/) as string } });
    const old: StepContext = { ...context, run: async (request, options) => {
      const outcome = await context.run(request, options);
      return request.argv.includes('--list') ? { ...outcome, ok: false, output: 'pg_restore: error: unsupported version (1.99) in file header' } : outcome;
    } };
    expect(await postgresRestoreAction.execute(old, input)).toMatchObject({ ok: false, error: { code: 'dump-too-new', message: expect.stringContaining('newer pg_dump than any pg_restore on this machine can read') as string } });
  });
});
