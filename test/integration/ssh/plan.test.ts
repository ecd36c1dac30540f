import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { executeStep } from '../../../jobs/execute-step.js';
import { heldLines } from '../../../jobs/held.js';
import { makePlan } from '../../../jobs/planning/make-plan.js';
import { differencesNow } from '../../../jobs/read-facts.js';
import { settleStep } from '../../../jobs/settle-step.js';
import type { Parts } from '../../../jobs/parts.js';
import type { Plan } from '../../../src/plan/plan.js';
import { fakeDocker, imageId } from '../../support/fake-docker.js';
import { sshHosts, startSshd } from '../../support/ssh/sshd.js';
import { planningParts } from '../planning/planning-parts.js';

const never = new AbortController().signal;
const runbook = (steps: string): string => `name: Back\nkind: rollback\nparams:\n  to: { type: release, required: true }\nsteps:\n${steps}`;
const revert = (more = ''): string => `  - id: revert
    uses: compose.release
    with: { project: "\${{ target.project }}", services: [app], image: "\${{ params.to }}" }
${more}`;

/** Docker's command is on the PATH of the other machine only. */
async function remoteDocker() {
  const local = process.env['PATH'] ?? '';
  const docker = await fakeDocker();
  const sshd = await startSshd([`SetEnv PATH=${process.env['PATH'] ?? ''}`]);
  process.env['PATH'] = local;
  return { docker, sshd };
}

test('compose.release plans, puts back and holds a project on another machine', async () => {
  const { docker, sshd } = await remoteDocker();
  const setup = await planningParts({ runbook: runbook(`${revert()}  - { id: tell, uses: notify, with: { channel: ops, text: done } }\n`), target: `with: { project: "${docker.project}" }, on: "${sshd.address}"` });
  const parts: Parts = { ...setup.parts, world: { ...setup.parts.world, hosts: sshHosts(sshd) } };
  const made = await makePlan(parts, setup.run({ params: { to: '1.0.0' } }), Date.now(), never);
  if (made.type !== 'PostPlan') throw new Error(made.message);
  const { plan } = made;
  expect(plan.from).toMatchObject({ name: '1.1.0' });
  expect(plan.steps.map(({ on, apart }) => ({ on, apart }))).toEqual([{ on: sshd.address, apart: undefined }, { on: undefined, apart: undefined }]);
  expect(await differencesNow(parts, setup.run({ plan, plannedAt: 1 }), never)).toEqual([]);
  const state = setup.run({ plan, phase: 'running' });
  expect(await executeStep(parts, state, step(plan, 'revert'), 1, never)).toMatchObject({ kind: 'succeeded' });
  expect(await docker.running()).toBe(imageId('1.0.0'));
  expect(await readFile(join(docker.project, '.planb.override.yaml'), 'utf8')).toContain(imageId('1.0.0'));
  const target = parts.config.targets['shop'];
  if (target === undefined) throw new Error('no target');
  expect(await heldLines(parts, target, never)).toEqual([expect.stringContaining('change it to')]);
});

test('the same folder on two machines gives two sets of facts', async () => {
  const { docker, sshd } = await remoteDocker();
  const here = await fakeDocker();
  const steps = `${revert()}  - id: second
    uses: compose.release
    on: "${sshd.address}"
    with: { project: "${docker.project}", services: [app], image: "1.0.0" }
`;
  const setup = await planningParts({ runbook: runbook(steps), target: `with: { project: "${here.project}" }` });
  const parts: Parts = { ...setup.parts, world: { ...setup.parts.world, hosts: sshHosts(sshd) } };
  const made = await makePlan(parts, setup.run({ params: { to: '1.0.0' } }), Date.now(), never);
  if (made.type !== 'PostPlan') throw new Error(made.message);
  const second = step(made.plan, 'second');
  expect(second).toMatchObject({ on: sshd.address, apart: true, changes: [{ key: `compose:${docker.project}:app@${sshd.address}`, to: imageId('1.0.0') }] });
  expect(made.plan.facts.map(({ key }) => key)).toContain(`compose:${docker.project}:app@${sshd.address}`);
  expect(await executeStep(parts, setup.run({ plan: made.plan, phase: 'running' }), second, 1, never)).toMatchObject({ kind: 'succeeded' });
});

test('an action that works here only is refused in one sentence', async () => {
  const steps = '  - { id: note, uses: changelog.note, on: "ssh://deploy@web1", with: { file: /srv/shop/CHANGELOG.md, text: "Taken back" } }\n';
  const setup = await planningParts({ runbook: `name: B\nkind: rollback\nsteps:\n${steps}` });
  expect(await makePlan(setup.parts, setup.run(), Date.now(), never)).toMatchObject({ type: 'FailPlanning', code: 'not-remote', message: 'Step "Note": changelog.note works on planb\'s own machine only, so leave "on" out.' });
});

test('a step whose machine is away when it must be ended is unknown, and settled once the machine is back', async () => {
  const sshd = await startSshd();
  const setup = await planningParts({ runbook: 'name: B\nkind: rollback\nsteps:\n  - { id: act, run: [sleep, "3000"], effect: idempotent }\n', target: `on: "${sshd.address}"` });
  const parts: Parts = { ...setup.parts, world: { ...setup.parts.world, hosts: sshHosts(sshd) } };
  const made = await makePlan(parts, setup.run(), Date.now(), never);
  if (made.type !== 'PostPlan') throw new Error(made.message);
  const run = `a${String(process.pid)}`;
  const state = { ...setup.run({ plan: made.plan, phase: 'running' }), id: run };
  const stop = new AbortController();
  const running = executeStep(parts, state, step(made.plan, 'act'), 1, stop.signal);
  await expect.poll(async () => (await sshHosts(sshd).at(sshd.address).runProgram({ argv: ['sh', '-c', `grep -l "^pid" /tmp/planb-$(id -u)/${run}*`] })).ok).toBe(true);
  await sshd.stop();
  stop.abort();
  expect(await running).toEqual({ kind: 'aborted' });
  const attempt = { id: 'act', status: 'running' as const, attempt: 1, firstStartedAt: 1, owner: { worker: parts.worker, identity: parts.world.identity } };
  const settle = () => settleStep(parts, state, step(made.plan, 'act'), attempt, never);
  expect(await settle()).toMatchObject({ kind: 'unknown', saw: expect.stringMatching(/^whether the step still runs on ssh:\S+ is not known: .*Connection refused\. Look there before you choose$/) as string });
  await sshd.start();
  expect(await settle()).toMatchObject({ kind: 'again' });
});

function step(plan: Plan, id: string): Plan['steps'][number] {
  const found = plan.steps.find((one) => one.id === id);
  if (found === undefined) throw new Error(`no step ${id}`);
  return found;
}
