import { join } from 'node:path';

import { execa } from 'execa';
import { beforeAll, expect, test } from 'vitest';

import { runDocker } from '../../../demo/images/engine.js';
import { buildDebianImage } from '../support/debian-image.js';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const IMAGE = 'planb-test/planb:local';

/** Runs a program in the image and returns what it printed. */
function runIn(entrypoint: string, ...args: string[]): Promise<string> {
  return runDocker(['run', '--rm', '--entrypoint', entrypoint, IMAGE, ...args]);
}

beforeAll(async () => {
  const base = await buildDebianImage('planb-test/debian:local');
  await execa('docker', ['build', '--tag', IMAGE, '--build-arg', `BASE=${base}`, '--build-arg', 'EXTRA_REPOSITORIES=no', ROOT], { stdin: 'ignore' });
});

test('the image runs planb as a user that is not root', async () => {
  expect(await runIn('id', '-u')).toBe('10001');
  expect(await runDocker(['run', '--rm', IMAGE, '--help'])).toContain('planb');
});

test('the image holds the clients that the actions call, and no development packages', async () => {
  expect(await runIn('pg_dump', '--version')).toContain('pg_dump (PostgreSQL)');
  expect(await runIn('psql', '--version')).toContain('psql (PostgreSQL)');
  expect(await runIn('docker', '--version')).toContain('Docker version');
  expect(await runIn('docker-compose', '--version')).toContain('docker-compose version');
  expect(await runIn('setpriv', '--version')).toContain('setpriv');
  await expect(execa('docker', ['run', '--rm', '--entrypoint', 'ssh', IMAGE, '-V'])).resolves.toMatchObject({ exitCode: 0 });
  await expect(runIn('ls', '/planb/node_modules/vitest')).rejects.toThrow('No such file');
});

test('the image checks its own health', async () => {
  expect(await runDocker(['image', 'inspect', '--format', '{{json .Config.Healthcheck.Test}}', IMAGE])).toBe('["CMD","node","/planb/deploy/healthcheck.mjs"]');
  // Nothing listens in this container.
  await expect(runIn('node', '/planb/deploy/healthcheck.mjs')).rejects.toMatchObject({ exitCode: 1 });
});
