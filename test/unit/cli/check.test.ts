import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../support/temp-folder.js';
import { realFiles } from './real-files.js';
import { planb } from './run-planb.js';

const config = `people:
  alice: { slack: U01ALICE }
  bob: { slack: U02BOB }
channels:
  ops: { slack: C0123456 }
targets:
  shop:
    runbook: ./runbooks/back.yaml
    channel: ops
    requesters: [alice, bob]
    with: { url: http://127.0.0.1:1/ }
`;

const runbook = `name: Back
kind: rollback
params:
  to: { type: release, required: true }
steps:
  - id: revert
    name: Back to \${{ params.to }}
    run: [./release, "\${{ params.to }}"]
  - id: ready
    name: Ready
    uses: http.check
    with: { url: "\${{ target.url }}", status: 200 }
`;

async function files(given: Readonly<Record<string, string>>): Promise<{ readonly env: { readonly PLANB_CONFIG: string }; readonly folder: string }> {
  const folder = await tempFolder();
  await mkdir(join(folder, 'runbooks'));
  for (const [name, text] of Object.entries(given)) await writeFile(join(folder, name), text);
  return { env: { PLANB_CONFIG: join(folder, 'planb.yaml') }, folder };
}

async function check(given: Readonly<Record<string, string>>, ...flags: readonly string[]) {
  const { env, folder } = await files(given);
  const said = await planb(['check', ...flags], { ...realFiles, env });
  return { ...said, out: said.out.replaceAll(`${folder}/`, '') };
}

describe('planb check', () => {
  it('finds nothing wrong with sound files', async () => {
    expect(await check({ 'planb.yaml': config, 'runbooks/back.yaml': runbook })).toEqual({ code: 0, out: '✔ planb.yaml: 1 target, 1 runbook, nothing wrong\n', err: '' });
  });

  it('names file, line, column and the nearest right word of every problem', async () => {
    const said = await check({ 'planb.yaml': config.replace('requesters', 'requestors'), 'runbooks/back.yaml': runbook });
    expect(said.code).toBe(2);
    expect(said.out).toContain('planb.yaml:10:5 unknown key "requestors" (did you mean "requesters"?)');
  });

  it('judges each runbook with the actions there are and with what the target gives it', async () => {
    const said = await check({ 'planb.yaml': config, 'runbooks/back.yaml': runbook.replace('http.check', 'http.chek').replace('[./release', '[./release, "${{ target.urll }}"') });
    expect(said.code).toBe(2);
    expect(said.out).toMatch(/^runbooks\/back\.yaml:11:\d+ unknown action "http\.chek" \(did you mean "http\.check"\?\)$/m);
    expect(said.out).toMatch(/^runbooks\/back\.yaml:8:\d+ .*urll.*\(target "shop"\)/m);
    expect(said.err).toBe('planb: 2 problems\n');
  });

  it('says in planb.yaml what a runbook asks for and the target does not give, and what nothing reads', async () => {
    const asking = runbook.replace('steps:', 'target:\n  url: { required: true, description: The health address }\n  cache: {}\nsteps:');
    expect((await check({ 'planb.yaml': config, 'runbooks/back.yaml': asking })).code).toBe(0);
    const said = await check({ 'planb.yaml': config.replace('url: http', 'cahce: redis, ur: http'), 'runbooks/back.yaml': asking });
    expect(said.out.split('\n')).toEqual([
      'planb.yaml:11:5 "with" lacks "url": The health address (runbook ./runbooks/back.yaml) (did you mean "ur, which is there"?)',
      'planb.yaml:11:13 no runbook of target "shop" reads "cahce" (did you mean "cache"?)',
      'planb.yaml:11:27 no runbook of target "shop" reads "ur" (did you mean "url"?)',
      '',
    ]);
  });

  it('says where planb.yaml names a runbook that is not there, or one of another kind', async () => {
    const missing = await check({ 'planb.yaml': config });
    expect(missing.out).toMatch(/^planb\.yaml:8:14 The runbook \.\/runbooks\/back\.yaml cannot be read/);
    const wrong = await check({ 'planb.yaml': config, 'runbooks/back.yaml': runbook.replace('kind: rollback', 'kind: repair') });
    expect(wrong.out).toContain('planb.yaml:8:14 ./runbooks/back.yaml is a runbook of kind repair, not rollback');
  });

  it('says a fault of a shared runbook once', async () => {
    const shared = config + config.slice(config.indexOf('  shop:')).replace('shop:', 'cart:');
    const said = await check({ 'planb.yaml': shared, 'runbooks/back.yaml': runbook.replace('http.check', 'http.chek') });
    expect(said.out.match(/unknown action/g)).toHaveLength(1);
  });

  it('prints JSON for scripts', async () => {
    expect(JSON.parse((await check({ 'planb.yaml': config, 'runbooks/back.yaml': runbook }, '--json')).out)).toEqual({ ok: true, targets: 1, runbooks: 1, problems: [] });
    const said = await check({ 'planb.yaml': 'people: 1', 'runbooks/back.yaml': runbook }, '--json');
    expect(said).toMatchObject({ code: 2, err: '' });
    expect(JSON.parse(said.out)).toMatchObject({ ok: false, problems: expect.arrayContaining([expect.objectContaining({ line: 1, message: expect.stringContaining('expected a mapping') as string })]) as unknown });
  });

  it('says how to begin where there is no planb.yaml', async () => {
    expect(await check({})).toMatchObject({ code: 2, err: expect.stringContaining('planb init') as string });
  });
});
