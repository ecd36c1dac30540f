import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { postgresBackupAction } from '../../../jobs/actions/postgres-backup.js';
import type { StepContext } from '../../../src/ports/action.js';
import { type TestDatabase, createDatabase } from '../../support/postgres.js';
import { splitPassword } from '../../../jobs/actions/postgres/libpq-url.js';
import { tempFolder } from '../../support/temp-folder.js';
import { stepContext } from './step-context.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
  await database.pool.query(`CREATE TABLE "Odd Name" AS SELECT n, repeat('x', 100) AS text FROM generate_series(1, 5000) n`);
  await database.pool.query('CREATE TABLE other (id int primary key)');
});
afterAll(() => database.drop());

/** Where the step's dump of the database lies. */
const dumpName = (): string => `r1-s1-${splitPassword(database.url).short}`;

const input = (raw: object) => postgresBackupAction.input.parse({ database: database.url, ...raw });

/** The same context, but told that the server is of another major. */
function onServer(context: StepContext, major: number): StepContext {
  return {
    ...context,
    connectDatabase: async (url) => {
      const real = await context.connectDatabase(url);
      return { ...real, query: async (sql) => (await real.query(sql)).map((row) => ('major' in row ? { ...row, major } : row)), close: () => real.close() };
    },
  };
}

describe('postgres.backup', () => {
  it('dumps into a folder that can be restored, with true checksums', async () => {
    const folder = join(await tempFolder(), 'dumps');
    const { context } = await stepContext();
    const result = await postgresBackupAction.execute(context, input({ folder }));
    const dump = join(folder, dumpName());
    expect(result).toMatchObject({ ok: true, receipt: { folder: dump, proven: false, jobs: expect.any(Number) as number } });
    expect((await stat(dump)).mode & 0o077).toBe(0);

    const names = (await readdir(dump)).filter((name) => name !== 'planb-manifest.json').sort();
    const lines = await Promise.all(names.map(async (name) => `${createHash('sha256').update(await readFile(join(dump, name))).digest('hex')}  ${name}\n`));
    expect(result.ok ? result.receipt['sha256'] : '').toBe(createHash('sha256').update(lines.join('')).digest('hex'));

    const restored = await createDatabase();
    try {
      await promisify(execFile)('pg_restore', ['--no-owner', `--dbname=${restored.url}`, dump]);
      const { rows } = await restored.pool.query<{ count: string }>('SELECT count(*) FROM "Odd Name"');
      expect(rows[0]?.count).toBe('5000');
    } finally {
      await restored.drop();
    }
  });

  it('is found by its probe when it is complete, and not when only a partial one is there', async () => {
    const folder = await tempFolder();
    const { context } = await stepContext();
    await mkdir(join(folder, `${dumpName()}.partial`));
    expect(await postgresBackupAction.probe?.(context, input({ folder }), undefined)).toMatchObject({ outcome: 'absent' });
    const result = await postgresBackupAction.execute(context, input({ folder }));
    expect(await readdir(folder)).toEqual([dumpName()]);
    expect(await postgresBackupAction.probe?.(context, input({ folder }), undefined)).toMatchObject({ outcome: 'happened', receipt: result.ok ? result.receipt : {} });

    const [first = ''] = (await readdir(join(folder, dumpName()))).filter((name) => name.endsWith('.dat') || name.endsWith('.gz'));
    await writeFile(join(folder, dumpName(), first), 'cut');
    expect(await postgresBackupAction.probe?.(context, input({ folder }), undefined)).toMatchObject({ outcome: 'absent' });
  });

  it('takes no dump of another database for its own', async () => {
    const folder = await tempFolder();
    const { context } = await stepContext();
    await postgresBackupAction.execute(context, input({ folder }));
    const other = await createDatabase();
    try {
      // A fresh plan of the same run, after the reference was pointed elsewhere.
      const given = input({ folder, database: other.url });
      expect(await postgresBackupAction.probe?.(context, given, undefined)).toMatchObject({ outcome: 'absent' });
      expect(await postgresBackupAction.execute(context, given)).toMatchObject({ ok: true, receipt: { database: new URL(other.url).pathname.slice(1) } });
    } finally {
      await other.drop();
    }
  });

  it('does nothing a second time', async () => {
    const folder = await tempFolder();
    const { context } = await stepContext();
    const first = await postgresBackupAction.execute(context, input({ folder }));
    const before = await stat(join(folder, dumpName(), 'planb-manifest.json'));
    expect(await postgresBackupAction.execute(context, input({ folder }))).toEqual(first);
    expect((await stat(join(folder, dumpName(), 'planb-manifest.json'))).mtimeMs).toBe(before.mtimeMs);
  });

  it('keeps the password out of the arguments', async () => {
    const folder = await tempFolder();
    const { context } = await stepContext();
    const seen: string[] = [];
    const spying: StepContext = { ...context, run: (request) => { seen.push(JSON.stringify(request.argv)); return context.run(request); } };
    const url = new URL(database.url);
    url.password = 'sesame-open';
    await postgresBackupAction.execute(spying, input({ database: url.href, folder }));
    expect(seen.join()).toContain('--dbname=');
    expect(seen.join()).not.toContain('sesame-open');
  });

  it('leaves nothing behind when it is stopped', async () => {
    const folder = await tempFolder();
    const stop = new AbortController();
    const { context } = await stepContext({ signal: stop.signal });
    // Facts must be read past this lock; the snapshot waits for it, so that the step is certainly at work when it is stopped.
    const locker = await database.pool.connect();
    await locker.query('BEGIN; LOCK TABLE other IN ACCESS EXCLUSIVE MODE');
    try {
      const running = postgresBackupAction.execute({ ...context, progress: () => { stop.abort(); } }, input({ folder }));
      await expect(running).rejects.toThrow(/abort/i);
    } finally {
      await locker.query('ROLLBACK');
      locker.release();
    }
    expect(await readdir(folder)).toEqual([]);
  });

  it('says why pg_dump failed, and removes what it wrote', async () => {
    const folder = await tempFolder();
    const { context } = await stepContext();
    const broken: StepContext = { ...context, run: (request) => context.run(request.argv.includes('--version') ? request : { ...request, argv: ['sh', '-c', 'echo "pg_dump: error: it broke" >&2; exit 1'] }) };
    expect(await postgresBackupAction.execute(broken, input({ folder }))).toMatchObject({ ok: false, error: { code: 'dump-failed', message: 'pg_dump: error: it broke' } });
    expect(await readdir(folder)).toEqual([]);
  });

  it('names the package where no client fits the server', async () => {
    const { context } = await stepContext();
    const result = await postgresBackupAction.execute(onServer(context, 99), input({ folder: await tempFolder() }));
    expect(result).toMatchObject({ ok: false, error: { code: 'no-client' } });
    expect(result.ok ? '' : result.error.message).toMatch(/server is PostgreSQL 99 .*install postgresql-client-99, or give the step a client: \{ image: "postgres:99" \}$/);
  });

  it('names the database in the facts, and how it would dump', async () => {
    const folder = await tempFolder();
    const { context } = await stepContext();
    const facts = (await postgresBackupAction.inspect?.(context, input({ folder }))) ?? [];
    expect(facts.find((fact) => fact.kind === 'identity')?.value).toMatchObject({ database: expect.stringContaining('test_') as string, system: expect.stringMatching(/^\d+$/) as string });
    const { commands } = postgresBackupAction.describe(input({ database: '${env:SHOP_DB}' }), { facts });
    expect(commands[0]).toMatch(/pg_dump --format=directory .*--jobs=\d+ --compress=\d .*"\$\{SHOP_DB\}"/);
    await rm(folder, { recursive: true });
  });

  it('says that the server cannot be reached', async () => {
    const { context } = await stepContext();
    const result = await postgresBackupAction.execute(context, input({ database: 'postgresql://u:topsecret@127.0.0.1:1/d', folder: await tempFolder() }));
    expect(result).toMatchObject({ ok: false, retryable: true, error: { code: 'unreachable' } });
    expect(result.ok ? '' : result.error.message).not.toContain('topsecret');
  });
});
