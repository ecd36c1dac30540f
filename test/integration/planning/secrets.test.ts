import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';

import { defineAction } from '../../../jobs/actions/define-action.js';
import { executeStep, prepareUndo } from '../../../jobs/execute-step.js';
import { makePlan } from '../../../jobs/planning/make-plan.js';
import { settleStep } from '../../../jobs/settle-step.js';
import type { Plan } from '../../../src/plan/plan.js';
import { tempFolder } from '../../support/temp-folder.js';
import { planningParts, type PlanningParts } from './planning-parts.js';

const never = new AbortController().signal;
const target = 'releases: ["1.0.0"], running: { run: [echo, "1.1.0"] }';
const secret = 'correct-horse-battery';

async function plan({ parts, run }: PlanningParts): Promise<Plan> {
  const made = await makePlan(parts, run({ params: { to: '1.0.0' } }), Date.now(), never);
  if (made.type !== 'PostPlan') throw new Error(`no plan: ${made.message}`);
  return made.plan;
}

function runbook(step: string): string {
  return `name: Back\nkind: rollback\nparams:\n  to: { type: release, required: true }\nsteps:\n  - id: only\n${step}`;
}

async function execute(setup: PlanningParts, made: Plan) {
  const [step] = made.steps;
  if (step === undefined) throw new Error('no step');
  const outcome = await executeStep(setup.parts, setup.run({ plan: made, phase: 'running' }), step, 1, never);
  return { outcome, log: await setup.parts.store.logOf('7KQ', 'only', 1, 100) };
}

describe('a secret that only a runbook names', () => {
  it('is nowhere in plan, output, error or log', async () => {
    const setup = await planningParts({ runbook: runbook('    run: [sh, -c, "echo $TOKEN; exit 3"]\n    env: { TOKEN: "${env:TOKEN}" }\n'), target, env: { TOKEN: secret } });
    const made = await plan(setup);
    expect(JSON.stringify(made)).not.toContain(secret);
    const { outcome, log } = await execute(setup, made);
    expect(outcome).toMatchObject({ kind: 'failed', error: { message: 'exit code 3: ***TOKEN***' } });
    expect(log).toEqual(['***TOKEN***']);
  });

  it('and that another file holds by now is masked as it is now', async () => {
    const folder = await tempFolder();
    await writeFile(join(folder, 'token'), `${secret}\n`);
    const setup = await planningParts({ runbook: runbook(`    run: [sh, -c, "echo $TOKEN"]\n    env: { TOKEN: "\${file:${folder}/token}" }\n`), target });
    const made = await plan(setup);
    await writeFile(join(folder, 'token'), 'another-one-entirely\n');
    const { outcome } = await execute(setup, made);
    expect(outcome).toMatchObject({ kind: 'succeeded' });
    expect(JSON.stringify(outcome)).not.toContain('another-one-entirely');
  });

  it('reaches the programs of every step, not of run alone', async () => {
    const folder = await tempFolder();
    const step = `    uses: logs.scan\n    env: { TOKEN: "\${env:TOKEN}" }\n    with: { source: { run: [sh, -c, "echo $TOKEN > ${folder}/got"] } }\n`;
    const setup = await planningParts({ runbook: runbook(step), target, env: { TOKEN: secret } });
    expect((await execute(setup, await plan(setup))).outcome).toMatchObject({ kind: 'succeeded' });
    expect(await readFile(join(folder, 'got'), 'utf8')).toBe(`${secret}\n`);
  });

  it('that is too short to be hidden is refused', async () => {
    const setup = await planningParts({ runbook: runbook('    run: ["true"]\n    env: { TOKEN: "${env:TOKEN}" }\n'), target, env: { TOKEN: 'abc' } });
    await expect(plan(setup)).rejects.toThrow('The secret of step "Only" has 3 characters');
  });
});

describe('a secret reference', () => {
  it('that points elsewhere on the worker that executes is not followed', async () => {
    const env: Record<string, string> = { DB: 'postgresql://shop:password-one@/shop?host=/run/a' };
    const setup = await planningParts({ runbook: runbook('    run: ["true"]\n    env: { DB: "${env:DB}" }\n'), target, env });
    const made = await plan(setup);
    const at = (url: string) => {
      const world = { ...setup.parts.world, references: { ...setup.parts.world.references, env: () => url } };
      return execute({ ...setup, parts: { ...setup.parts, world } }, made);
    };
    expect((await at('postgresql://shop:password-two@/shop?host=/run/a')).outcome).toMatchObject({ kind: 'succeeded' });
    expect((await at('postgresql://shop:password-one@/shop?host=/run/b')).outcome).toMatchObject({ kind: 'failed', error: { code: 'reference-moved' } });
    expect((await at('postgresql://shop:password-one@one:1,two:2/shop')).outcome).toMatchObject({ kind: 'failed', error: { code: 'reference-moved' } });
  });

  it('that somebody typed is text and never followed', async () => {
    const setup = await planningParts({ runbook: runbook('    uses: notify\n    with: { channel: ops, text: "${{ params.to }}" }\n'), target: 'runbooks: {}', env: { TOKEN: secret } });
    const made = await makePlan(setup.parts, setup.run({ params: { to: '${env:TOKEN}' } }), Date.now(), never);
    expect(made).toMatchObject({ type: 'FailPlanning' });
    expect(JSON.stringify(made)).not.toContain(secret);
  });
});

describe('a channel that is notified', () => {
  const step = '    uses: notify\n    with: { channel: ops, text: "shop is back, ${env:TOKEN}" }\n';

  it('hears it once, although the worker died before its receipt, and no secret', async () => {
    const setup = await planningParts({ runbook: runbook(step), target, env: { TOKEN: secret } });
    const made = await plan(setup);
    const [planned] = made.steps;
    if (planned === undefined) throw new Error('no step');
    for (const attempt of [1, 2]) {
      expect(await executeStep(setup.parts, setup.run({ plan: made, phase: 'running' }), planned, attempt, never)).toMatchObject({ kind: 'succeeded' });
    }
    const { rows } = await setup.database.pool.query<{ lines: unknown }>("SELECT payload #> '{notice,lines}' AS lines FROM messages");
    expect(rows.map(({ lines }) => lines)).toEqual([[['shop is back, ***TOKEN***']], [['shop is back, ***TOKEN***']]]);
  });
});

describe('an action that hands a secret back', () => {
  it('finds it masked in facts, undo, receipt, error and probe', async () => {
    const careless = defineAction({
      name: 'careless', summary: 'Gives away what it was given.', input: z.object({ token: z.string() }), defaultTimeoutMs: 1_000,
      inspect: (_context, { token }) => Promise.resolve([{ key: 'k', kind: 'identity', label: `of ${token}`, value: { list: [token], [token]: 1 }, readAt: '' }]),
      describe: ({ token }) => ({ commands: [token], effect: 'idempotent', destructive: false, changes: [] }),
      before: (_context, { token }) => Promise.resolve({ rows: [{ logs: `refused for ${token}` }] }),
      execute: (context, { token }) => Promise.resolve(context.attemptId.endsWith('/1') ? { ok: true, receipt: { token } } : { ok: false, retryable: false, error: { code: 'x', message: token, tail: token } }),
      probe: (_context, { token }) => Promise.resolve({ outcome: 'happened', saw: token, receipt: { token } }),
    });
    const setup = await planningParts({ runbook: runbook('    uses: careless\n    with: { token: "${env:TOKEN}" }\n'), target, env: { TOKEN: secret } });
    const parts = { ...setup.parts, actions: new Map([['careless', careless]]) };
    const made = await plan({ ...setup, parts });
    expect(made).toMatchObject({ facts: [{ label: 'of ***TOKEN***', value: { list: ['***TOKEN***'], '***TOKEN***': 1 } }], steps: [{ commands: ['${env:TOKEN}'] }] });
    const [planned] = made.steps;
    if (planned === undefined) throw new Error('no step');
    const state = setup.run({ plan: made, phase: 'running' });
    expect(await prepareUndo(parts, state, planned, 1, never)).toEqual({ rows: [{ logs: 'refused for ***TOKEN***' }] });
    expect(await executeStep(parts, state, planned, 1, never)).toEqual({ kind: 'succeeded', receipt: { token: '***TOKEN***' } });
    expect(await executeStep(parts, state, planned, 2, never)).toMatchObject({ kind: 'failed', error: { message: '***TOKEN***', tail: '***TOKEN***' } });
    expect(await settleStep(parts, state, planned, { id: 'only', status: 'running', attempt: 1 }, never)).toEqual({ kind: 'happened', receipt: { token: '***TOKEN***' } });
  });
});
