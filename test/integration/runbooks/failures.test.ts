import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { boardView } from '../../../jobs/board-view.js';
import { buildBoard } from '../../../src/board/build.js';
import type { PlannedStep } from '../../../src/plan/plan.js';
import type { RunState, StepState } from '../../../src/run/state.js';
import { boardText } from '../../support/board-text.js';
import { eventually } from '../../support/eventually.js';
import { hereAction } from '../../../src/run/presence.js';
import { done, failing } from '../jobs/fake-actions.js';
import { BuiltInRuns, parsed } from './built-in-runs.js';
import { situations, type Situation } from './situations.js';
import { Turns } from './turns.js';

/** Runbooks whose failures are tested with their own actions. */
const elsewhere = ['prisma-repair'];

const cases = Object.entries(situations).flatMap(([runbook, all]) => all.map((situation) => ({ runbook, situation, earlier: all.slice(0, all.indexOf(situation)) })));
const reached = new Map<string, Set<string>>();

test('every built-in runbook is in the table', () => {
  const files = readdirSync(new URL('../../../runbooks/', import.meta.url)).map((file) => file.replace(/\.yaml$/, ''));
  expect(files.filter((name) => !Object.hasOwn(situations, name) && !elsewhere.includes(name))).toEqual([]);
});

const stepOf = (state: RunState, id: string): StepState => {
  const step = state.steps.find((one) => one.id === id);
  if (step === undefined) throw new Error(`there is no step ${id}`);
  return step;
};

async function board({ planb }: BuiltInRuns, run: string): Promise<string> {
  const parts = planb.workers[0]?.parts;
  if (parts === undefined) throw new Error('there is no worker');
  const state = await planb.state(run);
  return boardText(buildBoard(state, await boardView(parts, state, 'en', await planb.store.now())));
}

/** Waits until people are asked about this step; other lines of people are answered with Done. Nobody can fail to be at hand: such a line only waits. */
async function failAt(runs: BuiltInRuns, run: string, { id, uses }: PlannedStep, attempt: number): Promise<RunState> {
  if (uses === hereAction) return runs.carry(run, id, (state) => stepOf(state, id).status === 'awaiting');
  if (uses === 'manual') {
    await runs.carry(run, id, (state) => stepOf(state, id).status === 'awaiting' && stepOf(state, id).attempt === attempt);
    await runs.planb.answer('bob', run, 'failed');
  }
  return runs.carry(run, id, (state) => state.phase === 'running' && stepOf(state, id).status === 'failed' && stepOf(state, id).attempt === attempt);
}

/** Retry, Skip and "It was done" of a step that destroys need a second person. */
async function answer({ planb }: BuiltInRuns, run: string, step: PlannedStep, word: 'retry' | 'skip'): Promise<void> {
  expect(await planb.answer('bob', run, word)).toBe(`${word} ${run}`);
  if (!step.destructive) return;
  expect(stepOf(await planb.state(run), step.id).status).toBe('failed');
  await planb.answer('carol', run, word);
}

async function started(runbook: string, situation: Situation): Promise<{ readonly runs: BuiltInRuns; readonly turns: Turns; readonly fail: (ids: readonly string[]) => void }> {
  const runs = await BuiltInRuns.start(runbook, situation);
  const turns = new Turns();
  const fail = (ids: readonly string[]): void => {
    for (const { id, continueOnError } of parsed(runbook).steps) runs.planb.target.on(id, (context) => (!ids.includes(id) ? done : continueOnError ? failing() : turns.fail(context)));
  };
  return { runs, turns, fail };
}

/** The next question; undefined at the end of the run. */
async function nextQuestion({ planb }: BuiltInRuns, run: string): Promise<{ readonly state: RunState; readonly step: PlannedStep } | undefined> {
  const isAsked = ({ status }: StepState): boolean => status === 'failed' || status === 'awaiting';
  const state = await planb.until(run, ({ phase, steps }) => phase === 'ended' || (phase === 'running' && steps.some(isAsked)));
  const id = state.phase === 'ended' ? undefined : state.steps.find(isAsked)?.id;
  const step = state.plan?.steps.find((one) => one.id === id);
  return step === undefined ? undefined : { state, step };
}

describe.each(cases)('$runbook, $situation.name:', ({ runbook, situation, earlier }) => {
  const all = parsed(runbook).steps.map(({ id }) => id);

  test('each step that fails asks, and Retry does it again', async () => {
    const { runs, turns, fail } = await started(runbook, situation);
    fail(all);
    const { id: run, plan } = await runs.plan();
    await runs.approve(run);
    const steps = plan?.steps ?? [];
    reached.set(runbook, new Set([...(reached.get(runbook) ?? []), ...steps.map(({ id }) => id)]));
    for (let question = await nextQuestion(runs, run); question !== undefined; question = await nextQuestion(runs, run)) {
      const { step } = question;
      await failAt(runs, run, step, 1);
      const asked = await board(runs, run);
      if (step.uses === hereAction) {
        for (const button of ['[Here]', '[Stop]']) expect(asked).toContain(button);
        await runs.gather(run, step.id);
        continue;
      }
      expect(asked).toContain(step.name);
      if (step.uses !== 'manual') expect(asked).toContain('exit code 1');
      for (const button of ['[Retry]', '[Skip]', '[Stop]']) expect(asked).toContain(button);
      await answer(runs, run, step, 'retry');
      if (step.uses === 'manual') {
        await runs.planb.until(run, (state) => stepOf(state, step.id).status === 'awaiting');
        await runs.planb.answer('carol', run, 'done');
      }
      await runs.planb.until(run, (state) => stepOf(state, step.id).status === 'succeeded');
      turns.end(step.id);
    }
    const ended = await runs.planb.state(run);
    for (const { id, uses, continueOnError } of steps) expect(stepOf(ended, id)).toMatchObject(continueOnError ? { status: 'tolerated' } : { status: 'succeeded', attempt: uses === hereAction ? 1 : 2 });
    expect(ended.outcome).toBe(steps.some(({ check }) => check) ? 'verified' : 'finished-not-verified');
  });

  test('Skip goes on without a step, never to the end as verified, and never past an unproven backup', async () => {
    const { runs, turns, fail } = await started(runbook, situation);
    fail(all);
    const { id: run, plan } = await runs.plan();
    await runs.approve(run);
    for (let question = await nextQuestion(runs, run); question !== undefined; question = await nextQuestion(runs, run)) {
      const { state, step } = question;
      if (step.uses === hereAction) {
        expect(await runs.planb.answer('bob', run, 'skip')).toBe('refused: answer-does-not-fit');
        await runs.gather(run, step.id);
        continue;
      }
      // The way back was skipped: DNS of a migration does not move without it.
      if (runbook === 'server-migration' && step.uses === 'dns.switch') {
        expect(stepOf(state, step.id).error?.code).toBe('way-back-not-planned');
        expect(runs.planb.target.times(step.id)).toBe(0);
      }
      const asked = stepOf(state, step.id).status === 'awaiting' ? await failAt(runs, run, step, 1) : state;
      if (step.destructive) {
        expect(stepOf(asked, step.id).error?.code).toBe('backup-not-proven');
        expect(runs.planb.target.times(step.id)).toBe(0);
      }
      await answer(runs, run, step, 'skip');
      await runs.planb.until(run, (now) => stepOf(now, step.id).status === 'skipped');
      turns.end(step.id);
    }
    const ended = await runs.planb.state(run);
    for (const { id, uses, continueOnError } of plan?.steps ?? []) expect(stepOf(ended, id).status).toBe(continueOnError ? 'tolerated' : uses === hereAction ? 'succeeded' : 'skipped');
    expect(ended.outcome).toBe('finished-not-verified');
  });

  test('Stop ends it at each step, and nothing that waits for that step begins', async () => {
    const known = new Set<string>();
    for (const one of earlier) for (const { id } of (await (await BuiltInRuns.start(runbook, one)).plan()).plan?.steps ?? []) known.add(id);
    const { runs, fail } = await started(runbook, situation);
    fail([]);
    const looked = await runs.plan();
    await runs.planb.vote('alice', looked.id, 'reject');
    // Of a move with its many checks, what acts is enough: each step takes a run of its own.
    const concerned = (step: PlannedStep): boolean => !known.has(step.id) && !step.continueOnError && (step.effect !== 'read' || !runbook.startsWith('server-'));
    for (const step of (looked.plan?.steps ?? []).filter(concerned)) {
      await eventually(async () => (await runs.planb.store.lockOf('shop')) === undefined);
      // Turns are one run's.
      runs.planb.target.on(step.id, () => failing());
      const { id: run } = await runs.plan();
      await runs.approve(run);
      await failAt(runs, run, step, 1);
      await runs.planb.answer('bob', run, 'stop');
      const stopped = await runs.planb.until(run, ({ phase }) => phase === 'ended');
      expect(stopped.outcome).toBe('stopped');
      expect(stepOf(stopped, step.id).status).toBe('abandoned');
      for (const later of stopped.plan?.steps.filter(({ needs }) => needs.includes(step.id)) ?? []) expect(stepOf(stopped, later.id).status).toBe('not-run');
      fail([]);
    }
  });
});

test('the situations reach every step of every runbook', () => {
  for (const runbook of Object.keys(situations)) expect([...(reached.get(runbook) ?? [])].sort(), runbook).toEqual(parsed(runbook).steps.map(({ id }) => id).sort());
});
