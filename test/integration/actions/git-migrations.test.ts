import { execFile } from 'node:child_process';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

import { type MigrationSource, readShipped } from '../../../jobs/actions/prisma/migration-source.js';
import type { ActionContext } from '../../../src/ports/action.js';
import { tempFolder } from '../../support/temp-folder.js';
import { stepContext } from './step-context.js';

const exec = promisify(execFile);

/** A repository with a release v1 of three migrations and a v2 that has one more; the work tree is changed and not committed. */
async function repository() {
  const folder = await tempFolder('planb-git');
  const git = async (...args: string[]) => (await exec('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@localhost', ...args])).stdout;
  const write = async (path: string, text: string | Buffer) => {
    await mkdir(join(folder, path, '..'), { recursive: true });
    await writeFile(join(folder, path), text);
  };
  await git('init', '--quiet');
  // What a checkout or an archive would turn into other bytes.
  await write('.gitattributes', '*.sql text eol=crlf ident export-subst\n');
  await write('db/migrations/migration_lock.toml', 'provider = "postgresql"\n');
  await write('db/migrations/20250101000000_init/migration.sql', 'CREATE TABLE t (id int);\n');
  await write('db/migrations/20250102_Add org id to x/migration.sql', '-- $Id$\nALTER TABLE t ADD org text;\n');
  await write('db/migrations/20250103000000_größer/migration.sql', 'ALTER TABLE t ADD g text;\n');
  await write('db/migrations/20250103000000_größer/notes.md', 'why\n');
  await git('add', '-A');
  await git('commit', '--quiet', '-m', 'one');
  await git('tag', 'v1');
  await write('db/migrations/20250104000000_more/migration.sql', 'CREATE TABLE u (id int);\n');
  await git('add', '-A');
  await git('commit', '--quiet', '-m', 'two');
  await git('tag', '-a', 'v2', '-m', 'annotated');
  await write('db/migrations/20250101000000_init/migration.sql', 'changed, not committed');
  await rm(join(folder, 'db/migrations/20250104000000_more'), { recursive: true });
  return { folder, git };
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const source = (folder: string, revision: string, path = 'db/migrations'): MigrationSource => ({ git: { repository: folder, revision, path } });

describe('migrations of a git revision', () => {
  it('are what was committed, byte for byte, and the work tree stays as it is', async () => {
    const { folder, git } = await repository();
    const { context } = await stepContext();
    const before = await git('status', '--porcelain');

    const one = await readShipped(context, source(folder, 'v1'));
    expect([...one.keys()]).toEqual(['20250101000000_init', '20250102_Add org id to x', '20250103000000_größer']);
    expect(one.get('20250101000000_init')).toEqual({ name: '20250101000000_init', sha256: sha256('CREATE TABLE t (id int);\n'), sql: 'CREATE TABLE t (id int);\n' });
    expect(one.get('20250102_Add org id to x')?.sql).toBe('-- $Id$\nALTER TABLE t ADD org text;\n');

    expect([...(await readShipped(context, source(folder, 'v2', './db/migrations/'))).keys()]).toContain('20250104000000_more');
    expect(await git('status', '--porcelain')).toBe(before);
    expect(await readdir(join(folder, 'db/migrations'))).not.toContain('20250104000000_more');
  });

  it('are read from a bare repository, by branch and by hash too', async () => {
    const { folder, git } = await repository();
    const { context } = await stepContext();
    const bare = join(await tempFolder('planb-bare'), 'app.git');
    await exec('git', ['clone', '--quiet', '--bare', folder, bare]);
    const hash = (await git('rev-parse', 'v1')).trim();
    expect([...(await readShipped(context, source(bare, hash))).keys()]).toEqual([...(await readShipped(context, source(folder, 'v1'))).keys()]);
    expect((await readShipped(context, source(bare, 'HEAD'))).size).toBe(4);
  });

  it('that cannot be had are one sentence', async () => {
    const { folder } = await repository();
    const { context } = await stepContext();
    const empty = await tempFolder('planb-empty');
    const cases: readonly (readonly [MigrationSource, string, string])[] = [
      [source(folder, 'v9'), 'no-such-revision', `${folder} has no revision v9`],
      [source(folder, 'v1', 'prisma/migrations'), 'no-such-path', `v1 of ${folder} has no folder prisma/migrations`],
      [source(folder, 'v1', '.gitattributes'), 'no-such-path', `v1 of ${folder} has no folder .gitattributes`],
      [source(folder, 'v1', 'db'), 'no-migrations-folder', `db holds no <name>/migration.sql in v1 of ${folder}`],
      [source(empty, 'v1'), 'not-a-repository', `${empty} is no git repository`],
      [source('/nowhere/at/all', 'v1'), 'not-a-repository', '/nowhere/at/all is no git repository'],
    ];
    for (const [given, code, message] of cases) await expect(readShipped(context, given), code).rejects.toMatchObject({ name: 'ActionError', code, message });
  });

  it('in a repository of another user are not read behind git\'s back', async () => {
    const { folder } = await repository();
    const { context } = await stepContext();
    // Git's own switch for its tests: only root could give the folder away.
    const other: ActionContext = { ...context, run: (request, options) => context.run({ ...request, env: { ...request.env, GIT_TEST_ASSUME_DIFFERENT_OWNER: '1' } }, options) };
    await expect(readShipped(other, source(folder, 'v1'))).rejects.toMatchObject({ code: 'not-a-repository', message: expect.stringContaining('safe.directory') as string });
  });
});

describe('migrations of a directory', () => {
  it('ignore what else lies there, and never seem fewer than they are', async () => {
    const { context } = await stepContext();
    const folder = await tempFolder('planb-migrations');
    await mkdir(join(folder, '2_B b'));
    await writeFile(join(folder, 'migration_lock.toml'), '');
    await expect(readShipped(context, { directory: folder })).rejects.toMatchObject({ code: 'no-migrations-folder', message: `${folder} holds no <name>/migration.sql` });
    await writeFile(join(folder, '2_B b', 'migration.sql'), 'SELECT 1');
    await mkdir(join(folder, '1_empty'));
    expect([...(await readShipped(context, { directory: folder })).keys()]).toEqual(['2_B b']);
    await mkdir(join(folder, '3_odd', 'migration.sql'), { recursive: true });
    await expect(readShipped(context, { directory: folder })).rejects.toMatchObject({ code: 'no-migrations-folder', message: expect.stringContaining('EISDIR') as string });
    await expect(readShipped(context, { directory: '/nowhere/at/all' })).rejects.toMatchObject({ code: 'no-migrations-folder' });
  });
});
