import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { composeServicesAction } from '../../../jobs/actions/compose-services.js';
import type { Fact, JsonObject } from '../../../src/plan/plan.js';
import { type FakeCompose, fakeCompose } from '../../support/fake-compose.js';
import { stepContext } from './step-context.js';

const input = ({ project }: FakeCompose, raw: object) => composeServicesAction.input.parse({ project, services: 'all', within: '10s', ...raw });

/** Plans, and executes what was planned, as the engine does. */
async function carryOut(docker: FakeCompose, raw: object, given: Parameters<typeof stepContext>[0] = {}) {
  const step = await stepContext(given);
  const parsed = input(docker, raw);
  const facts = (await composeServicesAction.inspect?.(step.context, parsed)) ?? [];
  const described = composeServicesAction.describe(parsed, { facts });
  const context = { ...step.context, facts };
  const undo = await composeServicesAction.before?.(context, parsed);
  const result = await composeServicesAction.execute(context, parsed);
  const probe = (before: JsonObject | undefined = undo) => composeServicesAction.probe?.(context, parsed, before);
  return { ...step, context, facts, described, undo, result, probe, parsed };
}
const statuses = async (docker: FakeCompose) => Object.fromEntries((await docker.read()).containers.map(({ service, status }) => [service, status]));
const held = (docker: FakeCompose) => writeFile(join(docker.project, '.planb.override.yaml'), '# planb: {"api":{"release":"1.0.0","run":"r0"}}\nservices:\n  api:\n    image: repo/api:1.0.0\n');

describe('compose.services', () => {
  it('stops what is named, waits until it is gone, and stops the writers', async () => {
    const docker = await fakeCompose(['api', 'db', 'worker']);
    const { described, result, undo, probe } = await carryOut(docker, { services: ['api', 'worker'], do: 'stop' });
    const command = `docker compose --project-name proj --project-directory ${docker.project} -f ${docker.project}/compose.yaml stop api worker`;
    expect(described).toMatchObject({ commands: [command], effect: 'idempotent', destructive: false, stopsWriters: true, changes: [] });
    expect(undo).toMatchObject({ ran: ['api', 'worker'] });
    expect(result).toMatchObject({ ok: true, receipt: { stopped: ['api', 'worker'], ran: ['api', 'worker'] } });
    expect(await statuses(docker)).toEqual({ api: 'exited', db: 'running', worker: 'exited' });
    expect((await docker.deeds()).map((line) => `docker ${line}`)).toEqual([command]);
    expect(await probe()).toMatchObject({ outcome: 'happened' });
  });

  it('is not done while a process does not end', async () => {
    const docker = await fakeCompose(['api', 'db']);
    await docker.change({ stubborn: ['api'] });
    const { result, probe } = await carryOut(docker, { services: ['api'], do: 'stop', within: '0s' });
    expect(result).toMatchObject({ ok: false, error: { code: 'still-running', message: 'api still runs after 0 ms' } });
    expect(await probe()).toMatchObject({ outcome: 'absent' });
  });

  it('refuses a misspelt service, which would count as stopped', async () => {
    const docker = await fakeCompose(['api', 'db']);
    await expect(carryOut(docker, { services: ['apo'], do: 'stop' })).rejects.toMatchObject({ code: 'no-such-service', message: expect.stringContaining('api, db') as string });
  });

  it('starts a held project on what it is held on, and saves the log of what is replaced', async () => {
    const docker = await fakeCompose(['api', 'db']);
    await held(docker);
    const { described, result, runFolder, probe } = await carryOut(docker, { services: ['api'], do: 'start' });
    expect(described.commands).toEqual([
      `docker compose --project-name proj --project-directory ${docker.project} -f ${docker.project}/compose.yaml -f ${docker.project}/.planb.override.yaml up -d --no-build --no-deps api`,
      '# api then runs repo/api:1.0.0, another image than now',
    ]);
    expect(described.changes).toEqual([{ key: `compose:${docker.project}:api`, to: expect.stringMatching(/^sha256:/) as string }]);
    expect(result).toMatchObject({ ok: true, receipt: { services: { api: [{ image: 'repo/api:1.0.0', state: 'running' }] } } });
    expect(await readdir(join(runFolder, 'replaced', 's1'))).toContain('proj-api-1-c1.log');
    expect(await probe()).toMatchObject({ outcome: 'happened' });
  });

  it('does not start an image that came into the files after the vote', async () => {
    const docker = await fakeCompose(['api']);
    const { context, parsed } = await carryOut(docker, { services: ['api'], do: 'start' });
    await writeFile(join(docker.project, 'compose.yaml'), 'services:\n  api:\n    image: repo/api:9.9.9\n');
    const before = (await docker.deeds()).length;
    expect(await composeServicesAction.execute(context, parsed)).toMatchObject({ ok: false, error: { code: 'image-moved', message: expect.stringContaining('repo/api:9.9.9') as string } });
    expect(await docker.deeds()).toHaveLength(before);
  });

  it('takes the whole project down and up, without -v, also when its containers are gone already', async () => {
    const docker = await fakeCompose(['api', 'migrate']);
    await docker.change({ ends: { migrate: 0 }, containers: (await docker.read()).containers.map((one) => (one.service === 'migrate' ? { ...one, status: 'exited', exitCode: 0 } : one)) });
    const { described, context, parsed, result, undo, probe } = await carryOut(docker, { do: 'down-up' });
    expect(described.commands.map((line) => line.split('compose.yaml ')[1])).toEqual(['down', 'up -d --no-build']);
    expect(described.destructive).toBe(false);
    expect(result).toMatchObject({ ok: true, receipt: { services: { api: [{ state: 'running' }], migrate: [{ state: 'exited (0)' }] } } });
    expect(await probe()).toMatchObject({ outcome: 'happened' });

    // Killed between down and up: nobody but the plan knows the files and the name.
    await docker.change({ containers: [] });
    expect(await composeServicesAction.probe?.(context, parsed, undo)).toMatchObject({ outcome: 'unclear', saw: 'api: no container; migrate: no container' });
    expect(await composeServicesAction.execute(context, parsed)).toMatchObject({ ok: true });
    expect((await docker.deeds()).at(-1)).toContain('--project-name proj ');
  });

  it('names unnamed volumes, which down cuts off, and calls that destructive', async () => {
    const docker = await fakeCompose(['db']);
    await docker.change({ containers: (await docker.read()).containers.map((one) => ({ ...one, mounts: [{ Type: 'volume', Name: 'ab'.repeat(32), Destination: '/var/lib/postgresql/data' }, { Type: 'volume', Name: 'proj_named', Destination: '/x' }] })) });
    const { described } = await carryOut(docker, { do: 'down-up' });
    expect(described).toMatchObject({ destructive: true, lost: [expect.stringContaining('db begins with an empty /var/lib/postgresql/data') as string] });
    expect(composeServicesAction.input.safeParse({ project: '/x', services: ['db'], do: 'down-up' }).error?.issues[0]?.message).toContain('services: all');
  });

  it('restarts, and fails with the log when a service does not come up', async () => {
    const docker = await fakeCompose(['api', 'db']);
    const good = await carryOut(docker, { services: ['api'], do: 'restart' });
    expect(good.result).toMatchObject({ ok: true });
    expect(await good.probe()).toMatchObject({ outcome: 'happened' });
    await docker.change({ ends: { api: 3 } });
    const bad = await carryOut(docker, { services: ['api'], do: 'restart' });
    expect(bad.result).toMatchObject({ ok: false, error: { code: 'not-healthy', message: 'proj-api-1 exited with code 3' } });
    expect(await bad.probe()).toMatchObject({ outcome: 'unclear' });
  });

  it('says what compose said, and that nothing happened', async () => {
    const docker = await fakeCompose(['api']);
    await docker.change({ fails: 'Error: no space left on device' });
    const { result, probe } = await carryOut(docker, { do: 'restart' });
    expect(result).toMatchObject({ ok: false, error: { code: 'compose-failed', message: 'Error: no space left on device' } });
    expect(await probe()).toMatchObject({ outcome: 'absent' });
  });

  it('reads state and error lines, and changes nothing', async () => {
    const docker = await fakeCompose(['api', 'db']);
    await docker.change({ containers: (await docker.read()).containers.map((one) => (one.service === 'api' ? { ...one, log: 'fine\nERROR: no such column\nError again' } : { ...one, status: 'exited', exitCode: 1 })) });
    const status = await carryOut(docker, { do: 'status' });
    expect(status.described).toMatchObject({ commands: [`(cd ${docker.project} && docker compose ps)`], effect: 'read' });
    expect(status.facts.map(({ kind }: Fact) => kind)).toEqual(['measured']);
    expect(status.result).toMatchObject({ ok: true, receipt: { services: { api: [{ image: 'repo/api:1.1.0', state: 'running', since: '2026-01-01T00:00:00.000Z' }], db: [{ state: 'exited (1)' }] } } });
    expect(status.log).toContain('db: proj-db-1 exited (1) since 2026-01-01T00:00:00.000Z, repo/db:1.1.0');
    const errors = await carryOut(docker, { services: ['api'], do: 'errors' });
    expect(errors.result).toMatchObject({ ok: true, receipt: { errors: 2, lines: { 'proj-api-1': ['ERROR: no such column', 'Error again'] } } });
    expect(await docker.deeds()).toEqual([]);
  });
});
