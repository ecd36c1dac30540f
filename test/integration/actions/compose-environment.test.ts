import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { localFiles } from '../../../adapters/files/local-files.js';
import { composeReleaseAction } from '../../../jobs/actions/compose-release.js';
import { readHold, removeHold } from '../../../jobs/actions/compose-hold.js';
import { holdServices, readOverride, renderOverride, writeOverride } from '../../../jobs/actions/compose/override.js';
import { readProject } from '../../../jobs/actions/compose/project.js';
import { readSettings } from '../../../jobs/actions/compose/service-settings.js';
import { type FakeDocker, fakeDocker, imageId } from '../../support/fake-docker.js';
import { tempFolder } from '../../support/temp-folder.js';
import { stepContext } from './step-context.js';

const input = (docker: FakeDocker, environment: Readonly<Record<string, string>>, image = '1.0.0') => composeReleaseAction.input.parse({ project: docker.project, services: ['app'], image, environment });
const override = (docker: FakeDocker): string => join(docker.project, '.planb.override.yaml');
const safe = { DISABLE_SCHEMA_UPDATE: 'True' };

describe('compose.release with an environment', () => {
  it.each(['v1', 'v2'])('writes it beside the image, shows it in the plan and says it in the receipt: compose %s', async (version) => {
    const docker = await fakeDocker();
    if (version === 'v1') await docker.set('no-plugin', '');
    const { context } = await stepContext();
    const facts = (await composeReleaseAction.inspect?.(context, input(docker, safe))) ?? [];
    const { commands } = composeReleaseAction.describe(input(docker, safe), { facts });
    const service = `services:\n  app:\n    image: ${imageId('1.0.0')}\n    environment:\n      DISABLE_SCHEMA_UPDATE: "True"\n`;
    expect(commands[0]).toContain(service);
    expect(await composeReleaseAction.execute({ ...context, facts }, input(docker, safe))).toMatchObject({ ok: true, receipt: { variables: ['DISABLE_SCHEMA_UPDATE'] } });
    expect(await readFile(override(docker), 'utf8')).toContain(service);
    expect((await stat(override(docker))).mode & 0o777).toBe(0o600);
    expect((await docker.calls()).some((call) => call.startsWith('compose ') && call.endsWith(' up -d --no-deps --no-build app'))).toBe(true);
  });

  it('makes another container for a changed variable of the same image, and its probe tells', async () => {
    const docker = await fakeDocker();
    await docker.run(imageId('1.0.0'));
    await holdServices(localFiles, docker.project, new Map([['app', { image: imageId('1.0.0'), release: '1.0.0', run: 'r0' }]]), undefined);
    const { context } = await stepContext();
    const undo = await composeReleaseAction.before?.(context, input(docker, safe));
    const probe = () => composeReleaseAction.probe?.(context, input(docker, safe), undo);
    expect(await probe()).toMatchObject({ outcome: 'absent', saw: expect.stringContaining('DISABLE_SCHEMA_UPDATE not as planned') as string });
    expect(await composeReleaseAction.execute(context, input(docker, safe))).toMatchObject({ ok: true });
    expect(await probe()).toMatchObject({ outcome: 'happened' });
    await composeReleaseAction.cleanup?.(context, input(docker, safe), undo);
    expect((await readOverride(localFiles, docker.project)).get('app')?.environment).toEqual(safe);
    await docker.set('environment', '"DISABLE_SCHEMA_UPDATE=false"');
    expect(await probe()).toMatchObject({ outcome: 'unclear' });
  });

  it('fails when the containers run without a planned variable', async () => {
    const docker = await fakeDocker();
    const { context } = await stepContext();
    await docker.set('own-environment', '"DISABLE_SCHEMA_UPDATE=false"');
    // Compose would put the override over it; an engine that does not is not believed.
    const blind = { ...context, run: async (...args: Parameters<typeof context.run>) => {
      const outcome = await context.run(...args);
      if (args[0].argv.includes('up')) await docker.set('environment', '');
      return outcome;
    } };
    expect(await composeReleaseAction.execute(blind, input(docker, safe))).toMatchObject({ ok: false, error: { code: 'wrong-environment' } });
  });

  it('shows of a secret where it comes from, and keeps what it says out of plan, undo and receipt', async () => {
    const docker = await fakeDocker();
    const secret = 'pa$$-w$rd "x"';
    const { context } = await stepContext({}, [secret]);
    const facts = ((await composeReleaseAction.inspect?.(context, input(docker, { TOKEN: secret }))) ?? []).map((fact) => ({ ...fact, value: JSON.parse(context.mask(JSON.stringify(fact.value))) as typeof fact.value }));
    const { commands } = composeReleaseAction.describe(input(docker, { TOKEN: '${env:SHOP_TOKEN}' }), { facts });
    expect(commands[0]).toContain('TOKEN: ${PLANB_TOKEN}');
    expect(commands[1]).toMatch(/^PLANB_TOKEN="\$\{SHOP_TOKEN\}" docker compose /);
    await composeReleaseAction.execute({ ...context, facts }, input(docker, { TOKEN: secret }));
    expect((await readOverride(localFiles, docker.project)).get('app')?.environment).toEqual({ TOKEN: secret });
    const undo = await composeReleaseAction.before?.(context, input(docker, { TOKEN: secret }));
    expect(JSON.stringify([commands, facts, undo])).not.toContain('w$rd');
  });

  it.each([{ 'A B': 'x' }, { '1A': 'x' }, { '': 'x' }, { A: 1 }])('refuses %j', (environment) => {
    expect(composeReleaseAction.input.safeParse({ project: '/p', services: ['app'], image: '1', environment }).success).toBe(false);
  });
});

describe('a hold with variables', () => {
  it('is read as it was written', async () => {
    const folder = await tempFolder();
    const held = new Map([['app', { image: 'r@sha256:1', release: '1', run: 'r', environment: { A: '$HOME ${X} $$', B: 'true', C: "it's\n\"so\": [", D: '' } }]]);
    await writeOverride(localFiles, folder, renderOverride(held, undefined));
    expect(await readOverride(localFiles, folder)).toEqual(held);
  });

  it('goes when the user\'s own files give the same variables, and not before', async () => {
    const docker = await fakeDocker();
    const { context } = await stepContext();
    await composeReleaseAction.execute(context, input(docker, { ...safe, TOKEN: 'hush-hush' }));
    await writeFile(join(docker.project, 'compose.yaml'), 'services:\n  app:\n    image: repo/app:1.0.0\n    environment: [DISABLE_SCHEMA_UPDATE=false]\n');
    const line = `${docker.project}/compose.yaml needs under environment of app: DISABLE_SCHEMA_UPDATE: "True", TOKEN as .planb.override.yaml has it, as long as it runs 1.0.0`;
    expect(await readHold(context, docker.project, ['app'])).toMatchObject({ services: [{ change: line }] });
    expect(await removeHold(context, docker.project, ['app'])).toEqual({ ok: false, code: 'file-names-another', message: `${line}, then unhold again` });
    await writeFile(join(docker.project, 'compose.yaml'), 'services:\n  app:\n    image: repo/app:1.0.0\n    environment: { DISABLE_SCHEMA_UPDATE: "True", TOKEN: hush-hush }\n');
    expect(await removeHold(context, docker.project, ['app'])).toEqual({ ok: true, services: ['app'] });
  });
});

describe('what compose says of a service', () => {
  it('is understood in every form, with masked secrets in it', async () => {
    const docker = await fakeDocker();
    const { context } = await stepContext({}, ['sk-secret']);
    await docker.set('config', 'services:\n  app:\n    command: --config /app/config.yaml --port 4000\n    environment:\n      A: sk-secret\n      B: $$HOME\n      C: null\n      D: 1\n      E: ""\n');
    const settings = await readSettings(context, await readProject(localFiles, docker.project, []), 'app');
    expect([...settings.environment]).toEqual([['A', '***secret0***'], ['B', '$HOME'], ['D', '1'], ['E', '']]);
    expect(settings.command).toEqual(['--config', '/app/config.yaml', '--port', '4000']);
    await expect(readSettings(context, await readProject(localFiles, docker.project, []), 'other')).rejects.toMatchObject({ code: 'no-such-service' });
    await docker.set('config', 'services: [');
    await expect(readSettings(context, await readProject(localFiles, docker.project, []), 'app')).rejects.toMatchObject({ code: 'compose-failed' });
  });
});
