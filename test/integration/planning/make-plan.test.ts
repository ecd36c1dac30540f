import { describe, expect, it } from 'vitest';

import { boardView } from '../../../jobs/board-view.js';
import { executeStep } from '../../../jobs/execute-step.js';
import { makePlan } from '../../../jobs/planning/make-plan.js';
import { refreshHealth } from '../../../jobs/refresh-health.js';
import { differencesNow } from '../../../jobs/read-facts.js';
import { buildBoard } from '../../../src/board/build.js';
import { TargetDatabaseError } from '../../../src/ports/target-database.js';
import type { Plan } from '../../../src/plan/plan.js';
import type { RunState } from '../../../src/run/state.js';
import { eventually } from '../../support/eventually.js';
import { fakeDocker, imageId } from '../../support/fake-docker.js';
import { planningParts, type PlanningParts } from './planning-parts.js';

const never = new AbortController().signal;

const runbook = (steps: string): string => `name: Back\nkind: rollback\nparams:\n  to: { type: release, required: true }\nsteps:\n${steps}`;
const revert = `  - id: revert
    uses: compose.release
    with: { project: "\${{ target.project }}", services: [app], image: "\${{ params.to }}" }
`;

async function plan({ parts, run }: PlanningParts, given: Partial<RunState> = {}): Promise<Plan> {
  const made = await makePlan(parts, run(given), Date.now(), never);
  if (made.type !== 'PostPlan') throw new Error(`no plan: ${made.message}`);
  return made.plan;
}

describe('a plan', () => {
  it('can be started although its verdict left a step out whose facts it rests on', async () => {
    const docker = await fakeDocker();
    const steps = `${revert}  - id: extra
    if: verdict.kind == 'restore-backup'
    uses: compose.release
    with: { project: "${docker.project}/.", services: [app], image: "1.0.0" }
`;
    const setup = await planningParts({ runbook: runbook(steps), target: `with: { project: "${docker.project}" }` });
    const made = await plan(setup, { params: { to: '1.0.0' } });
    expect(made.steps.map(({ id }) => id)).toEqual(['revert']);
    expect(await differencesNow(setup.parts, setup.run({ plan: made, plannedAt: 1 }), never)).toEqual([]);
  });

  it('pulls a named release that this machine does not have, and says on the board how far it is', async () => {
    const docker = await fakeDocker();
    await docker.set('slow-pull', 'yes');
    const setup = await planningParts({ runbook: runbook(revert), target: `with: { project: "${docker.project}" }` });
    const planning = plan(setup, { params: { to: '0.9.0' } });
    await eventually(async () => expect((await setup.parts.store.progressOf('7KQ'))['']).toBe('pulling repo/app:0.9.0: 3 of 3 layers'));
    await docker.set('slow-pull');
    const made = await planning;
    expect(made.to?.name).toBe('0.9.0');
    // A plan that is made is not being pulled any more.
    expect((await setup.parts.store.progressOf('7KQ'))['']).toBe('');
    expect(made.facts.find(({ key }) => key.startsWith('compose-image:'))?.value).toBe(imageId('0.9.0'));
  });

  it.each([
    ['a release that is nowhere', {}, { to: '0.8.0' }, 'unreadable', /^Revert: repo\/app:0\.8\.0 is not on this machine and cannot be pulled: Error response from daemon: manifest for repo\/app:0\.8\.0 not found$/],
    ['the release that runs', {}, { to: '1.1.0' }, 'release-is-running', /1\.1\.0/],
    ['a service that is not there', {}, { to: '1.0.0' }, 'unreadable', /has no service "web"/],
  ])('of %s fails with one sentence', async (what, given, params, code, message) => {
    const docker = await fakeDocker();
    const setup = await planningParts({ runbook: runbook(what.startsWith('a service') ? revert.replace('[app]', '[web]') : revert), target: `with: { project: "${docker.project}" }` });
    const failed = await makePlan(setup.parts, setup.run({ ...given, params }), Date.now(), never);
    expect(failed).toMatchObject({ type: 'FailPlanning', code, message: expect.stringMatching(message) as string });
  });

  it('lets nothing that people vote on happen before the votes: another release is no preparation', async () => {
    const docker = await fakeDocker();
    const setup = await planningParts({ runbook: runbook(`${revert}    prepare: true\n`), target: `with: { project: "${docker.project}" }` });
    expect(await makePlan(setup.parts, setup.run({ params: { to: '1.0.0' } }), Date.now(), never)).toMatchObject({ type: 'FailPlanning', code: 'bad-prepare', message: expect.stringContaining('change nothing, may run before the votes') as string });
  });

  it('names a secret that is missing before anyone votes, also for a step that reads nothing', async () => {
    const setup = await planningParts({ runbook: runbook('  - id: tell\n    run: ["true"]\n    env: { TOKEN: "${env:NOWHERE}" }\n'), target: 'releases: ["1.0.0"], running: { run: [echo, "1.1.0"] }' });
    expect(await makePlan(setup.parts, setup.run({ params: { to: '1.0.0' } }), Date.now(), never)).toMatchObject({ type: 'FailPlanning', code: 'missing-secret', message: expect.stringContaining('environment variable NOWHERE is missing') as string });
  });

  it.each(['    run: [curl, "${{ target.hook }}"]\n', '    run: ["true"]\n    probe: [curl, "${env:HOOK}"]\n', '    uses: logs.scan\n    with: { source: { run: [cat, "${env:HOOK}"] } }\n'])(
    'never puts a secret among the arguments of a program: %s', async (step) => {
      const setup = await planningParts({ runbook: runbook(`  - id: tell\n${step}`), target: 'releases: ["1.0.0"], running: { run: [echo, "1.1.0"] }, with: { hook: "${env:HOOK}" }', env: { HOOK: 'http://127.0.0.1/secret-path' } });
      expect(await makePlan(setup.parts, setup.run({ params: { to: '1.0.0' } }), Date.now(), never)).toMatchObject({ type: 'FailPlanning', code: expect.stringMatching(/^bad-(input|runbook)$/) as string, message: expect.stringContaining('arguments') as string });
    });

  it('asks a check that is more than a look only when the run comes to it', async () => {
    const asked: string[] = [];
    const setup = await planningParts({ runbook: runbook('  - id: ready\n    uses: http.check\n    with: { url: "http://127.0.0.1:1/pay", method: POST, body: "{}" }\n'), target: 'releases: ["1.0.0"], running: { run: [echo, "1.1.0"] }' });
    const parts = { ...setup.parts, world: { ...setup.parts.world, fetch: (input: string | URL | Request) => { asked.push(input instanceof Request ? input.url : String(input)); return Promise.resolve(new Response('')); } } };
    await plan({ ...setup, parts }, { params: { to: '1.0.0' } });
    expect(asked).toEqual([]);
  });

  it('takes the word of the check that speaks for the service, where one does, for what the service does now', async () => {
    const check = (id: string, more = ''): string => `  - id: ${id}\n    uses: http.check\n    with: { url: "http://127.0.0.1:1/${id}" }\n${more}`;
    for (const [more, up] of [['', true], ['    now: true\n', false]] as const) {
      const setup = await planningParts({ runbook: runbook(check('good') + check('bad', more)), target: 'releases: ["1.0.0"], running: { run: [echo, "1.1.0"] }' });
      const parts = { ...setup.parts, world: { ...setup.parts.world, fetch: (input: string | URL | Request) => Promise.resolve(new Response('', { status: (input instanceof Request ? input.url : String(input)).endsWith('bad') ? 503 : 200 })) } };
      const made = await plan({ ...setup, parts }, { params: { to: '1.0.0' } });
      expect((await setup.parts.store.healthOf('shop'))?.up).toBe(up);
      // And so it stays while the run goes on.
      await refreshHealth(parts, setup.run({ plan: made, plannedAt: 1 }), never);
      expect((await setup.parts.store.healthOf('shop'))?.up).toBe(up);
    }
  });

  it('shows an answer that holds control characters without them: PostgreSQL stores no NUL', async () => {
    const setup = await planningParts({ runbook: runbook('  - id: ready\n    uses: http.check\n    with: { url: "http://127.0.0.1:1/" }\n'), target: 'releases: ["1.0.0"], running: { run: [echo, "1.1.0"] }' });
    const parts = { ...setup.parts, world: { ...setup.parts.world, fetch: () => Promise.resolve(new Response('a\0b\u001b[31mc', { status: 500 })) } };
    const made = await plan({ ...setup, parts }, { params: { to: '1.0.0' } });
    expect(made.facts[0]?.value).toEqual({ good: false, saw: '500, abc' });
    expect((await setup.parts.store.healthOf('shop'))?.saw).toBe('500, abc');
  });

  it('with two steps for one service shows and expects of each its own image', async () => {
    const docker = await fakeDocker();
    const steps = `${revert.replace('id: revert', 'id: pause').replace('${{ params.to }}', '1.1.0')}${revert}`;
    const setup = await planningParts({ runbook: runbook(steps), target: `with: { project: "${docker.project}" }` });
    const made = await plan(setup, { params: { to: '1.0.0' } });
    for (const [index, version] of [[0, '1.1.0'], [1, '1.0.0']] as const) {
      const step = made.steps[index];
      expect(step?.commands[0]).toContain(imageId(version));
      expect(step?.changes).toEqual([{ key: `compose:${docker.project}:app`, to: imageId(version) }]);
      if (step === undefined) throw new Error('no step');
      expect(await executeStep(setup.parts, setup.run({ plan: made, phase: 'running' }), step, 1, never)).toMatchObject({ kind: 'succeeded' });
    }
  });

  it('does not wait for a service that hangs when it looks for drift', async () => {
    const setup = await planningParts({ runbook: runbook('  - id: ready\n    uses: http.check\n    with: { url: "http://127.0.0.1:1/" }\n'), target: 'releases: ["1.0.0"], running: { run: [echo, "1.1.0"] }' });
    let asked = 0;
    const fetch = (): Promise<Response> => { asked += 1; return Promise.resolve(new Response('', { status: 503 })); };
    const parts = { ...setup.parts, world: { ...setup.parts.world, fetch } };
    const made = await plan({ ...setup, parts }, { params: { to: '1.0.0' } });
    expect(asked).toBe(1);
    expect(await differencesNow(parts, setup.run({ plan: made, plannedAt: 1 }), never)).toEqual([]);
    expect(asked).toBe(1);
  });

  it('ends what it began to read when one reading fails', async () => {
    const docker = await fakeDocker();
    await docker.set('slow-pull', 'yes');
    const steps = `${revert}  - id: backup\n    uses: postgres.backup\n    with: { database: "\${env:DB}" }\n`;
    const setup = await planningParts({ runbook: runbook(steps), target: `with: { project: "${docker.project}" }`, env: { DB: 'postgresql://127.0.0.1:1/none' } });
    const connectDatabase = async (): Promise<never> => {
      await eventually(async () => (await docker.calls()).includes('pull repo/app:0.9.0'));
      throw new TargetDatabaseError('unreachable', 'the database cannot be reached');
    };
    const parts = { ...setup.parts, world: { ...setup.parts.world, connectDatabase } };
    const failed = await makePlan(parts, setup.run({ params: { to: '0.9.0' } }), Date.now(), never);
    expect(failed).toMatchObject({ type: 'FailPlanning', message: 'Backup: the database cannot be reached' });
    expect(await docker.calls()).toContain('pull ended');
  });
});

describe('a live system that cannot be read when the votes are there', () => {
  it('is on the board until it can be read again', async () => {
    const docker = await fakeDocker();
    const setup = await planningParts({ runbook: runbook(revert), target: `with: { project: "${docker.project}" }` });
    const made = await plan(setup, { params: { to: '1.0.0' } });
    const state = setup.run({ plan: made, plannedAt: 1, phase: 'voting' });
    const board = async (): Promise<string> => JSON.stringify(buildBoard(state, await boardView(setup.parts, state, 'en', Date.now())).fields);
    expect(await board()).not.toContain('trying again');

    // As the owner of the run says it.
    await setup.parts.store.saveProgress('7KQ', '', 'Revert: the Docker engine does not answer; trying again');
    expect(await board()).toContain('Revert: the Docker engine does not answer; trying again');
    expect(await differencesNow(setup.parts, state, never)).toEqual([]);
    expect(await board()).not.toContain('trying again');
  });
});
