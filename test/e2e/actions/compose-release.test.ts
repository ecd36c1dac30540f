import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { copyPrograms } from '../../../demo/images/rootfs.js';
import { readHold, removeHold } from '../../../jobs/actions/compose-hold.js';
import { composeReleaseAction } from '../../../jobs/actions/compose-release.js';
import { logsScanAction } from '../../../jobs/actions/logs-scan.js';
import type { StepContext } from '../../../src/ports/action.js';
import { stepContext } from '../../integration/actions/step-context.js';

const exec = promisify(execFile);
const docker = async (...args: string[]): Promise<string> => (await exec('docker', args)).stdout.trim();

const repository = `planb-test/${process.pid}`;
/** What each release does; STOPSIGNAL spares every test the ten seconds of a shell that ignores SIGTERM. */
const releases = {
  '1.0.0': 'CMD ["/bin/sh", "-c", "echo release 1.0.0 is up; exec sleep 1000"]',
  '1.0.1': 'HEALTHCHECK --interval=1s CMD ["/bin/sh", "-c", "true"]\nCMD ["/bin/sh", "-c", "exec sleep 1000"]',
  '1.1.0': 'CMD ["/bin/sh", "-c", "echo \'Error: P3009 failed migrations\'; exec sleep 1000"]',
  '1.2.0': 'CMD ["/bin/sh", "-c", "echo it cannot start; exit 7"]',
  '1.3.0': 'HEALTHCHECK --interval=1s --retries=1 CMD ["/bin/sh", "-c", "false"]\nCMD ["/bin/sh", "-c", "exec sleep 1000"]',
};
const ids: Record<string, string> = {};

beforeAll(async () => {
  const build = await mkdtemp(join(tmpdir(), 'planb-image-'));
  await copyPrograms(join(build, 'rootfs'), { '/bin/sh': '/bin/sh', '/bin/sleep': '/bin/sleep', '/bin/true': '/bin/true', '/bin/false': '/bin/false' });
  for (const [release, command] of Object.entries(releases)) {
    await writeFile(join(build, 'Dockerfile'), `FROM scratch\nCOPY rootfs/ /\nENV PATH=/bin SECRET=swordfish\nSTOPSIGNAL SIGKILL\nLABEL release=${release}\n${command}\n`);
    await exec('docker', ['build', '--quiet', '--tag', `${repository}:${release}`, build]);
    ids[release] = await docker('image', 'inspect', '--format', '{{.Id}}', `${repository}:${release}`);
  }
  await rm(build, { recursive: true });
});
afterAll(() => docker('image', 'rm', '--force', ...Object.values(ids)));

let project: string;
beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), 'planb-compose-'));
  await writeFile(join(project, '.env'), `# releases\nTAG=1.1.0\n`);
  await writeFile(join(project, 'docker-compose.yml'), `version: "3.8"\nservices:\n  app:\n    image: ${repository}:\${TAG}\n  other:\n    image: ${repository}:1.0.0\n`);
  await exec('docker-compose', ['up', '-d'], { cwd: project });
});
afterEach(async () => {
  await exec('docker-compose', ['down', '--timeout', '1'], { cwd: project });
  await rm(project, { recursive: true });
});

const input = (raw: object = {}) => composeReleaseAction.input.parse({ project, services: ['app'], image: '1.0.0', ...raw });
/** Compose writes project names in small letters. */
const containerOf = (service: string) => `${project.split('/').at(-1)?.toLowerCase() ?? ''}_${service}_1`;
const imageOf = (service: string) => docker('inspect', '--format', '{{.Image}}', containerOf(service));

/** Plans and executes as the engine does. */
async function putBack(context: StepContext, image: string) {
  const given = input({ image, within: '20s' });
  const facts = (await composeReleaseAction.inspect?.(context, given)) ?? [];
  const described = composeReleaseAction.describe(given, { facts });
  const undo = await composeReleaseAction.before?.({ ...context, facts }, given);
  const result = await composeReleaseAction.execute({ ...context, facts }, given);
  return { facts, described, undo, result, given };
}

describe('compose.release with docker-compose v1', () => {
  it('puts a release back, and leaves the user\'s files and the other service alone', async () => {
    const { context, runFolder } = await stepContext();
    const before = await Promise.all(['.env', 'docker-compose.yml'].map((file) => readFile(join(project, file), 'utf8')));
    const other = await docker('inspect', '--format', '{{.Id}}', containerOf('other'));

    const { described, undo, result } = await putBack(context, '1.0.0');
    expect(result).toMatchObject({ ok: true, receipt: { services: { app: { id: ids['1.0.0'], before: ids['1.1.0'], image: `${repository}:1.0.0` } } } });
    expect(await imageOf('app')).toBe(ids['1.0.0']);
    expect(described.changes).toEqual([{ key: `compose:${project}:app`, to: ids['1.0.0'] }]);
    expect(described.todo).toEqual([`${project}/.env:2 still says TAG=1.1.0; change it to 1.0.0`]);
    expect(described.commands[0]).toContain(ids['1.0.0']);
    expect(described.commands[1]).toMatch(/^docker-compose --project-name .* up -d --no-deps --no-build app$/);

    expect(await Promise.all(['.env', 'docker-compose.yml'].map((file) => readFile(join(project, file), 'utf8')))).toEqual(before);
    expect(await docker('inspect', '--format', '{{.Id}}', containerOf('other'))).toBe(other);
    expect(undo).toMatchObject({ override: null, running: { app: [expect.stringContaining(` ${ids['1.1.0']}`)] } });

    // Log and inspection of what was replaced are kept; the environment's values are not.
    const saved = join(runFolder, 'replaced', 's1');
    const [json = '', log = ''] = (await readdir(saved)).sort();
    expect(await readFile(join(saved, log), 'utf8')).toContain('P3009 failed migrations');
    const inspection = JSON.parse(await readFile(join(saved, json), 'utf8')) as { Image: string; Config: { EnvNames: string[] } };
    expect(inspection.Image).toBe(ids['1.1.0']);
    expect(inspection.Config.EnvNames).toContain('SECRET');
    expect(JSON.stringify(inspection)).not.toContain('swordfish');
  });

  it('reads what runs and what could be put back, newest first', async () => {
    const { context } = await stepContext();
    expect(await composeReleaseAction.running?.(context, input())).toMatchObject({ name: '1.1.0', digest: ids['1.1.0'] });
    expect((await composeReleaseAction.releases?.(context, input()))?.map(({ name }) => name)).toEqual(['1.3.0', '1.2.0', '1.1.0', '1.0.1', '1.0.0']);
    const facts = await composeReleaseAction.inspect?.(context, input());
    expect(facts?.find(({ key }) => key === `compose:${project}:app`)?.value).toBe(ids['1.1.0']);
  });

  it('waits for a healthcheck to pass, and tells the probe what happened', async () => {
    const { context } = await stepContext();
    const { undo, given, result } = await putBack(context, '1.0.1');
    expect(result).toMatchObject({ ok: true, receipt: { services: { app: { containers: [{ health: 'healthy' }] } } } });
    expect(await composeReleaseAction.probe?.(context, given, undo)).toMatchObject({ outcome: 'happened' });
  });

  it('says absent when nothing happened and unclear when another release runs', async () => {
    const { context } = await stepContext();
    const undo = await composeReleaseAction.before?.(context, input());
    expect(await composeReleaseAction.probe?.(context, input(), undo)).toMatchObject({ outcome: 'absent' });
    await writeFile(join(project, '.env'), 'TAG=1.0.1\n');
    await exec('docker-compose', ['up', '-d', 'app'], { cwd: project });
    expect(await composeReleaseAction.probe?.(context, input(), undo)).toMatchObject({ outcome: 'unclear' });
  });

  it('fails fast with the log when the container exits or is unhealthy', async () => {
    const { context } = await stepContext();
    const exited = await putBack(context, '1.2.0');
    expect(exited.result).toMatchObject({ ok: false, error: { code: 'not-healthy', message: expect.stringContaining('exited with code 7') as string, tail: expect.stringContaining('it cannot start') as string } });
    const unhealthy = await putBack(context, '1.3.0');
    expect(unhealthy.result).toMatchObject({ ok: false, error: { message: expect.stringContaining('is unhealthy') as string } });
  });

  it('refuses a tag that was moved after the vote', async () => {
    const { context } = await stepContext();
    const given = input({ image: 'stable' });
    await docker('tag', `${repository}:1.0.0`, `${repository}:stable`);
    const facts = (await composeReleaseAction.inspect?.(context, given)) ?? [];
    await docker('tag', `${repository}:1.0.1`, `${repository}:stable`);
    expect(await composeReleaseAction.execute({ ...context, facts }, given)).toMatchObject({ ok: false, error: { code: 'image-moved' } });
    expect(await imageOf('app')).toBe(ids['1.1.0']);
    await docker('image', 'rm', `${repository}:stable`);
  });

  it('says that an image cannot be had, and that a service does not exist', async () => {
    const { context } = await stepContext();
    await expect(composeReleaseAction.inspect?.(context, input({ image: '127.0.0.1:1/nothing/there:1' }))).rejects.toMatchObject({ code: 'image-unavailable' });
    await expect(composeReleaseAction.inspect?.(context, input({ services: ['appp'] }))).rejects.toMatchObject({ code: 'no-such-service', message: expect.stringContaining('app, other') as string });
  });

  it('holds until the user\'s file names what runs', async () => {
    const { context } = await stepContext();
    expect(await readHold(context, project, ['app'])).toBeUndefined();
    expect(await removeHold(context, project, ['app'])).toMatchObject({ ok: false, code: 'not-held' });
    await putBack(context, '1.0.0');
    expect(await readHold(context, project, ['app'])).toMatchObject({ services: [{ service: 'app', release: '1.0.0', run: 'r1', runsIt: true, change: `${project}/.env:2 still says TAG=1.1.0; change it to 1.0.0` }] });
    expect(await removeHold(context, project, ['app'])).toMatchObject({ ok: false, code: 'file-names-another' });

    // Anyone's plain `up -d` brings the bad release back, and planb sees it.
    await exec('docker-compose', ['up', '-d', 'app'], { cwd: project });
    expect(await readHold(context, project, ['app'])).toMatchObject({ services: [{ runsIt: false }] });

    await writeFile(join(project, '.env'), 'TAG=1.0.0\n');
    expect(await removeHold(context, project, ['app'])).toEqual({ ok: true, services: ['app'] });
    expect(await readHold(context, project, ['app'])).toBeUndefined();
    await exec('docker-compose', ['up', '-d', 'app'], { cwd: project });
    expect(await imageOf('app')).toBe(ids['1.0.0']);
  });

  it('holds two services by two steps in one file', async () => {
    const { context } = await stepContext();
    await putBack(context, '1.0.0');
    const second = input({ services: ['other'], image: '1.0.1' });
    expect(await composeReleaseAction.execute(context, second)).toMatchObject({ ok: true });
    expect((await readHold(context, project, ['app', 'other']))?.services.map(({ service, release }) => `${service} ${release}`)).toEqual(['app 1.0.0', 'other 1.0.1']);
    expect(await imageOf('app')).toBe(ids['1.0.0']);
  });
});

describe('logs.scan of compose services', () => {
  it('finds an error that was logged since the moment, and none where it is older', async () => {
    const source = { compose: { project, services: ['app'] } };
    const { context } = await stepContext({ startedAt: Date.now() - 600_000 });
    expect(await logsScanAction.execute(context, logsScanAction.input.parse({ source }))).toMatchObject({ ok: false, error: { message: expect.stringContaining('P3009') as string } });
    expect(await logsScanAction.execute({ ...context, startedAt: Date.now() + 60_000 }, logsScanAction.input.parse({ source }))).toMatchObject({ ok: true });
  });
});
