import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

import { execa } from 'execa';
import { TOTP } from 'otpauth';
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import { z } from 'zod';

import { findPostgres } from '../../../adapters/embedded/find-binaries.js';
import { buildPostgresImage } from '../../../demo/images/build.js';
import { runDocker } from '../../../demo/images/engine.js';
import { eventually } from '../../support/eventually.js';
import { buildDebianImage } from '../support/debian-image.js';
import { startStack, type ComposeStack, type Executed } from './compose-stack.js';
import { buildRedisImage } from './redis-image.js';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const IMAGE = 'planb-test/planb:local';
const Doctor = z.object({ findings: z.array(z.object({ status: z.string(), about: z.string(), message: z.string() })) });

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
  expect(await runIn('kubectl', 'version', '--client', '--output=json')).toContain('"gitVersion"');
  expect(await runIn('setpriv', '--version')).toContain('setpriv');
  await expect(execa('docker', ['run', '--rm', '--entrypoint', 'ssh', IMAGE, '-V'])).resolves.toMatchObject({ exitCode: 0 });
  await expect(runIn('ls', '/planb/node_modules/vitest')).rejects.toThrow('No such file');
});

test('the image holds the servers that prove backups, and no database of its own', async () => {
  expect(await runIn('sh', '-c', 'ls /usr/lib/postgresql/*/bin/postgres /usr/lib/postgresql/*/bin/initdb')).toMatch(/\/bin\/initdb\n.*\/bin\/postgres$/);
  expect(await runIn('pg_lsclusters', '--no-header')).toBe('');
  expect(await runIn('find', '/var/lib/postgresql', '/etc/postgresql', '-mindepth', '1')).toBe('');
});

test('the image checks its own health', async () => {
  expect(await runDocker(['image', 'inspect', '--format', '{{json .Config.Healthcheck.Test}}', IMAGE])).toBe('["CMD","node","/planb/deploy/healthcheck.mjs"]');
  // Nothing listens in this container.
  await expect(runIn('node', '/planb/deploy/healthcheck.mjs')).rejects.toMatchObject({ exitCode: 1 });
});

describe('deploy/compose.yaml', () => {
  const secrets = { alice: 'JBSWY3DPEHPK3PXP', bob: 'GEZDGNBVGY3TQOJQ' } as const;
  const used = { alice: 0, bob: 0 };
  let stack: ComposeStack;

  beforeAll(async () => {
    const [binaries] = await findPostgres();
    if (binaries === undefined) throw new Error('no PostgreSQL on this machine');
    const images = { planb: IMAGE, postgres: await buildPostgresImage(binaries.directory), redis: await buildRedisImage() };
    stack = await startStack(images, { TOTP_ALICE: secrets.alice, TOTP_BOB: secrets.bob });
  });

  afterAll(async () => {
    await stack.down();
  });

  function tellLogs(): void {
    onTestFailed(async () => { process.stderr.write(`${await stack.logs()}\n`); });
  }

  /** A code is good for one word, and its neighbours in time are accepted too. */
  function code(person: keyof typeof secrets): string {
    const offset = [0, 30_000][used[person]] ?? 0;
    used[person] += 1;
    return new TOTP({ secret: secrets[person] }).generate({ timestamp: Date.now() + offset });
  }

  /** Asks for a run in the bot's container, follows it, and approves its plan as both people. Resolves when the run has begun. */
  async function request(...words: readonly string[]): Promise<{ readonly ended: Promise<Executed> }> {
    let said = '';
    const ended = stack.exec('bot', ['planb', ...words, '--as', 'alice', '--wait', '3m'], (text) => { said += text; });
    const posted = eventually(() => (said.includes('VOTES') ? /\brun ([0-9A-Z]{5})\b/.exec(said)?.[1] : undefined), 60_000);
    const run = await Promise.race([posted, ended.then(({ out, err }) => { throw new Error(`planb ${words.join(' ')} ended before there was a plan:\n${out}\n${err}`); })]);
    for (const person of ['alice', 'bob'] as const) {
      expect(await stack.exec('worker', ['planb', 'approve', run, '--as', person, '--code', code(person)])).toMatchObject({ code: 0 });
    }
    return { ended };
  }

  test('starts a bot that is ready on its published port and a worker, neither of them root', async () => {
    tellLogs();
    for (const service of ['bot', 'worker']) {
      expect(await stack.inspect(service, '{{.State.Status}}')).toBe('running');
      expect((await stack.exec(service, ['stat', '--format', '%u:%g', '/proc/1'])).out).toBe('10001:10001');
    }
    const address = await stack.inspect('bot', '{{with index .NetworkSettings.Ports "3000/tcp" 0}}{{.HostIp}}:{{.HostPort}}{{end}}');
    expect(address).toMatch(/^127\.0\.0\.1:\d+$/);
    // A request that met the port before planb listened behind it may never be answered, nor refused: then another one is asked.
    const ask = async (): Promise<unknown> => {
      const response = await fetch(`http://${address}/readyz`);
      const body = await response.text();
      return response.status === 200 && JSON.parse(body);
    };
    const ready = await eventually(() => Promise.race([ask(), delay(5_000).then(() => { throw new Error('/readyz does not answer'); })]), 60_000);
    expect(ready).toMatchObject({ ready: true, checks: { postgres: { ok: true }, redis: { ok: true } } });
  });

  test('doctor in the worker names the tokens that are missing, and nothing else that is broken', async () => {
    tellLogs();
    const findings = await eventually(async () => {
      const { findings: found } = Doctor.parse(JSON.parse((await stack.exec('worker', ['planb', 'doctor', '--json'])).out));
      // The worker may still be on its way.
      return found.some(({ about, status }) => about === 'workers' && status !== 'broken') ? found : undefined;
    }, 60_000);
    expect(findings.filter(({ status }) => status === 'broken').map(({ about, message }) => `${about}: ${message}`)).toEqual([
      'Slack: planb.yaml has Slack channels, but SLACK_BOT_TOKEN is not set',
      'Telegram: planb.yaml has Telegram chats, but TELEGRAM_BOT_TOKEN is not set',
    ]);
    expect(findings).toContainEqual(expect.objectContaining({ about: 'Docker', status: 'ok', message: expect.stringMatching(/^engine .* answers/) as string }));
  });

  test('the worker plans and carries out what two people approved, with the engine, a proven backup and the network', async () => {
    tellLogs();
    const { ended } = await request('preflight', 'app');
    const { code: exitCode, out } = await ended;
    expect(out).toContain('PREFLIGHT PASSED: App, verified');
    expect(out).toContain('backup proven');
    expect(exitCode).toBe(0);
  });

  test('a run goes on when its worker was killed in the middle and its container came back by itself', async () => {
    tellLogs();
    const attempts = (): Promise<string> => readFile(join(stack.targets, 'attempts'), 'utf8').catch(() => '');
    const { ended } = await request('repair', 'app');
    await eventually(async () => (await attempts()) === 'attempt\n');
    await stack.exec('worker', ['sh', '-c', 'kill -9 $(pidof node)']);
    await eventually(async () => (await stack.inspect('worker', '{{.RestartCount}} {{.State.Status}}')) === '1 running');
    const { code: exitCode, out } = await ended;
    expect(out).toContain('REPAIRED: App, verified');
    expect(exitCode).toBe(0);
    expect(await attempts()).toBe('attempt\nattempt\n');
  });

  test('the bot is healthy by its own check', async () => {
    tellLogs();
    await eventually(async () => (await stack.inspect('bot', '{{.State.Health.Status}}')) === 'healthy');
  });
});
