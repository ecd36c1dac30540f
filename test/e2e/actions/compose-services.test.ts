import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { copyPrograms } from '../../../demo/images/rootfs.js';
import { composeServicesAction } from '../../../jobs/actions/compose-services.js';
import { stepContext } from '../../integration/actions/step-context.js';

const exec = promisify(execFile);
const docker = async (...args: string[]): Promise<string> => (await exec('docker', args)).stdout.trim();

const repository = `planb-services/${process.pid}`;
const releases = { '1.0.0': 'CMD ["/bin/sh", "-c", "exec sleep 1000"]', '1.1.0': 'CMD ["/bin/sh", "-c", "echo Error: column gone; exec sleep 1000"]', job: 'CMD ["/bin/sh", "-c", "exit 0"]' };
const ids: Record<string, string> = {};
let project: string;

beforeAll(async () => {
  const build = await mkdtemp(join(tmpdir(), 'planb-image-'));
  await copyPrograms(join(build, 'rootfs'), { '/bin/sh': '/bin/sh', '/bin/sleep': '/bin/sleep' });
  for (const [tag, command] of Object.entries(releases)) {
    await writeFile(join(build, 'Dockerfile'), `FROM scratch\nCOPY rootfs/ /\nENV PATH=/bin\nSTOPSIGNAL SIGKILL\nLABEL tag=${tag}\n${tag === '1.0.0' ? 'VOLUME /data\n' : ''}${command}\n`);
    await exec('docker', ['build', '--quiet', '--tag', `${repository}:${tag}`, build]);
    ids[tag] = await docker('image', 'inspect', '--format', '{{.Id}}', `${repository}:${tag}`);
  }
  await rm(build, { recursive: true });
});
afterAll(() => docker('image', 'rm', '--force', ...Object.values(ids)));

beforeEach(async () => {
  project = await mkdtemp(join(tmpdir(), 'planb-services-'));
  await writeFile(join(project, 'docker-compose.yml'), `version: "3.8"\nservices:\n  app:\n    image: ${repository}:1.1.0\n    restart: always\n  other:\n    image: ${repository}:1.1.0\n  migrate:\n    image: ${repository}:job\n`);
  await exec('docker-compose', ['up', '-d'], { cwd: project });
});
afterEach(async () => {
  await exec('docker-compose', ['down', '--volumes', '--timeout', '1'], { cwd: project });
  await rm(project, { recursive: true });
});

const nameOf = (service: string) => `${project.split('/').at(-1)?.toLowerCase() ?? ''}_${service}_1`;
const read = (service: string, what: string) => docker('inspect', '--format', `{{${what}}}`, nameOf(service));

async function carryOut(raw: object) {
  const step = await stepContext();
  const parsed = composeServicesAction.input.parse({ project, services: 'all', within: '60s', ...raw });
  const facts = (await composeServicesAction.inspect?.(step.context, parsed)) ?? [];
  const described = composeServicesAction.describe(parsed, { facts });
  const context = { ...step.context, facts };
  const undo = await composeServicesAction.before?.(context, parsed);
  const result = await composeServicesAction.execute(context, parsed);
  return { ...step, described, result, undo, probed: await composeServicesAction.probe?.(context, parsed, undo) };
}

describe('compose.services with docker-compose v1', () => {
  it('stops a service that restarts always, and starts it again', async () => {
    const other = await read('other', '.State.StartedAt');
    const stop = await carryOut({ services: ['app'], do: 'stop' });
    expect(stop.result).toMatchObject({ ok: true, receipt: { stopped: ['app'] } });
    expect(stop.probed).toMatchObject({ outcome: 'happened' });
    expect(await read('app', '.State.Running')).toBe('false');
    const start = await carryOut({ services: ['app'], do: 'start' });
    expect(start.result).toMatchObject({ ok: true });
    expect(await read('app', '.State.Running')).toBe('true');
    expect(await read('other', '.State.StartedAt')).toBe(other);
  });

  it('starts what the project is held on', async () => {
    await writeFile(join(project, '.planb.override.yaml'), `version: "3.8"\nservices:\n  app:\n    image: ${ids['1.0.0'] ?? ''}\n`);
    const { result, described, runFolder } = await carryOut({ services: ['app'], do: 'start' });
    expect(described.changes).toEqual([{ key: `compose:${project}:app`, to: ids['1.0.0'] }]);
    expect(result).toMatchObject({ ok: true });
    expect(await read('app', '.Image')).toBe(ids['1.0.0']);
    expect((await readdir(join(runFolder, 'replaced', 's1'))).length).toBe(2);
    // Its image declares a volume that nobody named.
    const down = await carryOut({ do: 'down-up' });
    expect(down.described).toMatchObject({ destructive: true, lost: [expect.stringContaining('app begins with an empty /data') as string] });
    expect(await read('app', '.Image')).toBe(ids['1.0.0']);
  });

  it('restarts the whole project, whose migration has ended, and takes it down and up', async () => {
    const before = await read('app', '.Id');
    const restart = await carryOut({ do: 'restart' });
    expect(restart.result).toMatchObject({ ok: true });
    expect(restart.probed).toMatchObject({ outcome: 'happened' });
    expect(await read('app', '.Id')).toBe(before);
    const renewed = await carryOut({ do: 'down-up' });
    expect(renewed.result).toMatchObject({ ok: true, receipt: { services: { migrate: [{ state: 'exited (0)' }] } } });
    expect(renewed.probed).toMatchObject({ outcome: 'happened' });
    expect(await read('app', '.Id')).not.toBe(before);
  });

  it('reads state and errors', async () => {
    expect((await carryOut({ do: 'status' })).result).toMatchObject({ ok: true, receipt: { services: { app: [{ state: 'running', id: ids['1.1.0'] }], migrate: [{ state: 'exited (0)' }] } } });
    expect((await carryOut({ services: ['app'], do: 'errors' })).result).toMatchObject({ ok: true, receipt: { errors: 1, lines: { [nameOf('app')]: ['Error: column gone'] } } });
  });
});
