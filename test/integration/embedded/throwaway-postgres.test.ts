import { chmod, mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { createThrowawayPostgres } from '../../../adapters/embedded/throwaway-postgres.js';
import { ThrowawayPostgresError } from '../../../src/ports/throwaway-postgres.js';
import { eventually } from '../../support/eventually.js';
import { runNodeScript } from '../../support/node-script.js';
import { query } from '../../support/one-command.js';
import { isProcessAlive } from '../../support/process-alive.js';
import { tempFolder } from '../../support/temp-folder.js';

const throwaway = createThrowawayPostgres();

test('answers on a unix socket that nobody else can reach, and is gone with all it held when it is stopped', async () => {
  const folder = await tempFolder('with blanks');
  const server = await throwaway.start({ leastMajor: 1, folder });
  expect(await query(server.url, `SELECT current_setting('listen_addresses') || current_setting('fsync') || current_setting('wal_level')`)).toEqual(['offminimal']);
  const [pid] = await query(server.url, 'SELECT pg_backend_pid()');
  const [home = ''] = await readdir(folder);
  expect((await stat(join(folder, home, 'pg'))).mode & 0o077).toBe(0);
  await server.stop();
  expect(await readdir(folder)).toEqual([]);
  expect(await isProcessAlive(Number(pid))).toBe(false);
});

test('is deleted when planb is killed', async () => {
  const folder = await tempFolder();
  const planb = await runNodeScript('test/integration/embedded/throwaway.fixture.ts', [folder]);
  const url = await planb.nextLine();
  expect(await query(url, 'SELECT 1')).toEqual([1]);
  await planb.kill();
  await eventually(async () => (await readdir(folder)).length === 0);
});

test('is deleted when planb is killed before it answers', async () => {
  const folder = await tempFolder();
  const planb = await runNodeScript('test/integration/embedded/throwaway.fixture.ts', [folder]);
  await eventually(async () => (await readdir(join(folder, (await readdir(folder))[0] ?? '', 'pg'))).some((name) => name.startsWith('data.new-')));
  await planb.kill();
  await eventually(async () => (await readdir(folder)).length === 0);
});

test('takes along what a power cut left long ago, but nobody else’s server', async () => {
  const folder = await tempFolder();
  const other = await throwaway.start({ leastMajor: 1, folder });
  const [running = ''] = await readdir(folder);
  await mkdir(join(folder, 'planb-throwaway-old', 'pg'), { recursive: true });
  await mkdir(join(folder, 'planb-throwaway-young', 'pg'), { recursive: true });
  await writeFile(join(folder, 'planb-throwaway-old', 'pg', 'data'), 'left');
  const longAgo = new Date(Date.now() - 3_600_000);
  for (const name of [running, 'planb-throwaway-old']) await utimes(join(folder, name), longAgo, longAgo);
  const server = await throwaway.start({ leastMajor: 1, folder });
  await server.stop();
  expect((await readdir(folder)).sort()).toEqual([running, 'planb-throwaway-young'].sort());
  expect(await query(other.url, 'SELECT 1')).toEqual([1]);
  await other.stop();
});

test('knows what this machine has, and says what it has not', async () => {
  const found = await throwaway.find(1);
  expect(found?.extensions?.has('plpgsql')).toBe(true);
  expect(await throwaway.find(99)).toBeUndefined();
  await expect(throwaway.start({ leastMajor: 99, folder: await tempFolder() })).rejects.toThrow(ThrowawayPostgresError);
});

test('leaves nothing when it cannot start', async () => {
  const folder = await tempFolder();
  // Programs of that name that only say a version.
  const programs = await tempFolder();
  for (const name of ['initdb', 'postgres']) {
    await writeFile(join(programs, name), `#!/bin/sh\n[ "$1" = --version ] && echo "postgres (PostgreSQL) 98.1" || exit 1\n`);
    await chmod(join(programs, name), 0o755);
  }
  await chmod(programs, 0o755);
  await expect(createThrowawayPostgres([programs]).start({ leastMajor: 98, folder })).rejects.toMatchObject({ code: 'not-started' });
  expect(await readdir(folder)).toEqual([]);
});
