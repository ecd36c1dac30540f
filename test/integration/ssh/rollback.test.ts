import { appendFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { executeStep } from '../../../jobs/execute-step.js';
import { makePlan } from '../../../jobs/planning/make-plan.js';
import type { Parts } from '../../../jobs/parts.js';
import { differencesNow } from '../../../jobs/read-facts.js';
import type { RunState } from '../../../src/run/state.js';
import { fakeDocker, imageId } from '../../support/fake-docker.js';
import { createDatabase } from '../../support/postgres.js';
import { sshHosts, startSshd } from '../../support/ssh/sshd.js';
import { tempFolder } from '../../support/temp-folder.js';
import { planningParts } from '../planning/planning-parts.js';

vi.setConfig({ testTimeout: 120_000 });
const never = new AbortController().signal;

test('a whole rollback of a target on another machine: backup and proof here, release, files, log and database there', async () => {
  const local = process.env['PATH'] ?? '';
  const docker = await fakeDocker();
  const sshd = await startSshd([`SetEnv PATH=${process.env['PATH'] ?? ''}`]);
  process.env['PATH'] = local;
  const shop = await createDatabase();
  onTestFinished(() => shop.drop());
  await shop.pool.query('CREATE TABLE orders AS SELECT n FROM generate_series(1, 500) n');
  const [folder, log] = [join(await tempFolder(), 'dumps'), join(docker.project, 'app.log')];
  await writeFile(log, '');
  const runbook = `name: Back
kind: rollback
params:
  to: { type: release, required: true }
steps:
  - { id: backup, uses: postgres.backup, prepare: true, with: { database: "\${{ target.database }}", folder: ${folder} } }
  - { id: proof, uses: postgres.prove, needs: [backup], with: { backup: backup } }
  - { id: config, uses: file.check, with: { path: ${join(docker.project, 'compose.yaml')}, has: [services.app], frozen: true } }
  - { id: revert, uses: compose.release, needs: [backup, config], with: { project: "\${{ target.project }}", services: [app], image: "\${{ params.to }}" } }
  - { id: log, uses: logs.scan, needs: [revert], with: { source: { file: ${log} }, patterns: ["does not exist"] } }
  - { id: rows, uses: postgres.query, needs: [revert], with: { database: "\${{ target.database }}", sql: "SELECT count(*)::int AS orders FROM orders", expect: { value: 500 } } }
`;
  const setup = await planningParts({ runbook, target: `with: { project: "${docker.project}", database: "\${env:SHOP_URL}" }, on: "${sshd.address}"`, env: { SHOP_URL: shop.url } });
  const parts: Parts = { ...setup.parts, world: { ...setup.parts.world, hosts: sshHosts(sshd) } };
  const made = await makePlan(parts, setup.run({ params: { to: '1.0.0' } }), Date.now(), never);
  if (made.type !== 'PostPlan') throw new Error(made.message);
  const { plan } = made;
  expect(Object.fromEntries(plan.steps.map(({ id, on }) => [id, on]))).toEqual({ backup: sshd.address, config: sshd.address, revert: sshd.address, log: sshd.address, rows: sshd.address });
  expect(await differencesNow(parts, setup.run({ plan, plannedAt: 1 }), never)).toEqual([]);
  await appendFile(log, `${new Date(Date.now() - 3_600_000).toISOString()} column "x" does not exist\n`);
  let state: RunState = setup.run({ plan, phase: 'running' });
  for (const step of plan.steps) {
    const outcome = await executeStep(parts, state, step, 1, never);
    if (outcome.kind !== 'succeeded') throw new Error(`${step.id}: ${JSON.stringify(outcome)}`);
    state = { ...state, steps: [...state.steps, { id: step.id, status: 'succeeded', attempt: 1, firstStartedAt: Date.now(), receipt: outcome.receipt }] };
  }
  expect(await docker.running()).toBe(imageId('1.0.0'));
  const [dump] = await readdir(folder);
  expect(await readdir(join(folder, dump ?? ''))).toEqual(expect.arrayContaining(['planb-manifest.json', 'planb-proof.json', 'toc.dat']));
});
