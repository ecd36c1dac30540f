import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { link, mkdir, mkdtemp, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { copyPrograms } from '../../../demo/images/rootfs.js';
import { readShipped } from '../../../jobs/actions/prisma/migration-source.js';
import { stepContext } from '../../integration/actions/step-context.js';
import { tempFolder } from '../../support/temp-folder.js';

const exec = promisify(execFile);
const docker = async (...args: string[]): Promise<string> => (await exec('docker', args)).stdout.trim();
const readers = () => docker('ps', '--all', '--quiet', '--filter', 'label=planb.reader');

const repository = `planb-test/history-${process.pid}`;
const wolfi = '/usr/lib/python3.13/site-packages/litellm_proxy_extras/migrations';
const virtual = '/opt/litellm/lib/python3.14/site-packages/litellm_proxy_extras/migrations';
const names = ['20250326162113_baseline', '20251114180624_Add_org_usage_table', '20251122125322_Add organization_id to spend logs', '20260108_add_user_email_lower_idx', '20260301000000_größe_der_tabelle'];
const sqlOf = (name: string): string => `-- ${name}\n`.repeat(40);

/** Imports a file system that `fill` writes. */
async function importImage(tag: string, fill: (root: string) => Promise<void>, ...changes: string[]): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'planb-rootfs-'));
  try {
    const root = join(folder, 'root');
    await mkdir(root);
    await fill(root);
    await exec('tar', ['--directory', root, '--create', '--file', join(folder, 'root.tar'), '.']);
    await docker('import', ...changes.flatMap((change) => ['--change', change]), join(folder, 'root.tar'), `${repository}:${tag}`);
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function ship(root: string, folder: string, migrations: readonly string[]): Promise<void> {
  for (const name of migrations) {
    await mkdir(join(root, folder, name), { recursive: true });
    await writeFile(join(root, folder, name, 'migration.sql'), sqlOf(name));
  }
  await writeFile(join(root, folder, 'migration_lock.toml'), 'provider = "postgresql"\n');
}

async function fill(root: string, path: string, content: string | Buffer): Promise<void> {
  await mkdir(dirname(join(root, path)), { recursive: true });
  await writeFile(join(root, path), content);
}

beforeAll(async () => {
  // No command, and a volume that the engine makes with every container.
  await importImage('1.82.0', (root) => ship(root, wolfi, names), 'VOLUME /data');
  await importImage('1.81.9', async (root) => {
    await ship(root, virtual, names.slice(0, 3));
    // As a package manager does that links its cache into the environment.
    const cached = '/root/.cache/uv/archive-v0/x/litellm_proxy_extras/migrations/20250101000000_linked';
    await fill(root, `${cached}/migration.sql`, 'SELECT 1;');
    await mkdir(join(root, virtual, '20250101000000_linked'));
    await link(join(root, cached, 'migration.sql'), join(root, virtual, '20250101000000_linked/migration.sql'));
    await fill(root, '/usr/share/filler', randomBytes(32 * 1024 * 1024));
  });
  await importImage('shop', async (root) => {
    await copyPrograms(root, { '/bin/sh': '/bin/sh', '/bin/sleep': '/bin/sleep' });
    await ship(root, '/srv/history', names.slice(0, 2));
    await mkdir(join(root, 'app/prisma'), { recursive: true });
    await symlink('../../srv/history', join(root, 'app/prisma/migrations'));
  }, 'ENV PATH=/bin', 'CMD ["/bin/sh", "-c", "exec sleep 1000"]');
  await importImage('none', (root) => fill(root, '/etc/os-release', 'ID=none\n'));
});
afterAll(async () => { await docker('image', 'rm', '--force', ...['1.82.0', '1.81.9', 'shop', 'none'].map((tag) => `${repository}:${tag}`)); });

describe('migrations of a real image', () => {
  it('are read where LiteLLM installs them, and nothing stays: no container, no volume', async () => {
    const { context } = await stepContext();
    const volumes = await docker('volume', 'ls', '--quiet');
    const shipped = await readShipped(context, { image: `${repository}:1.82.0` });
    expect([...shipped].map(([name, { sql }]) => [name, sql])).toEqual(names.map((name) => [name, sqlOf(name)]));
    expect(await readShipped(context, { image: `${repository}:1.82.0`, path: wolfi })).toEqual(shipped);
    expect(await readers()).toBe('');
    expect(await docker('volume', 'ls', '--quiet')).toBe(volumes);
  });

  it('are found for certain in an environment of an unknown Python, hard links into a cache too', async () => {
    const { context, progress } = await stepContext();
    const shipped = await readShipped(context, { image: `${repository}:1.81.9` });
    expect([...shipped.keys()]).toEqual(['20250101000000_linked', ...names.slice(0, 3)]);
    expect(shipped.get('20250101000000_linked')?.sql).toBe('SELECT 1;');
    expect(progress).toEqual([`looking for Prisma migrations in all of ${repository}:1.81.9`]);
    expect(await readers()).toBe('');
  });

  it('of a service are those of the image that its container runs, behind a link', async () => {
    const project = await tempFolder('planb-history');
    await writeFile(join(project, 'docker-compose.yml'), `version: "3.8"\nservices:\n  app:\n    image: ${repository}:shop\n`);
    await exec('docker-compose', ['up', '-d'], { cwd: project });
    try {
      const { context } = await stepContext();
      const compose = { project, service: 'app' };
      expect([...(await readShipped(context, { compose })).keys()]).toEqual(names.slice(0, 2));
      expect([...(await readShipped(context, { compose: { ...compose, release: '1.82.0' } })).keys()]).toEqual(names);
      expect([...(await readShipped(context, { compose: { ...compose, path: '/srv/history' } })).keys()]).toEqual(names.slice(0, 2));
    } finally {
      await exec('docker-compose', ['down', '--timeout', '1'], { cwd: project });
    }
  });

  it('that are not there, or not to be had, are one sentence', async () => {
    const { context } = await stepContext();
    const image = `${repository}:none`;
    await expect(readShipped(context, { image })).rejects.toMatchObject({ code: 'no-migrations-folder', message: `${image} holds no <name>/migration.sql anywhere; path: names their folder where it has another name` });
    await expect(readShipped(context, { image, path: '/etc/os-release/x' })).rejects.toMatchObject({ code: 'no-migrations-folder' });
    await expect(readShipped(context, { image: '127.0.0.1:1/nothing/there:1' })).rejects.toMatchObject({ code: 'image-unavailable' });
    const away = { ...context, run: (request: Parameters<typeof context.run>[0], options?: Parameters<typeof context.run>[1]) => context.run({ ...request, passEnv: [], env: { DOCKER_HOST: 'unix:///nowhere/docker.sock' } }, options) };
    await expect(readShipped(away, { image })).rejects.toMatchObject({ code: 'docker-unavailable', message: 'the Docker engine does not answer' });
    expect(await readers()).toBe('');
  });

  it('leave no container when the step is aborted in the middle, or an earlier worker was killed', async () => {
    const boot = (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
    const dead = `${boot}/${await readlink('/proc/self/ns/pid')}/${execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }).trim()}`;
    await docker('create', '--label', `planb.reader=${dead}`, '--label', `planb.until=${Date.now() + 1_000_000}`, `${repository}:none`, 'never-started');
    expect(await readers()).not.toBe('');
    const stop = new AbortController();
    const { context } = await stepContext({ signal: stop.signal, progress: () => { stop.abort(); } });
    await expect(readShipped(context, { image: `${repository}:1.81.9` })).rejects.toMatchObject({ name: 'AbortError' });
    expect(await readers()).toBe('');
  });
});
