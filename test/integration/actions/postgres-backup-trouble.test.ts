import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';

import { postgresBackupAction } from '../../../jobs/actions/postgres-backup.js';
import type { StepContext } from '../../../src/ports/action.js';
import { type TestDatabase, createDatabase } from '../../support/postgres.js';
import { tempFolder } from '../../support/temp-folder.js';
import { stepContext } from './step-context.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await createDatabase();
  // What does not compress fills a small disk.
  await database.pool.query('CREATE TABLE noise AS SELECT n, md5(random()::text) || md5(random()::text) AS text FROM generate_series(1, 50000) n');
});
afterAll(() => database.drop());

const input = (raw: object) => postgresBackupAction.input.parse({ database: database.url, jobs: 1, compress: 0, ...raw });
const run = promisify(execFile);

describe('a backup that cannot be finished', () => {
  it('says that the disk is full, and leaves nothing on it', async () => {
    const folder = await tempFolder('planb-small-disk');
    await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]);
    onTestFinished(async () => { await run('umount', [folder]); });
    const { context } = await stepContext();
    // Statistics may lie about what a dump needs: then pg_dump meets the full disk itself.
    const hopeful: StepContext = { ...context, connectDatabase: async (url, limits) => {
      const real = await context.connectDatabase(url, limits);
      return {
        transaction: (work) => real.transaction(work), close: () => real.close(),
        query: async (sql, parameters) => (await real.query(sql, parameters)).map((row) => ('tables' in row ? { ...row, tables: -300_000_000 } : row)),
      };
    } };
    expect(await postgresBackupAction.execute(hopeful, input({ folder }))).toMatchObject({ ok: false, error: { code: 'dump-failed', message: expect.stringMatching(/No space left on device/) as string } });
    expect(await readdir(folder)).toEqual([]);
    expect(await postgresBackupAction.execute(context, input({ folder }))).toMatchObject({ ok: false, error: { code: 'disk-too-small' } });
    expect(await readdir(folder)).toEqual([]);
  });

  it('says that the server was lost in the middle, and leaves nothing behind', async () => {
    const folder = await tempFolder();
    const { context } = await stepContext();
    const cut: typeof context = { ...context, run: async (request, options) => {
      // pg_dump is about to begin: its snapshot's transaction ends with its connection.
      if (request.argv.some((word) => word.startsWith('--snapshot='))) {
        await database.pool.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`);
      }
      return context.run(request, options);
    } };
    const result = await postgresBackupAction.execute(cut, input({ folder }));
    expect(result.ok).toBe(false);
    expect(result.ok ? '' : result.error.message).toMatch(/terminat|snapshot|connection/i);
    expect(await readdir(folder)).toEqual([]);
  });
});
