import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { applyPatch } from 'diff';
import { describe, expect, it } from 'vitest';

import { composeReleaseAction } from '../../../jobs/actions/compose-release.js';
import { litellmCheckAction } from '../../../jobs/actions/litellm-check.js';
import type { Fact } from '../../../src/plan/plan.js';
import type { StepContext } from '../../../src/ports/action.js';
import { type FakeDocker, fakeDocker, imageId } from '../../support/fake-docker.js';
import { stepContext } from './step-context.js';

const salt = 'sk-salt-1234';
const master = 'sk-master-5678';
const config = `model_list:
  - model_name: gpt-4   # keep me
    litellm_params: { model: openai/gpt-4 }
general_settings:
  master_key: os.environ/LITELLM_MASTER_KEY
  new_setting: 1
litellm_settings:
  drop_params: true
`;
const older = 'KNOWN = ["model_list", "model_name", "litellm_params", "model", "general_settings", "master_key", "litellm_settings", "drop_params", "disable_prisma_schema_update"]\n';

/** A proxy that runs 1.1.0 (as 1.81.14 would be: it diffs and forces), with its config mounted; 1.0.0 is called v1.80.0 on the engine. */
async function proxy(given: { readonly config?: string; readonly running?: readonly string[]; readonly environment?: string; readonly olderCode?: string } = {}): Promise<FakeDocker> {
  const docker = await fakeDocker();
  const path = join(docker.project, 'config.yaml');
  await writeFile(path, given.config ?? config);
  await docker.set('mounts', JSON.stringify([{ Type: 'bind', Source: path, Destination: '/app/config.yaml' }]));
  await docker.set('arguments', JSON.stringify(['--config', '/app/config.yaml', '--port', '4000']));
  await docker.set('own-environment', (given.running ?? [`LITELLM_SALT_KEY=${salt}`, `LITELLM_MASTER_KEY=${master}`]).map((pair) => JSON.stringify(pair)).join('\n'));
  await docker.set('images/repo_app_v1.80.0', imageId('1.0.0'));
  await writeFile(join(docker.project, 'compose.yaml'), `services:\n  app:\n    image: repo/app:1.1.0\n    environment: ${given.environment ?? JSON.stringify({ LITELLM_SALT_KEY: salt, LITELLM_MASTER_KEY: master })}\n`);
  await code(docker, '1.0.0', given.olderCode ?? older);
  await code(docker, '1.1.0', `${older}x = general_settings.get("new_setting")\n`);
  return docker;
}

const code = (docker: FakeDocker, version: string, text: string): Promise<void> => docker.fill(version, { '/usr/lib/python3.13/site-packages/litellm/proxy/proxy_server.py': text });

const given = (docker: FakeDocker, more: object = {}) => litellmCheckAction.input.parse({ project: docker.project, service: 'app', to: 'v1.80.0', ...more });

/** The facts of a plan of this step and of the release that follows, as planning reads them. */
async function planOf(context: StepContext, docker: FakeDocker, environment: Readonly<Record<string, string>> = { DISABLE_SCHEMA_UPDATE: 'True' }, more: object = {}): Promise<readonly Fact[]> {
  const release = composeReleaseAction.input.parse({ project: docker.project, services: ['app'], image: 'v1.80.0', environment });
  const facts = [...((await litellmCheckAction.inspect?.(context, given(docker, more))) ?? []), ...((await composeReleaseAction.inspect?.(context, release)) ?? [])];
  return JSON.parse(context.mask(JSON.stringify(facts))) as readonly Fact[];
}

describe('litellm.check', () => {
  it('says in the plan which key encrypts, how the older image starts, and which config keys it does not know', async () => {
    const docker = await proxy();
    const { context, runFolder } = await stepContext();
    const facts = await planOf(context, docker);
    const { commands, todo } = litellmCheckAction.describe(given(docker), { facts });
    expect(commands[0]).toMatch(/^# LITELLM_SALT_KEY encrypts, and stays as it is \([0-9a-f]{8}\)$/);
    expect(commands.slice(1)).toEqual([
      '# v1.80.0 only compares the database with its own schema when it starts (DISABLE_SCHEMA_UPDATE=True)',
      `# v1.80.0 does not know of ${docker.project}/config.yaml: general_settings.new_setting (line 6)`,
    ]);
    expect(todo).toEqual([`v1.80.0 does not know of ${docker.project}/config.yaml: general_settings.new_setting (line 6); an edited copy and its difference lie in the run's folder`]);
    expect(JSON.stringify(facts)).not.toMatch(/sk-(salt|master)/);

    const result = await litellmCheckAction.execute({ ...context, facts }, given(docker));
    const copy = join(runFolder, 's1', 'config.yaml');
    expect(result).toMatchObject({ ok: true, receipt: { encrypts: 'LITELLM_SALT_KEY', keys: 'unchanged', unknown: ['general_settings.new_setting'], copy, difference: `${copy}.diff` } });
    const edited = config.replace('  new_setting', '  # new_setting');
    expect(await readFile(copy, 'utf8')).toBe(edited);
    expect(applyPatch(config, await readFile(`${copy}.diff`, 'utf8'))).toBe(edited);
    expect(await readFile(join(docker.project, 'config.yaml'), 'utf8')).toBe(config);
    expect((await docker.calls()).some((call) => /^(run|start|exec) /.test(call))).toBe(false);
  });

  it.each([
    ['the salt key', { LITELLM_SALT_KEY: 'sk-other', LITELLM_MASTER_KEY: master }, undefined, 'LITELLM_SALT_KEY would have another value at the next start than it runs with: the credentials in the database could not be read any more'],
    ['no salt key', { LITELLM_MASTER_KEY: master }, undefined, 'LITELLM_SALT_KEY would not be set at the next start: the credentials in the database could not be read any more'],
    ['the master key that encrypts', { LITELLM_MASTER_KEY: 'sk-other' }, [`LITELLM_MASTER_KEY=${master}`], 'LITELLM_MASTER_KEY would have another value at the next start than it runs with, and it encrypts since LITELLM_SALT_KEY is not set: the credentials in the database could not be read any more'],
    ['a salt key where there was none', { LITELLM_SALT_KEY: salt, LITELLM_MASTER_KEY: master }, [`LITELLM_MASTER_KEY=${master}`], 'LITELLM_SALT_KEY would have another value at the next start than it runs with: the credentials in the database could not be read any more'],
    ['the master key beside a salt key', { LITELLM_SALT_KEY: salt, LITELLM_MASTER_KEY: 'sk-other' }, undefined, 'LITELLM_MASTER_KEY would have another value at the next start than it runs with: change it apart from a rollback'],
  ])('refuses the plan where the next start would use %s', async (_name, next, running, sentence) => {
    const docker = await proxy({ environment: JSON.stringify(next), ...(running === undefined ? {} : { running }) });
    const { context } = await stepContext();
    const facts = await planOf(context, docker);
    expect(() => litellmCheckAction.describe(given(docker), { facts })).toThrow(sentence);
    expect(await litellmCheckAction.execute({ ...context, facts }, given(docker))).toMatchObject({ ok: false, error: { code: 'key-would-change', message: sentence } });
  });

  it('compares a key that planb itself masks', async () => {
    const docker = await proxy();
    const { context } = await stepContext({}, [salt]);
    expect(litellmCheckAction.describe(given(docker), { facts: await planOf(context, docker) }).commands[0]).toContain('LITELLM_SALT_KEY encrypts');
    await docker.set('own-environment', `"LITELLM_SALT_KEY=sk-other"\n"LITELLM_MASTER_KEY=${master}"`);
    const facts = await planOf(context, docker);
    expect(() => litellmCheckAction.describe(given(docker), { facts })).toThrow('LITELLM_SALT_KEY would have another value');
  });

  it('notices at run time that a key was changed since the plan, also on both sides', async () => {
    const docker = await proxy();
    const { context } = await stepContext();
    const facts = await planOf(context, docker);
    await writeFile(join(docker.project, 'compose.yaml'), 'services:\n  app:\n    image: repo/app:1.1.0\n    environment: { LITELLM_SALT_KEY: sk-new, LITELLM_MASTER_KEY: sk-master-5678 }\n');
    expect(await litellmCheckAction.execute({ ...context, facts }, given(docker))).toMatchObject({ ok: false, error: { code: 'key-would-change' } });
    await docker.set('own-environment', `"LITELLM_SALT_KEY=sk-new"\n"LITELLM_MASTER_KEY=${master}"`);
    expect(await litellmCheckAction.execute({ ...context, facts }, given(docker))).toMatchObject({ ok: false, error: { code: 'key-changed' } });
  });

  it('refuses a plan whose release step would let the older image force its schema', async () => {
    const docker = await proxy();
    const { context } = await stepContext();
    const reason = (facts: readonly Fact[]) => () => litellmCheckAction.describe(given(docker), { facts });
    expect(reason(await planOf(context, docker, {}))).toThrow('v1.80.0 makes the database look like its own schema when it starts, which drops every table and column that it does not know; it has to be started with DISABLE_SCHEMA_UPDATE=True (environment: of the compose.release step)');
    expect(reason(await planOf(context, docker, { DISABLE_SCHEMA_UPDATE: 'true' }))).toThrow('DISABLE_SCHEMA_UPDATE=True');
    expect(reason(await planOf(context, docker, { USE_V2_MIGRATION_RESOLVER: 'true' }))).toThrow('drops every table');
    expect(reason(await planOf(context, docker, { DISABLE_SCHEMA_UPDATE: 'True', LITELLM_SALT_KEY: salt }))).toThrow('the plan sets LITELLM_SALT_KEY');
    const unsafe = await planOf(context, docker, {});
    expect(await litellmCheckAction.execute({ ...context, facts: unsafe }, given(docker))).toMatchObject({ ok: false, error: { code: 'would-drop-data' } });
    expect(litellmCheckAction.describe(given(docker, { restored: true }), { facts: unsafe }).commands[1]).toContain('the plan restores a database');
  });

  it('takes the second resolver where the older image knows it, and what config.yaml says', async () => {
    const docker = await proxy({ olderCode: `${older}os.getenv("USE_V2_MIGRATION_RESOLVER")\n` });
    const { context } = await stepContext();
    const facts = await planOf(context, docker, { USE_V2_MIGRATION_RESOLVER: 'true' });
    expect(litellmCheckAction.describe(given(docker), { facts }).commands[1]).toBe('# v1.80.0 only applies its own migrations when it starts');
    await writeFile(join(docker.project, 'config.yaml'), config.replace('new_setting: 1', 'disable_prisma_schema_update: false'));
    const forced = await planOf(context, docker);
    expect(() => litellmCheckAction.describe(given(docker), { facts: forced })).toThrow('USE_V2_MIGRATION_RESOLVER=true');
  });

  it('goes on without a config that it cannot see, and says so', async () => {
    const docker = await proxy();
    const { context } = await stepContext();
    const lines = async (more: object = {}) => litellmCheckAction.describe(given(docker, more), { facts: await planOf(context, docker, undefined, more) }).commands.slice(2);
    expect(await lines({ config: '/nowhere/config.yaml' })).toEqual(['# the config keys were not looked at: /nowhere/config.yaml cannot be read (there is no such file)']);
    await docker.set('mounts', '[]');
    expect(await lines()).toEqual(['# the config keys were not looked at: /app/config.yaml lies in the container only; name its source by config:']);
    await docker.set('arguments', '[]');
    expect(await lines()).toEqual(['# the config keys were not looked at: the proxy was started without a config.yaml']);
    const broken = join(docker.project, 'config.yaml');
    await writeFile(broken, 'a: [');
    expect(await lines({ config: broken })).toEqual([`# ${broken} is no YAML that planb understands, so its keys were not looked at`]);
  });

  it('names keys that neither release knows apart from the others', async () => {
    const docker = await proxy({ config: config.replace('new_setting', 'my_own') });
    const { context } = await stepContext();
    const { commands, todo } = litellmCheckAction.describe(given(docker), { facts: await planOf(context, docker) });
    expect(commands.slice(2)).toEqual([`# v1.80.0 knows every key of ${docker.project}/config.yaml that the running release knows`, '# neither release names, so they are yours or mistakes: general_settings.my_own (line 6)']);
    expect(todo).toEqual([]);
  });

  it('leaves nobody else to read the copy, in which secrets may stand', async () => {
    const docker = await proxy();
    const { context, runFolder } = await stepContext();
    await litellmCheckAction.execute({ ...context, facts: await planOf(context, docker) }, given(docker));
    for (const name of ['config.yaml', 'config.yaml.diff']) expect((await stat(join(runFolder, 's1', name))).mode & 0o777).toBe(0o600);
  });

  it('checks a proxy that no compose file describes by its image and its env file', async () => {
    const docker = await proxy();
    const file = join(docker.project, 'proxy.env');
    await writeFile(file, `# keys\nLITELLM_SALT_KEY=${salt}\nLITELLM_MASTER_KEY=${master}\n`);
    const { context } = await stepContext();
    const input = (environment: Readonly<Record<string, string>>) => litellmCheckAction.input.parse({ image: 'repo/app:1.1.0', 'env-file': file, to: 'v1.80.0', environment });
    const facts = (await litellmCheckAction.inspect?.(context, input({}))) ?? [];
    expect(litellmCheckAction.describe(input({ DISABLE_SCHEMA_UPDATE: 'True' }), { facts }).commands[2]).toContain('general_settings.new_setting (line 6)');
    expect(() => litellmCheckAction.describe(input({}), { facts })).toThrow('it has to be started with DISABLE_SCHEMA_UPDATE=True');
    await writeFile(file, `LITELLM_SALT_KEY="${salt}"\nLITELLM_MASTER_KEY=${master}\n`);
    const quoted = (await litellmCheckAction.inspect?.(context, input({}))) ?? [];
    expect(() => litellmCheckAction.describe(input({}), { facts: quoted })).toThrow('LITELLM_SALT_KEY would have another value');
  });
});
