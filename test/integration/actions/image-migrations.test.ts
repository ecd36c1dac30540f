import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { link, mkdir, readFile, readdir, readlink, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { readImageFiles } from '../../../jobs/actions/docker/image-files.js';
import { type MigrationSource, readShipped } from '../../../jobs/actions/prisma/migration-source.js';
import type { ActionContext } from '../../../src/ports/action.js';
import { eventually } from '../../support/eventually.js';
import { fakeDocker, imageId } from '../../support/fake-docker.js';
import { stepContext } from './step-context.js';

const installed = '/usr/lib/python3.13/site-packages/litellm_proxy_extras/migrations';
const init = '20250326162113_baseline';
const odd = '20251122125322_Add organization_id to spend logs';
const scripts = (folder: string, names: readonly string[] = [init, odd]) => Object.fromEntries(names.map((name) => [`${folder}/${name}/migration.sql`, `-- ${name}\n`]));
const named = (version: string, path?: string): MigrationSource => ({ image: `repo/app:${version}`, ...(path === undefined ? {} : { path }) });
const names = async (context: ActionContext, source: MigrationSource) => [...(await readShipped(context, source)).keys()];
const verbs = async (docker: Awaited<ReturnType<typeof fakeDocker>>) => (await docker.calls()).map((call) => call.split(' ')[0]);

describe('migrations of an image', () => {
  it('are read from where LiteLLM installs them, without starting anything, and the container goes', async () => {
    const docker = await fakeDocker();
    await docker.fill('1.1.0', { ...scripts(installed), [`${installed}/migration_lock.toml`]: 'x', [`${installed}/../schema.prisma`]: 'x' });
    // Its sources lie in the image too, at another state.
    await docker.fill('1.1.0', scripts('/app/litellm-proxy-extras/litellm_proxy_extras/migrations', [init, odd, '20990101000000_unreleased']));
    const { context } = await stepContext();
    const shipped = await readShipped(context, named('1.1.0'));
    expect([...shipped.keys()]).toEqual([init, odd]);
    expect(shipped.get(odd)).toEqual({ name: odd, sql: `-- ${odd}\n`, sha256: createHash('sha256').update(`-- ${odd}\n`).digest('hex') });
    expect(await docker.containers()).toEqual([]);
    const asked = new Set(await verbs(docker));
    expect([...asked].sort()).toEqual(['cp', 'create', 'image', 'ps', 'rm']);
  });

  it.each([
    ['another Python', '/opt/venv/lib/python3.15/site-packages/litellm_proxy_extras/migrations'],
    ['Debian\'s Python', '/usr/lib/python3/dist-packages/litellm_proxy_extras/migrations'],
    ['an application of one\'s own', '/srv/shop/prisma/migrations'],
  ])('are found wherever they lie: %s', async (_where, folder) => {
    const docker = await fakeDocker();
    await docker.fill('1.1.0', { ...scripts(folder), ...scripts('/root/.cache/uv/archive-v0/x/litellm_proxy_extras/migrations', ['1_cached']), '/etc/passwd': 'root' });
    const { context, progress } = await stepContext();
    expect(await names(context, named('1.1.0'))).toEqual([init, odd]);
    expect(await verbs(docker)).toContain('export');
    expect(progress).toEqual(['looking for Prisma migrations in all of repo/app:1.1.0']);
    expect(await docker.containers()).toEqual([]);
  });

  it('are read from a path that is given, and from no other', async () => {
    const docker = await fakeDocker();
    await docker.fill('1.1.0', { ...scripts(installed), ...scripts('/data/history', ['1_own']) });
    const { context } = await stepContext();
    expect(await names(context, named('1.1.0', '/data/history/'))).toEqual(['1_own']);
    await expect(readShipped(context, named('1.1.0', '/data'))).rejects.toMatchObject({ code: 'no-migrations-folder', message: 'repo/app:1.1.0 holds no <name>/migration.sql in /data' });
  });

  it('follow links as the application would', async () => {
    const docker = await fakeDocker();
    await docker.fill('1.1.0', { ...scripts('/store/abc', [init]), '/elsewhere/one.sql': 'SELECT 1;', '/app/prisma/schema.prisma': '' });
    const root = docker.rootfs('1.1.0');
    await symlink('../../store/abc', join(root, 'app/prisma/migrations'));
    for (const name of ['2_linked', '3_same', '5_dangling', '6_circle']) await mkdir(join(root, 'store/abc', name));
    await symlink('/elsewhere/one.sql', join(root, 'store/abc/2_linked/migration.sql'));
    await link(join(root, 'store/abc', init, 'migration.sql'), join(root, 'store/abc/3_same/migration.sql'));
    await symlink('../../elsewhere/folder', join(root, 'store/abc/4_folder'));
    await docker.fill('1.1.0', { '/elsewhere/folder/migration.sql': 'SELECT 4;' });
    await symlink('/not/there.sql', join(root, 'store/abc/5_dangling/migration.sql'));
    await symlink('migration.sql', join(root, 'store/abc/6_circle/migration.sql'));
    const { context } = await stepContext();
    const shipped = await readShipped(context, named('1.1.0'));
    expect([...shipped].map(([name, { sql }]) => [name, sql])).toEqual([['2_linked', 'SELECT 1;'], [init, `-- ${init}\n`], ['3_same', `-- ${init}\n`], ['4_folder', 'SELECT 4;']].sort());
  });

  it('in two folders that differ are not guessed; where they are the same it does not matter', async () => {
    const docker = await fakeDocker();
    const folder = (name: string) => `/opt/${name}/site-packages/litellm_proxy_extras/migrations`;
    await docker.fill('1.1.0', { ...scripts(folder('a')), ...scripts(folder('b')) });
    await docker.fill('1.0.0', { ...scripts(folder('a')), ...scripts(folder('b'), [init]) });
    const { context } = await stepContext();
    expect(await names(context, named('1.1.0'))).toEqual([init, odd]);
    await expect(readShipped(context, named('1.0.0'))).rejects.toMatchObject({ code: 'several-folders', message: `repo/app:1.0.0 holds Prisma migrations in 2 folders that differ (${folder('a')}, ${folder('b')}); say which by path:` });
    await docker.fill('0.9.0', { ...scripts(installed), ...scripts('/app/.venv/lib/python3.12/site-packages/litellm_proxy_extras/migrations', [init]) });
    await expect(readShipped(context, named('0.9.0'))).rejects.toMatchObject({ code: 'several-folders' });
    expect(await names(context, named('0.9.0', installed))).toEqual([init, odd]);
    expect(await docker.containers()).toEqual([]);
  });

  it('are pulled where the image is not here, and unavailable where nobody has it', async () => {
    const docker = await fakeDocker();
    await docker.fill('0.9.0', scripts('/app/prisma/migrations'));
    const { context, progress } = await stepContext();
    expect(await names(context, named('0.9.0'))).toEqual([init, odd]);
    expect(progress.at(-1)).toBe('pulling repo/app:0.9.0: 3 of 3 layers');
    await expect(readShipped(context, named('7.7.7'))).rejects.toMatchObject({ code: 'image-unavailable', message: expect.stringMatching(/^repo\/app:7\.7\.7 is not on this machine and cannot be pulled: .*manifest for repo\/app:7\.7\.7 not found$/) as string });
  });

  it('that an image does not ship are one sentence, found out once', async () => {
    const docker = await fakeDocker();
    await docker.fill('1.1.0', { '/app/main.js': 'x' });
    const { context } = await stepContext();
    const failure = { code: 'no-migrations-folder', message: 'repo/app:1.1.0 holds no <name>/migration.sql anywhere; path: names their folder where it has another name' };
    await expect(readShipped(context, named('1.1.0'))).rejects.toMatchObject(failure);
    await expect(readShipped(context, named('1.1.0'))).rejects.toMatchObject(failure);
    expect((await verbs(docker)).filter((verb) => verb === 'export')).toHaveLength(1);
  });

  it('are an error where docker fails or its answer is cut, never fewer', async () => {
    const docker = await fakeDocker();
    await docker.fill('1.1.0', scripts(installed));
    const { context } = await stepContext();
    await docker.set('reading-fails', 'Error response from daemon: input/output error\n');
    await expect(readShipped(context, named('1.1.0'))).rejects.toMatchObject({ code: 'docker-failed', retryable: true, message: 'docker cp: Error response from daemon: input/output error' });
    await docker.set('reading-fails', 'Cannot connect to the Docker daemon at unix:///run/docker.sock. Is the docker daemon running?\n');
    await expect(readShipped(context, named('1.1.0'))).rejects.toMatchObject({ code: 'docker-unavailable', message: 'the Docker engine does not answer' });
    await docker.set('reading-fails');
    await docker.set('cut', '');
    await expect(readShipped(context, named('1.1.0'))).rejects.toMatchObject({ code: 'docker-failed', message: expect.stringContaining('truncated') as string });
    await docker.set('cut');
    expect(await names(context, named('1.1.0'))).toEqual([init, odd]);
    expect(await docker.containers()).toEqual([]);
  });
});

describe('migrations of a compose service', () => {
  it('are those of the image that runs, or of the release that would', async () => {
    const docker = await fakeDocker();
    await docker.fill('1.1.0', scripts('/app/prisma/migrations'));
    await docker.fill('1.0.0', scripts('/app/prisma/migrations', [init]));
    const { context } = await stepContext();
    const compose = { project: docker.project, service: 'app' };
    expect(await names(context, { compose })).toEqual([init, odd]);
    expect(await names(context, { compose: { ...compose, release: '1.0.0' } })).toEqual([init]);
    expect(await names(context, { compose: { ...compose, release: 'repo/app:1.0.0', path: '/app/prisma/migrations' } })).toEqual([init]);
    await docker.run(imageId('1.0.0'));
    expect(await names(context, { compose })).toEqual([init]);
    await docker.run(imageId('4.4.4'));
    await expect(readShipped(context, { compose })).rejects.toMatchObject({ code: 'image-unavailable', message: expect.stringContaining('the image that app runs') as string });
    await docker.run('');
    await expect(readShipped(context, { compose })).rejects.toMatchObject({ code: 'not-running' });
    await expect(readShipped(context, { compose: { ...compose, service: 'web' } })).rejects.toMatchObject({ code: 'no-such-service' });
  });
});

describe('what was read of an image', () => {
  it('is kept: a second plan asks for the image\'s id and nothing else', async () => {
    const docker = await fakeDocker();
    await docker.fill('1.1.0', scripts(installed));
    const { context } = await stepContext();
    const first = await readShipped(context, named('1.1.0'));
    const calls = (await docker.calls()).length;
    expect(await readShipped(context, named('1.1.0'))).toEqual(first);
    expect((await docker.calls()).slice(calls)).toEqual([expect.stringContaining('image inspect')]);
  });

  it('is read again where its file was damaged or cut', async () => {
    const docker = await fakeDocker();
    await docker.fill('1.1.0', scripts(installed));
    const { context, cacheFolder, log } = await stepContext();
    const first = await readShipped(context, named('1.1.0'));
    const [file = ''] = await readdir(join(cacheFolder, 'image-files'));
    const path = join(cacheFolder, 'image-files', file);
    const good = await readFile(path);
    for (const damage of [() => truncate(path, good.length - 3), () => truncate(path, 10), () => truncate(path, 0), () => writeFile(path, good.toString('latin1').replace('baseline', 'bases')), () => writeFile(path, 'no file of planb')]) {
      await damage();
      expect(await readShipped(context, named('1.1.0'))).toEqual(first);
      expect(await readFile(path)).toEqual(good);
    }
    expect(log.filter((line) => line.includes('is damaged'))).toHaveLength(5);
  });

  it('is written whole by several workers at once', async () => {
    const docker = await fakeDocker();
    await docker.fill('1.1.0', scripts(installed));
    const { context, cacheFolder } = await stepContext();
    const workers = await Promise.all(Array.from({ length: 4 }, () => stepContext({ cacheFolder: context.cacheFolder })));
    const all = await Promise.all(workers.map((worker) => names(worker.context, named('1.1.0'))));
    expect(all).toEqual(Array.from({ length: 4 }, () => [init, odd]));
    expect(await readdir(join(cacheFolder, 'image-files'))).toHaveLength(1);
    expect(await docker.containers()).toEqual([]);
  });

  it('that cannot be kept is read all the same', async () => {
    const docker = await fakeDocker();
    await docker.fill('1.1.0', scripts(installed));
    const { context, cacheFolder, log } = await stepContext();
    await writeFile(join(cacheFolder, 'image-files'), 'in the way');
    expect(await names(context, named('1.1.0'))).toEqual([init, odd]);
    expect(log).toEqual([expect.stringContaining('is not kept')]);
  });
});

describe('the container that is only read', () => {
  it('goes when the step is aborted', async () => {
    const docker = await fakeDocker();
    await docker.fill('1.1.0', scripts(installed));
    await docker.set('slow-reading', '');
    const stop = new AbortController();
    const { context } = await stepContext({ signal: stop.signal });
    const reading = readShipped(context, named('1.1.0'));
    await eventually(async () => (await verbs(docker)).includes('cp'));
    expect(await docker.containers()).toHaveLength(1);
    stop.abort();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    expect(await docker.containers()).toEqual([]);
  });

  it('of a worker that was killed goes at the next read; another\'s stays', async () => {
    const docker = await fakeDocker();
    await docker.fill('1.1.0', scripts(installed));
    const { context } = await stepContext();
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    const table = await readlink('/proc/self/ns/pid');
    const deadPid = execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }).trim();
    const later = Date.now() + 1_000_000;
    const left = { dead: [`${boot}/${table}/${deadPid}`, later], alive: [`${boot}/${table}/${process.pid}`, later], elsewhere: [`0/pid:[1]/${deadPid}`, later], 'long-ago': ['0/pid:[1]/1', Date.now() - 1] } as const;
    for (const [id, [reader, until]] of Object.entries(left)) await docker.set(`containers/${id}`, `root /\nps ${JSON.stringify({ id, reader, until: String(until) })}\n`);
    await names(context, named('1.1.0'));
    expect([...(await docker.containers())].sort()).toEqual(['alive', 'elsewhere']);
  });

  it('that cannot be removed hides nothing', async () => {
    const docker = await fakeDocker();
    await docker.fill('1.1.0', scripts(installed));
    await docker.set('rm-fails', '');
    const { context, log } = await stepContext();
    expect(await names(context, named('1.1.0'))).toEqual([init, odd]);
    expect(log).toEqual([expect.stringMatching(/^the container planb-read-\S+, which only read files, stays until the next read: Error: it is busy$/)]);
  });
});

describe('other files of an image', () => {
  it('may be one file, or all of a kind below a folder', async () => {
    const docker = await fakeDocker();
    await docker.fill('1.1.0', { '/version': '1.1.0\n', '/app/.venv/lib/python3.12/site-packages/litellm/proxy/a.py': 'A', '/app/.venv/lib/python3.12/site-packages/litellm/b.py': 'B', '/app/.venv/lib/python3.12/site-packages/litellm/c.pyc': 'C' });
    const { context } = await stepContext();
    const image = { id: imageId('1.1.0'), reference: 'repo/app:1.1.0' };
    const text = async (candidates: string[], files: RegExp) => {
      const found = await readImageFiles(context, image, { what: 'files', candidates, anywhere: [], files });
      return found === undefined ? undefined : [found.folder, ...[...found.files].map(([path, bytes]) => `${path}=${bytes.toString()}`).sort()];
    };
    expect(await text(['/VERSION', '/version'], /^$/)).toEqual(['/version', '=1.1.0\n']);
    expect(await text(['/app/.venv/lib/python3.12/site-packages/litellm'], /\.py$/)).toEqual(['/app/.venv/lib/python3.12/site-packages/litellm', 'b.py=B', 'proxy/a.py=A']);
    expect(await text(['/nothing'], /^$/)).toBeUndefined();
    await rm(join(docker.rootfs('1.1.0'), 'version'));
    // An image never changes: what was read once is not asked for again.
    expect(await text(['/VERSION', '/version'], /^$/)).toEqual(['/version', '=1.1.0\n']);
  });
});
