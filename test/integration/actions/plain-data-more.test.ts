import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { expect, inject, it, onTestFinished } from 'vitest';
import { updateScript } from '../../../adapters/dns/nsupdate-script.js';
import { dnsSwitchAction } from '../../../jobs/actions/dns-switch.js';
import { filesCopyAction } from '../../../jobs/actions/files-copy.js';
import { helmRollbackAction } from '../../../jobs/actions/helm-rollback.js';
import { kubectlRolloutAction } from '../../../jobs/actions/kubectl-rollout.js';
import { postgresBackupAction } from '../../../jobs/actions/postgres-backup.js';
import { postgresRestoreAction } from '../../../jobs/actions/postgres-restore.js';
import { prismaResolveAction } from '../../../jobs/actions/prisma-resolve.js';
import { redisClearAction } from '../../../jobs/actions/redis-clear.js';
import type { StepContext } from '../../../src/ports/action.js';
import { METACHARACTERS } from '../../support/fuzz/texts.js';
import { createDatabase } from '../../support/postgres.js';
import { createRedis } from '../../support/redis.js';
import { tempFolder } from '../../support/temp-folder.js';
import { historyTable } from '../../support/verdict/history-table.js';
import { inDatabase, receiptOf } from './restore-world.js';
import { stepContext } from './step-context.js';

/** Programs that write down each argument of theirs, and fail. */
async function recorders(...names: readonly string[]): Promise<{ readonly context: StepContext; readonly calls: () => Promise<readonly (readonly string[])[]> }> {
  const folder = await tempFolder('planb-recorders');
  const record = join(folder, 'record');
  for (const name of names) {
    await writeFile(join(folder, name), `#!/bin/sh\n{ printf '%s\\0' "\${0##*/}" "$@"; printf '\\n\\0'; } >>"${record}"\necho refused >&2\nexit 1\n`);
    await chmod(join(folder, name), 0o755);
  }
  const { context } = await stepContext();
  const calls = async (): Promise<readonly (readonly string[])[]> => (await readFile(record, 'utf8').catch(() => '')).split('\0\n\0').filter((call) => call !== '').map((call) => call.split('\0'));
  return { context: { ...context, run: (request, how) => context.run({ ...request, env: { ...request.env, PATH: `${folder}:${process.env['PATH'] ?? ''}` } }, how) }, calls };
}

it('Helm and kubectl get them as values of their options, and no name that would be an option', async () => {
  const { context, calls } = await recorders('helm', 'kubectl');
  for (const value of METACHARACTERS) {
    expect(helmRollbackAction.input.safeParse({ release: value, namespace: 'x' }).success, value).toBe(false);
    expect(kubectlRolloutAction.input.safeParse({ workload: value, namespace: 'x', do: 'restart' }).success, value).toBe(false);
    expect(kubectlRolloutAction.input.safeParse({ workload: `deployment/${value}`, namespace: 'x', do: 'restart' }).success, value).toBe(false);
    const where = { namespace: value, context: `c ${value}`, kubeconfig: `k ${value}` };
    await helmRollbackAction.inspect?.(context, helmRollbackAction.input.parse({ release: 'shop', to: value, ...where })).catch(() => undefined);
    await kubectlRolloutAction.inspect?.(context, kubectlRolloutAction.input.parse({ workload: 'deployment/shop', do: 'restart', ...where })).catch(() => undefined);
  }
  const all = await calls();
  for (const [program, option] of [['helm', '--kube-context'], ['kubectl', '--context']] as const) {
    for (const value of METACHARACTERS) {
      const call = all.find((one) => one[0] === program && one.includes(`c ${value}`));
      expect(call?.slice(call.indexOf('--namespace')), `${program} ${value}`).toEqual(['--namespace', value, option, `c ${value}`, '--kubeconfig', `k ${value}`]);
    }
  }
});

it('Prisma gets the name of a migration as one argument', async () => {
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  await database.pool.query(historyTable());
  const names = METACHARACTERS.filter((name) => !name.startsWith('-'));
  for (const [index, name] of names.entries()) await database.pool.query('INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ($1, $2, $3)', [`id${String(index)}`, 'x', name]);
  const { context, calls } = await recorders('prisma');
  const cwd = await tempFolder('planb-release');
  await mkdir(join(cwd, 'prisma', 'migrations', '1_init'), { recursive: true });
  await writeFile(join(cwd, 'prisma', 'migrations', '1_init', 'migration.sql'), 'SELECT 1');
  for (const migration of names) {
    const input = prismaResolveAction.input.parse({ database: database.url, cli: { program: ['prisma'], cwd }, migration, as: 'rolled-back' });
    const facts = (await prismaResolveAction.inspect?.(context, input)) ?? [];
    expect(await prismaResolveAction.execute({ ...context, facts }, input), migration).toMatchObject({ ok: false });
  }
  expect((await calls()).map((call) => call.slice(0, 5))).toEqual(names.map((name) => ['prisma', 'migrate', 'resolve', '--rolled-back', name]));
  expect((await database.pool.query('SELECT count(*)::int AS count FROM _prisma_migrations')).rows).toEqual([{ count: names.length }]);
});

it('a name of DNS and a value of a record hold no second command for nsupdate, also where the server told them', () => {
  for (const value of [...METACHARACTERS, 'a.example.org\nupdate delete example.org. ANY', 'a.example.org update', '192.0.2.1\nsend']) {
    for (const record of [{ name: value, to: '192.0.2.2' }, { name: 'a.example.org', from: value, to: '192.0.2.2' }, { name: 'a.example.org', to: value }, { name: 'a.example.org', type: 'CNAME', to: value }]) {
      expect(dnsSwitchAction.input.safeParse({ provider: 'main', records: [record] }).success && !/^\*$/.test(value), JSON.stringify(record)).toBe(false);
    }
    const told = { name: 'a.example.org', type: 'CNAME', values: [value], ttl: 60 } as const;
    const target = { server: '127.0.0.1', port: 53, zone: 'example.org', key: { name: 'planb', algorithm: 'hmac-sha256', secret: 'c2VjcmV0' } };
    expect(() => updateScript(target, [{ old: told, values: ['b.example.org'], ttl: 60 }]), value).toThrow('has a value that planb cannot write');
  }
});

it('files.copy takes them as paths', async () => {
  const folder = await tempFolder();
  for (const [index, value] of ['$(touch x)', "it's `id`; \"x\"", '--flag', '*', '${HOME} \\'].entries()) {
    const name = value.replaceAll('/', '|');
    const from = join(folder, `from ${String(index)} ${name}`);
    const to = join(folder, `to ${String(index)} ${name}`);
    await mkdir(from);
    await writeFile(join(from, name), value);
    const { context } = await stepContext();
    const input = filesCopyAction.input.parse({ from, to });
    const facts = (await filesCopyAction.inspect?.(context, input)) ?? [];
    expect(await filesCopyAction.execute({ ...context, facts }, input), value).toMatchObject({ ok: true, receipt: { files: 1 } });
    expect(await readFile(join(to, name), 'utf8')).toBe(value);
  }
});

it('redis.clear takes them as a pattern of keys', async () => {
  const { url, prefix, flush } = await createRedis();
  await flush();
  const client = new Redis(url);
  onTestFinished(() => { client.disconnect(); });
  // What a pattern gives a meaning to is escaped.
  const values = [...METACHARACTERS, "x' FLUSHALL", 'x\r\nFLUSHALL\r\n', '" EVAL "redis.call([[FLUSHALL]])" 0'];
  for (const value of values) await client.set(`${prefix}:${value}`, 'x');
  await client.set(`${prefix}:kept`, 'x');
  for (const value of values) {
    const { context } = await stepContext();
    const pattern = `${prefix}:${value.replaceAll(/[*?[\]\\^]/g, '\\$&')}`;
    expect(await redisClearAction.execute(context, redisClearAction.input.parse({ url, pattern })), value).toMatchObject({ ok: true, receipt: { cleared: 1 } });
  }
  expect(await client.keys(`${prefix}:*`)).toEqual([`${prefix}:kept`]);
});

it('postgres.backup and postgres.restore take them as names of a database, a table and a column', async () => {
  // Without what node-postgres does not decode in an address: / ? : @ & = + $ , # and the semicolon.
  const live = `we"ird' DROP DATABASE x -- \`id\` %s`;
  const maintenance = inject('postgresUrl');
  const admin = new pg.Client({ connectionString: maintenance });
  await admin.connect();
  const made = async (): Promise<readonly string[]> => (await admin.query<{ datname: string }>(`SELECT datname FROM pg_database WHERE starts_with(datname, 'we"ird')`)).rows.map(({ datname }) => datname);
  onTestFinished(async () => {
    for (const name of await made()) await admin.query(`DROP DATABASE ${pg.escapeIdentifier(name)} WITH (FORCE)`);
    await admin.end();
  });
  await admin.query(`CREATE DATABASE ${pg.escapeIdentifier(live)} TEMPLATE template0`);
  const url = inDatabase(maintenance, live);
  const query = async (sql: string): Promise<pg.QueryResult> => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      return await client.query(sql);
    } finally {
      await client.end();
    }
  };
  const table = pg.escapeIdentifier(`t"; DROP TABLE other; --$(id)`);
  const column = pg.escapeIdentifier(`c'"; --`);
  await query(`CREATE TABLE other (id int); CREATE TABLE ${table} (${column} text); INSERT INTO ${table} VALUES ('kept')`);
  const folder = join(await tempFolder(), 'dumps');
  const taken = await stepContext({ step: 'backup' });
  const backup = receiptOf(await postgresBackupAction.execute(taken.context, postgresBackupAction.input.parse({ database: url, folder })));
  await query(`UPDATE ${table} SET ${column} = 'lost'`);

  const input = postgresRestoreAction.input.parse({ database: url, backup: backup['folder'] });
  const { context } = await stepContext({ step: 'restore', attemptId: 'r1/restore/1', receipts: { backup } });
  const facts = (await postgresRestoreAction.inspect?.(context, input)) ?? [];
  expect(await postgresRestoreAction.execute({ ...context, facts }, input)).toMatchObject({ ok: true });
  expect((await query(`SELECT ${column} AS value FROM ${table}`)).rows).toEqual([{ value: 'kept' }]);
  expect((await query('SELECT * FROM other')).rows).toEqual([]);
  expect((await made()).length).toBe(2);
});
