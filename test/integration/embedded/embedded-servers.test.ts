import { chmod, mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { describe, expect, onTestFinished, test } from 'vitest';

import { startPostgres } from '../../../adapters/embedded/postgres-server.js';
import { startRedis } from '../../../adapters/embedded/redis-server.js';
import type { EmbeddedOptions, EmbeddedServer } from '../../../adapters/embedded/server-kind.js';
import { eventually } from '../../support/eventually.js';
import { query, redisCommand } from '../../support/one-command.js';
import { runNodeScript, type NodeScript } from '../../support/node-script.js';
import { isProcessAlive } from '../../support/process-alive.js';
import { tempFolder } from '../../support/temp-folder.js';

const fixture = fileURLToPath(new URL('./planb.fixture.ts', import.meta.url));
interface Started {
  readonly postgres: string;
  readonly postgresPid: number;
  readonly redis: string;
  readonly redisPid: number;
  readonly owner: boolean;
}

async function postgresIn(folder: string, options: Partial<EmbeddedOptions> = {}): Promise<EmbeddedServer> {
  return stopLater(await startPostgres({ dataDir: join(folder, 'postgres'), durable: false, ...options }));
}
async function redisIn(folder: string): Promise<EmbeddedServer> {
  return stopLater(await startRedis({ dataDir: join(folder, 'redis') }));
}
function stopLater(server: EmbeddedServer): EmbeddedServer {
  onTestFinished(() => server.stop());
  return server;
}
async function planb(folder: string): Promise<NodeScript & { readonly started: Started }> {
  const script = await runNodeScript(fixture, [folder]);
  return { ...script, started: JSON.parse(await script.nextLine()) as Started };
}

describe('data', () => {
  test('survives stop and start, at the same address, under a path with blanks', async () => {
    const folder = await tempFolder('plan b, 100% "quoted"');
    const postgres = await postgresIn(folder, { durable: true });
    const redis = await redisIn(folder);
    await query(postgres.url, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await redisCommand(redis.url, 'SET', 'kept', '42');
    await Promise.all([postgres.stop(), redis.stop()]);
    expect(await isProcessAlive(postgres.pid())).toBe(false);
    expect(await isProcessAlive(redis.pid())).toBe(false);

    const again = await postgresIn(folder, { durable: true });
    const redisAgain = await redisIn(folder);

    expect(await query(again.url, 'SELECT answer FROM kept')).toEqual([42]);
    expect(await redisCommand(redisAgain.url, 'GET', 'kept')).toBe('42');
    expect([again.url, redisAgain.url]).toEqual([postgres.url, redis.url]);
    // The path is no place for a socket; the one elsewhere goes away with the server.
    const sockets = new URL(again.url).searchParams.get('host') ?? '';
    expect(sockets.startsWith(folder)).toBe(false);
    await again.stop();
    await expect(stat(sockets)).rejects.toThrow('ENOENT');
  });

  test('is safe against power loss unless a test gives that up', async () => {
    const folder = await tempFolder();
    const postgres = await postgresIn(folder, { durable: true });
    expect(await query(postgres.url, 'SHOW fsync')).toEqual(['on']);
    expect(await query(postgres.url, 'SHOW synchronous_commit')).toEqual(['on']);
    const redis = await redisIn(folder);
    expect(await redisCommand(redis.url, 'CONFIG', 'GET', 'appendonly')).toEqual(['appendonly', 'yes']);
    expect(await redisCommand(redis.url, 'CONFIG', 'GET', 'maxmemory-policy')).toEqual(['maxmemory-policy', 'noeviction']);
  });

  test('of another PostgreSQL major is refused by name', async () => {
    const folder = await tempFolder();
    await mkdir(join(folder, 'postgres', 'data'), { recursive: true });
    await chmod(join(folder, 'postgres'), 0o700);
    await writeFile(join(folder, 'postgres', 'data', 'PG_VERSION'), '9\n');
    await expect(postgresIn(folder)).rejects.toMatchObject({
      code: 'embedded.data_version',
      message: expect.stringContaining('was made by PostgreSQL 9') as string,
    });
  });
});

describe('privacy', () => {
  test('everything lies in folders that only one user may enter, and Redis wants its password', async () => {
    const folder = await tempFolder();
    const postgres = await postgresIn(folder);
    const redis = await redisIn(folder);
    const sockets = new URL(postgres.url).searchParams.get('host') ?? '';
    for (const path of [join(folder, 'postgres'), join(folder, 'redis'), sockets]) {
      expect((await stat(path)).mode & 0o777).toBe(0o700);
    }
    expect(await query(postgres.url, 'SHOW listen_addresses')).toEqual(['']);
    const open = new URL(redis.url);
    open.password = '';
    await expect(redisCommand(open.href, 'GET', 'x')).rejects.toThrow('NOAUTH');
    const commandLine = await readFile(`/proc/${redis.pid()}/cmdline`, 'latin1');
    expect(commandLine).not.toContain(new URL(redis.url).password);
  });

  test('no server keeps root, in a folder that others can reach and in one that they cannot', async () => {
    const unreachable = await tempFolder();
    const reachable = await tempFolder();
    await chmod(reachable, 0o755);
    for (const folder of [unreachable, reachable]) {
      const server = await postgresIn(folder);
      const status = await readFile(`/proc/${server.pid()}/status`, 'utf8');
      // No effective capability: neither root itself nor a namespace's root.
      expect(/^CapEff:\t(.*)$/m.exec(status)?.[1]).toBe('0000000000000000');
    }
  });

  test("another user's folder is refused, not taken over", async () => {
    const folder = await tempFolder();
    await mkdir(join(folder, 'postgres'), { mode: 0o777 });
    await chmod(join(folder, 'postgres'), 0o777);
    await expect(postgresIn(folder)).rejects.toMatchObject({ code: 'embedded.folder_not_private' });
  });
});

describe('the death of planb', () => {
  test('by kill -9 ends its servers and blocks nothing', async () => {
    const folder = await tempFolder();
    const first = await planb(folder);
    await query(first.started.postgres, 'CREATE TABLE kept AS SELECT 42 AS answer');
    await redisCommand(first.started.redis, 'SET', 'kept', '42');
    await first.kill();

    // At once: its servers are still ending.
    const second = await planb(folder);

    expect(second.started.owner).toBe(true);
    expect(await query(second.started.postgres, 'SELECT answer FROM kept')).toEqual([42]);
    expect(await redisCommand(second.started.redis, 'GET', 'kept')).toBe('42');
    await second.kill();
    await eventually(async () => !(await isProcessAlive(second.started.postgresPid)) && !(await isProcessAlive(second.started.redisPid)));
  });

  test('together with its servers leaves stale locks whose number another process has now', async () => {
    const folder = await tempFolder();
    const first = await planb(folder);
    process.kill(first.started.postgresPid, 'SIGSTOP');
    process.kill(first.started.redisPid, 'SIGSTOP');
    await first.kill();
    process.kill(first.started.postgresPid, 'SIGKILL');
    process.kill(first.started.redisPid, 'SIGKILL');
    await eventually(async () => !(await isProcessAlive(first.started.postgresPid)));
    const pidFile = join(folder, 'postgres', 'data', 'postmaster.pid');
    const stale = await readFile(pidFile, 'utf8');
    await writeFile(pidFile, stale.replace(/^\d+/, String(process.ppid)));

    const second = await planb(folder);

    expect(await query(second.started.postgres, 'SELECT 1')).toEqual([1]);
    expect(await isProcessAlive(process.ppid)).toBe(true);
  });

  test('while it makes its first data leaves nothing half-made', async () => {
    const folder = await tempFolder();
    const unfinished = async (): Promise<boolean> =>
      (await readdir(join(folder, 'postgres')).catch(() => [])).some((name) => name.startsWith('data.new-'));
    const first = await runNodeScript(fixture, [folder]);
    await eventually(unfinished);
    await first.kill();

    const second = await planb(folder);

    expect(await query(second.started.postgres, 'SELECT 1')).toEqual([1]);
    expect(await unfinished()).toBe(false);
  });

  test('in order stops the servers before it ends', async () => {
    const first = await planb(await tempFolder());
    first.child.kill('SIGTERM');
    await eventually(() => first.child.exitCode === 0);
    expect(await isProcessAlive(first.started.postgresPid)).toBe(false);
    expect(await isProcessAlive(first.started.redisPid)).toBe(false);
  });
});

describe('two planb in one folder', () => {
  test('started at the same time share one server; the other takes over when the owner dies', async () => {
    const folder = await tempFolder();
    const [one, two] = await Promise.all([planb(folder), planb(folder)]);
    expect([one.started.postgres, one.started.redis]).toEqual([two.started.postgres, two.started.redis]);
    expect(one.started.postgresPid).toBe(two.started.postgresPid);
    const postgresOwner = (await ownerOf(join(folder, 'postgres'))) === one.pid ? one : two;
    const heir = postgresOwner === one ? two : one;

    await postgresOwner.kill();

    await eventually(async () => (await ownerOf(join(folder, 'postgres'))) === heir.pid);
    await eventually(async () => (await ownerOf(join(folder, 'redis'))) === heir.pid);
    await eventually(() => query(heir.started.postgres, 'SELECT 1'));
    await eventually(() => redisCommand(heir.started.redis, 'PING'));
  });

  test('a joined server is left running by the one that joined', async () => {
    const folder = await tempFolder();
    const owner = await planb(folder);
    const joined = await postgresIn(folder);
    expect(joined.isOwner()).toBe(false);
    await joined.stop();
    expect(await query(owner.started.postgres, 'SELECT 1')).toEqual([1]);
  });
});

test('a server that dies is started again at the same address', async () => {
  const folder = await tempFolder();
  const notices: string[] = [];
  const server = await postgresIn(folder, { onNotice: (notice) => notices.push(notice) });
  const before = server.pid();
  process.kill(before, 'SIGKILL');
  await eventually(() => server.pid() !== before);
  expect(await query(server.url, 'SELECT 1')).toEqual([1]);
  expect(notices).toEqual(['PostgreSQL has ended; starting it again.', 'PostgreSQL runs again.']);
});

test('a server that cannot start shows the end of its log', async () => {
  const folder = await tempFolder();
  const first = await postgresIn(folder);
  await first.stop();
  await writeFile(join(folder, 'postgres', 'data', 'postgresql.conf'), 'no_such_setting = 1\n');
  await expect(postgresIn(folder)).rejects.toMatchObject({
    code: 'embedded.start_failed',
    message: expect.stringContaining('unrecognized configuration parameter "no_such_setting"') as string,
  });
});

async function ownerOf(folder: string): Promise<number> {
  const record = JSON.parse(await readFile(join(folder, 'server.json'), 'utf8')) as { ownerPid: number };
  return record.ownerPid;
}
