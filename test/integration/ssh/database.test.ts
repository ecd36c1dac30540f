import { execFile } from 'node:child_process';
import { chown, copyFile, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';

import { startPostgres } from '../../../adapters/embedded/postgres-server.js';
import { postgresBackupAction } from '../../../jobs/actions/postgres-backup.js';
import { postgresLossAction } from '../../../jobs/actions/postgres-loss.js';
import { postgresRestoreAction } from '../../../jobs/actions/postgres-restore.js';
import { onWorker, withClientWay } from '../../../jobs/actions/postgres/client-way.js';
import { lastLine } from '../../../jobs/actions/run.js';
import type { StepContext } from '../../../src/ports/action.js';
import { eventually } from '../../support/eventually.js';
import { makeCertificate } from '../../support/redis-server.js';
import { thereFrom } from '../../support/ssh/remote-context.js';
import { type TestSshd, sshHosts, startSshd } from '../../support/ssh/sshd.js';
import { tempFolder } from '../../support/temp-folder.js';
import { type Replaceable, planned, receiptOf, replaceable, restoreContext, text } from '../actions/restore-world.js';
import { stepContext } from '../actions/step-context.js';

vi.setConfig({ testTimeout: 120_000 });

let database: Replaceable;

beforeAll(async () => {
  database = await replaceable(`CREATE TABLE orders (id int PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now(), note text); INSERT INTO orders SELECT n, now(), repeat('x', 200) FROM generate_series(1, 20000) n; CREATE TABLE other (id int primary key); CREATE SEQUENCE odd`);
});
afterAll(() => database.drop());

async function there(given: Partial<StepContext> = {}): Promise<{ readonly sshd: TestSshd; readonly context: StepContext; readonly folder: string }> {
  const sshd = await startSshd();
  const { context } = await stepContext({ step: 'backup', ...given });
  return { sshd, context: thereFrom(context, sshHosts(sshd).at(sshd.address)), folder: join(await tempFolder(), 'dumps') };
}

describe('a database that another machine reaches', () => {
  test('is dumped and proven on planb\'s machine, and its rows are exported there', async () => {
    const { sshd, context, folder } = await there();
    const input = postgresBackupAction.input.parse({ database: database.url, folder, prove: true });
    const facts = (await postgresBackupAction.inspect?.(context, input)) ?? [];
    expect(postgresBackupAction.describe(input, { facts }).commands[0]).toMatch(new RegExp(`on planb's machine, through ${sshd.address}$`));
    const receipt = receiptOf(await postgresBackupAction.execute({ ...context, facts }, input));
    expect(receipt).toMatchObject({ proven: true, machine: 'm1', folder: expect.stringContaining(folder) as string });
    expect(await readdir(folder)).toHaveLength(1);
    const loss = receiptOf(await postgresLossAction.execute(context, postgresLossAction.input.parse({ database: database.url, since: '2020-01-01T00:00:00Z', tables: ['orders'], folder: join(folder, 'loss') })));
    expect(loss).toMatchObject({ rows: 20_000 });
  });

  test('is left alone where sshd forbids the way, and the reason is said', async () => {
    const sshd = await startSshd(['AllowStreamLocalForwarding no']);
    const { context } = await stepContext();
    const folder = join(await tempFolder(), 'dumps');
    expect(await postgresBackupAction.execute(thereFrom(context, sshHosts(sshd).at(sshd.address)), postgresBackupAction.input.parse({ database: database.url, folder })))
      .toMatchObject({ ok: false, error: { code: 'unreachable', message: expect.stringContaining(`, from ${sshd.address}`) as string } });
  });

  test('a machine that goes away during a dump fails the step, leaves nothing, and the next attempt succeeds', async () => {
    const { sshd, context, folder } = await there();
    const input = postgresBackupAction.input.parse({ database: database.url, folder, jobs: 1 });
    // pg_dump waits for the sequence, which a snapshot does not lock.
    const blocker = new pg.Client({ connectionString: database.url });
    await blocker.connect();
    await blocker.query('BEGIN; DROP SEQUENCE odd');
    const dumping = postgresBackupAction.execute(context, input);
    await eventually(async () => (await sessions(`wait_event_type = 'Lock'`)) > 0);
    await sshd.breakConnections();
    expect(await dumping).toMatchObject({ ok: false, error: { message: expect.stringContaining(sshd.address) as string } });
    expect(await readdir(folder)).toEqual([]);
    await blocker.query('ROLLBACK');
    await blocker.end();
    await eventually(async () => (await sessions('true')) === 0);
    expect(await eventually(async () => (await postgresBackupAction.execute(context, input)).ok)).toBe(true);
  });

  test('a machine that goes away during a restore leaves the database in use as it is; the next attempt swaps it', async () => {
    const backup = text((await database.dump())['folder']);
    const sshd = await startSshd();
    const { context: local } = await restoreContext();
    let cuts = 1;
    // Before the first table is there, in the middle of pg_restore's work.
    const cut: StepContext['run'] = (request, how) => local.run({ ...request, onLine: (line) => {
      if (/processing data for table/.test(line.text) && (cuts -= 1) === 0) void sshd.breakConnections();
      request.onLine?.(line);
    } }, how);
    const context = await planned(thereFrom({ ...local, run: cut }, sshHosts(sshd).at(sshd.address)), { database: database.url, backup });
    const input = postgresRestoreAction.input.parse({ database: database.url, backup });
    const failed = await postgresRestoreAction.execute(context, input);
    expect(failed).toMatchObject({ ok: false, error: { message: expect.stringContaining(sshd.address) as string } });
    const oid = async (): Promise<unknown> => (await database.sql(`SELECT oid FROM pg_database WHERE datname = '${database.names.live}'`, 'postgres'))[0];
    const before = await oid();
    const receipt = await eventually(async () => {
      const again = await postgresRestoreAction.execute(context, input);
      return again.ok ? again.receipt : undefined;
    });
    expect(receipt).toMatchObject({ database: database.names.live, kept: database.names.kept });
    expect(await oid()).not.toEqual(before);
    expect(await database.sql('SELECT count(*)::int AS rows FROM orders')).toEqual([{ rows: 20_000 }]);
    expect((await database.sql<{ datname: string }>(`SELECT datname FROM pg_database WHERE starts_with(datname, '${database.names.live}') ORDER BY 1`, 'postgres')).map(({ datname }) => datname)).toEqual([database.names.live, database.names.kept]);
  });
});

describe('a move from one server to another', () => {
  test('restores the dump of the one into the other only where the plan names whose it is', async () => {
    const young = await replaceable('CREATE TABLE orders (id int PRIMARY KEY)');
    onTestFinished(() => young.drop());
    const { context, folder } = await there();
    const backup = receiptOf(await postgresBackupAction.execute(context, postgresBackupAction.input.parse({ database: database.url, folder })));
    const restoring = { ...context, step: 'restore', attemptId: 'r1/restore/1', receipts: { backup } };
    const input = { database: young.url, backup: 'backup' };
    expect(await postgresRestoreAction.execute(restoring, postgresRestoreAction.input.parse(input))).toMatchObject({ ok: false, error: { code: 'foreign-backup', message: expect.stringContaining('name that by of:') as string } });
    expect(receiptOf(await postgresRestoreAction.execute(restoring, postgresRestoreAction.input.parse({ ...input, of: database.url })))).toMatchObject({ database: young.names.live, kept: young.names.kept });
    expect(await young.sql('SELECT count(*)::int AS rows FROM orders')).toEqual([{ rows: 20_000 }]);
  });
});

describe('TLS through another machine', () => {
  /** Places of the loopback that nobody else has. */
  const [address, otherName] = [1, 2].map((last) => `127.${String(1 + (process.pid % 250))}.${String(1 + (Math.floor(process.pid / 250) % 250))}.${String(last)}`) as [string, string];

  test('PostgreSQL\'s programs compare the server\'s own name, through a port that is closed afterwards', async () => {
    const server = await startPostgres({ dataDir: join(await tempFolder(), 'postgres'), durable: false, settings: [`listen_addresses=${address},${otherName}`] });
    onTestFinished(() => server.stop());
    const admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    onTestFinished(() => admin.end());
    const { cert } = await onlyTls(admin, address);
    const { context } = await there();
    const ask = (url: string) => withClientWay(context, url, async ({ publicUrl, env, folder }) => {
      expect(folder).toBeUndefined();
      const said = await onWorker(context).run({ argv: ['psql', '--no-psqlrc', '-At', publicUrl, '-c', 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()'], env });
      return { publicUrl, said: lastLine(said.output) };
    });
    const url = (host: string): string => `postgresql://planb@${host}:5432/planb?sslmode=verify-full&sslrootcert=${cert}`;
    const asked = await ask(url(address));
    expect(asked).toMatchObject({ said: 't', publicUrl: expect.stringContaining(`planb@${address}:`) as string });
    const port = new URL(asked.publicUrl).port;
    await expect(promisify(execFile)('psql', ['--no-psqlrc', '-At', `postgresql://planb@127.0.0.1:${port}/planb`, '-c', 'SELECT 1'])).rejects.toMatchObject({ stderr: expect.stringContaining('Connection refused') as string });
    // Another name of the same server that its certificate does not have.
    expect((await ask(url(otherName))).said).toContain('does not match host name');
    const { context: other } = await there();
    const receipt = receiptOf(await postgresBackupAction.execute(other, postgresBackupAction.input.parse({ database: url(address), folder: join(await tempFolder(), 'dumps') })));
    expect(receipt).toMatchObject({ proven: false });
  });
});

/** Other sessions of planb in the database. */
async function sessions(condition: string): Promise<number> {
  const [row] = await database.sql<{ found: number }>(`SELECT count(*)::int AS found FROM pg_stat_activity WHERE datname = '${database.names.live}' AND application_name = 'planb' AND ${condition}`, 'postgres');
  return row?.found ?? 0;
}

/** Gives a server a certificate for its address, and lets nobody in over the network without TLS. */
async function onlyTls(admin: pg.Client, address: string): Promise<{ readonly cert: string }> {
  const made = await makeCertificate(address);
  const { rows } = await admin.query<{ folder: string }>(`SELECT current_setting('data_directory') AS folder`);
  const data = rows[0]?.folder ?? '';
  const { uid, gid } = await stat(data);
  for (const [from, name] of [[made.cert, 'server.crt'], [made.key, 'server.key']] as const) {
    await copyFile(from, join(data, name));
    await chown(join(data, name), uid, gid);
  }
  const rules = join(data, 'pg_hba.conf');
  await writeFile(rules, `${(await readFile(rules, 'utf8')).split('\n').filter((line) => line.startsWith('local')).join('\n')}\nhostssl all all 127.0.0.0/8 trust\n`);
  await admin.query('ALTER SYSTEM SET ssl = on');
  await admin.query('SELECT pg_reload_conf()');
  await eventually(async () => (await admin.query<{ ssl: string }>('SHOW ssl')).rows[0]?.ssl === 'on');
  return made;
}
