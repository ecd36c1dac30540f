import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { localFiles } from '../../../adapters/files/local-files.js';
import { composeReleaseAction } from '../../../jobs/actions/compose-release.js';
import { readHold, removeHold } from '../../../jobs/actions/compose-hold.js';
import { holdServices, readOverride, renderOverride, writeOverride } from '../../../jobs/actions/compose/override.js';
import { type FakeDocker, fakeDocker, imageId } from '../../support/fake-docker.js';
import { stepContext } from './step-context.js';

const input = (docker: FakeDocker, image = '1.0.0') => composeReleaseAction.input.parse({ project: docker.project, services: ['app'], image });

const override = (docker: FakeDocker): Promise<string | undefined> => readFile(join(docker.project, '.planb.override.yaml'), 'utf8').catch(() => undefined);

describe('compose.release', () => {
  it.each(['plain', 'with blanks', 'it\'s "quoted"', 'größe $HOME `x`', 'данные'])('works in a folder with an odd name: %s', async (name) => {
    const docker = await fakeDocker(name);
    const { context } = await stepContext();
    const result = await composeReleaseAction.execute(context, input(docker));
    expect(result).toMatchObject({ ok: true, receipt: { services: { app: { id: imageId('1.0.0'), before: imageId('1.1.0') } } } });
    expect(await docker.running()).toBe(imageId('1.0.0'));
  });

  it('uses docker-compose where the plugin is not there', async () => {
    const docker = await fakeDocker();
    await docker.set('no-plugin', '');
    const { context } = await stepContext();
    const facts = (await composeReleaseAction.inspect?.(context, input(docker))) ?? [];
    const up = `docker-compose --project-name proj --project-directory ${docker.project} -f ${docker.project}/compose.yaml -f ${docker.project}/.planb.override.yaml up -d --no-deps --no-build app`;
    expect(composeReleaseAction.describe(input(docker), { facts }).commands.at(-1)).toBe(up);
    expect(await composeReleaseAction.execute({ ...context, facts }, input(docker))).toMatchObject({ ok: true });
    expect(await docker.calls()).toContain(up.replace('docker-compose', 'compose'));
  });

  it('refuses an image that a tag was moved to since the vote', async () => {
    const docker = await fakeDocker();
    const { context } = await stepContext();
    const facts = (await composeReleaseAction.inspect?.(context, input(docker))) ?? [];
    await docker.set('images/repo_app_1.0.0', imageId('6.6.6'));
    expect(await composeReleaseAction.execute({ ...context, facts }, input(docker))).toMatchObject({ ok: false, error: { code: 'image-moved' } });
    expect(await override(docker)).toBeUndefined();
    expect(await docker.running()).toBe(imageId('1.1.0'));
  });

  it('tells after a crash before, between and after its two effects', async () => {
    const docker = await fakeDocker();
    const { context } = await stepContext();
    const undo = await composeReleaseAction.before?.(context, input(docker));
    const probe = () => composeReleaseAction.probe?.(context, input(docker), undo);
    expect(await probe()).toMatchObject({ outcome: 'absent' });
    await writeOverride(localFiles, docker.project, renderOverride(new Map([['app', { image: imageId('1.0.0'), release: '1.0.0', run: 'r1' }]]), undefined));
    expect(await probe()).toMatchObject({ outcome: 'absent' });
    await docker.run(imageId('1.0.0'));
    expect(await probe()).toMatchObject({ outcome: 'happened', receipt: { services: { app: { id: imageId('1.0.0') } } } });
    await docker.run(imageId('6.6.6'));
    expect(await probe()).toMatchObject({ outcome: 'unclear' });
  });

  it('leaves no hold behind when compose failed and nothing changed', async () => {
    const docker = await fakeDocker();
    await docker.set('up-fails', 'Error: no space left on device\n');
    const { context } = await stepContext();
    expect(await composeReleaseAction.execute(context, input(docker))).toMatchObject({ ok: false, error: { code: 'compose-failed', message: 'Error: no space left on device' } });
    expect(await override(docker)).toBeUndefined();
  });

  it('takes its hold back when an attempt is cancelled before anything changed, and keeps it where something did', async () => {
    const docker = await fakeDocker();
    const { context } = await stepContext();
    const before = renderOverride(new Map([['other', { image: 'x@sha256:1', release: '2', run: 'r0' }]]), undefined);
    await writeOverride(localFiles, docker.project, before);
    const undo = await composeReleaseAction.before?.(context, input(docker));
    const hold = () => holdServices(localFiles, docker.project, new Map([['app', { image: imageId('1.0.0'), release: '1.0.0', run: 'r1' }]]), undefined);
    await hold();
    await composeReleaseAction.cleanup?.(context, input(docker), undo);
    expect([...(await readOverride(localFiles, docker.project)).keys()]).toEqual(['other']);
    await hold();
    await docker.run(imageId('1.0.0'));
    await composeReleaseAction.cleanup?.(context, input(docker), undo);
    expect([...(await readOverride(localFiles, docker.project)).keys()]).toEqual(['other', 'app']);
  });

  it('saves log and inspection of what it replaces, and fails in words where they cannot be written', async () => {
    const docker = await fakeDocker();
    const { context, runFolder } = await stepContext();
    const saved = await composeReleaseAction.before?.(context, input(docker));
    expect(saved).toMatchObject({ saved: join(runFolder, 'replaced', 's1') });
    expect(await readFile(join(runFolder, 'replaced', 's1', 'proj-app-1-c1.log'), 'utf8')).toBe('a line of the log\n');
    await mkdir(join(runFolder, 'replaced', 's2', 'proj-app-1-c1.log'), { recursive: true });
    await expect(composeReleaseAction.before?.({ ...context, step: 's2' }, input(docker))).rejects.toThrow(/EISDIR/);
  });

  it('takes a container that vanishes while it looks for gone', async () => {
    const docker = await fakeDocker();
    await docker.set('vanished', '');
    const { context } = await stepContext();
    const facts = (await composeReleaseAction.inspect?.(context, input(docker))) ?? [];
    expect(facts.find(({ key }) => key.startsWith('compose:'))?.value).toBeNull();
  });

  it('does not take a cut answer for a whole one', async () => {
    const docker = await fakeDocker();
    const { context } = await stepContext();
    const cut = { ...context, run: async (...args: Parameters<typeof context.run>) => ({ ...(await context.run(...args)), droppedBytes: 1 }) };
    await expect(composeReleaseAction.inspect?.(cut, input(docker))).rejects.toThrow('docker ps: its answer is too long to be read');
  });

  it('asks another machine once more when the connection may have cut its answer', async () => {
    const docker = await fakeDocker();
    const { context } = await stepContext({ on: 'ssh://deploy@web1' });
    let asked = 0;
    const cutOnce = { ...context, run: async (...args: Parameters<typeof context.run>) => ({ ...(await context.run(...args)), droppedBytes: (asked += 1) % 2 }) };
    expect((await composeReleaseAction.inspect?.(cutOnce, input(docker)))?.find(({ key }) => key.startsWith('compose:'))?.value).toBe(imageId('1.1.0'));
  });
});

describe('a hold', () => {
  it('names the line to change until it is changed, and can be taken away then only', async () => {
    const docker = await fakeDocker();
    const { context } = await stepContext();
    await composeReleaseAction.execute(context, input(docker));
    const line = `${docker.project}/compose.yaml:3 still names repo/app:1.1.0; change it to repo/app:1.0.0`;
    expect(await readHold(context, docker.project, ['app'])).toMatchObject({ services: [{ service: 'app', release: '1.0.0', run: 'r1', change: line, runsIt: true }] });
    expect(await removeHold(context, docker.project, ['app'])).toEqual({ ok: false, code: 'file-names-another', message: `${line}, then unhold again` });
    await writeFile(join(docker.project, 'compose.yaml'), 'services:\n  app:\n    image: repo/app:1.0.0\n');
    expect(await removeHold(context, docker.project, ['app'])).toEqual({ ok: true, services: ['app'] });
    expect(await override(docker)).toBeUndefined();
    expect(await removeHold(context, docker.project, ['app'])).toMatchObject({ ok: false, code: 'not-held' });
  });

  it('of another target in the same project stays', async () => {
    const docker = await fakeDocker();
    const { context } = await stepContext();
    await writeFile(join(docker.project, 'compose.yaml'), 'services:\n  app:\n    image: repo/app:1.0.0\n  web:\n    image: repo/web:2\n');
    await holdServices(localFiles, docker.project, new Map([['app', { image: imageId('1.0.0'), release: '1.0.0', run: 'r1' }], ['web', { image: 'repo/web@sha256:1', release: '1', run: 'r2' }]]), '3.8');
    expect((await readHold(context, docker.project, ['app']))?.services.map(({ service }) => service)).toEqual(['app']);
    expect(await removeHold(context, docker.project, ['app'])).toEqual({ ok: true, services: ['app'] });
    expect([...(await readOverride(localFiles, docker.project)).keys()]).toEqual(['web']);
    expect(await override(docker)).toContain('version: "3.8"');
  });

  it('is not lost when two targets of one project are held at the same instant', async () => {
    const docker = await fakeDocker();
    const names = Array.from({ length: 8 }, (_, index) => `s${index}`);
    await Promise.all(names.map((name) => holdServices(localFiles, docker.project, new Map([[name, { image: 'x@sha256:1', release: '1', run: 'r' }]]), undefined)));
    expect([...(await readOverride(localFiles, docker.project)).keys()].sort()).toEqual(names);
  });
});
