import { chmod, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { loadRun } from '../../../jobs/record.js';
import { eventually } from '../../support/eventually.js';
import { tempFolder } from '../../support/temp-folder.js';
import { realFiles } from '../../unit/cli/real-files.js';
import { planb } from '../../unit/cli/run-planb.js';
import { speakingEngine } from '../jobs/speaking-engine.js';
import { planningParts } from '../planning/planning-parts.js';

const page = await readFile(new URL('../../../docs/write-a-runbook.md', import.meta.url), 'utf8');
const [runbook = '', config = ''] = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block]) => block ?? '');

async function check(given: { readonly runbook?: string; readonly config?: string }): Promise<{ readonly code: number; readonly out: string }> {
  const folder = await tempFolder('planb-own');
  await mkdir(join(folder, 'runbooks'));
  await writeFile(join(folder, 'planb.yaml'), given.config ?? config);
  await writeFile(join(folder, 'runbooks/search.yaml'), given.runbook ?? runbook);
  const { code, out } = await planb(['check'], { ...realFiles, env: { PLANB_CONFIG: join(folder, 'planb.yaml') } });
  return { code, out: out.replaceAll(`${folder}/`, '') };
}

test('the page\'s two files are right as they stand, ten lines the runbook', async () => {
  expect(runbook.trimEnd().split('\n')).toHaveLength(10);
  expect(await check({})).toEqual({ code: 0, out: '✔ planb.yaml: 1 target, 1 runbook, nothing wrong\n' });
});

test.each<[string, Parameters<typeof check>[0]]>([
  ['unknown action', { runbook: runbook.replace('http.check', 'http.chek') }],
  ['there is no "target.ur"', { runbook: runbook.replace('target.url }}/health', 'target.ur }}/health') }],
  ['unknown key "withn"', { runbook: runbook.replace('within', 'withn') }],
  ['unknown step "redy"', { runbook: runbook.replace('  - id: ready', '  - { id: tell, needs: [redy], run: [echo] }\n  - id: ready') }],
  ['"with" lacks "url"', { config: config.replace(', url: http://127.0.0.1:9200', '') }],
])('planb check says what the page says: %s', async (words, given) => {
  const said = (await check(given)).out.split('\n').find((line) => line.includes(words));
  expect(said).toBeDefined();
  expect(page.split('`').find((code) => code.includes(words) && code.includes('.yaml:'))).toBe(said);
});

test('it puts a release back, asked for and approved, and looks whether the service answers', async () => {
  const folder = await tempFolder('planb-own');
  const [program, running] = [join(folder, 'release.sh'), join(folder, 'running')];
  await writeFile(running, '1.1.0');
  await writeFile(program, `#!/bin/sh\nprintf %s "$1" > ${running}\n`);
  await chmod(program, 0o755);
  const server = createServer((request, response) => {
    void readFile(running, 'utf8').then((release) => response.writeHead(request.url === '/health' && release === '1.0.0' ? 200 : 503).end());
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => { server.close(); });

  const given = z.object({ targets: z.object({ search: z.object({ with: z.record(z.string(), z.string()), releases: z.array(z.string()) }) }) }).parse(parse(config)).targets.search;
  const values = { ...given.with, program, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  const { parts } = await planningParts({ runbook, target: `releases: ${JSON.stringify(given.releases)}, with: ${JSON.stringify(values)}` });
  const say = await speakingEngine(parts);
  const run = (await say('alice', { kind: 'request', run: 'rollback', target: 'shop', to: '1.0.0', reason: 'the index is empty' })).replace('run ', '');
  await eventually(async () => (await loadRun(parts, run)).state.phase === 'voting');
  for (const person of ['alice', 'bob'] as const) await say(person, { kind: 'vote', run, choice: 'approve' });
  await eventually(async () => (await loadRun(parts, run)).state.phase === 'ended');
  expect((await loadRun(parts, run)).state).toMatchObject({ outcome: 'verified' });
  expect(await readFile(running, 'utf8')).toBe('1.0.0');
});
