import { describe, expect, it } from 'vitest';
import { planDigest } from '../../../src/plan/digest.js';
import type { RunEvent } from '../../../src/run/events.js';
import { given } from '../../support/given.js';
import { again, backup, check, loss, plan, proven, revert, reverted, started } from './destroying-run.js';
import { begin, begun, failed, lost, minute, owner, planOf, posted, requested, startedWith, step, succeeded, t0, voted } from './sample.js';

const error = { code: 'exit-code', message: 'exit code 1' };

describe('beginning a step', () => {
  it('records attempt, token, owner and what undoing needs', () => {
    given(...started).when({ ...begin('backup'), undo: { image: 'a' } }).then({ type: 'StepStarted', at: t0, step: 'backup', attempt: 1, token: 1, owner, undo: { image: 'a' } });
  });

  it('waits for the votes, unless it only prepares', () => {
    const voting = [requested, posted(plan), voted(plan, 'alice')];
    given(...voting).when(begin('backup')).then(begun('backup'));
    given(...voting, ...proven).when(begin('revert')).refused('run-not-running');
    given(requested).when(begin('backup')).refused('step-not-ready');
  });

  it.each([
    ['destroys', { prepare: true, destructive: true, effect: 'idempotent' }],
    ['happens once', { prepare: true, effect: 'once' }],
    ['is not marked', { effect: 'read' }],
  ] as const)('never prepares with a step that %s', (_what, rest) => {
    given(requested, posted(planOf([step('s', rest)]))).when(begin('s')).refused('run-not-running');
  });

  it('comes after what it needs, which has passed', () => {
    given(...started).when(begin('revert')).refused('step-not-ready');
    given(...started, begun('backup'), failed('backup')).when(begin('revert')).refused('step-not-ready');
    given(...started).when(begin('nothing')).refused('step-not-ready');
    const skipped: RunEvent = { type: 'AnswerGiven', at: t0, step: 'backup', attempt: 1, answer: 'skip', people: ['bob'] };
    given(...started, begun('backup'), failed('backup'), skipped).when(begin('revert')).then(begun('revert'));
  });

  it('happens once an attempt', () => {
    given(...started, begun('backup')).when(begin('backup')).refused('step-already-started');
    given(...started, ...proven).when(begin('backup')).refused('step-already-started');
  });

  it('waits for the instant of an automatic retry', () => {
    const retrying: RunEvent = { type: 'StepFailed', at: t0, step: 'backup', attempt: 1, error, retryAt: t0 + minute };
    given(...started, begun('backup'), retrying).when(begin('backup', t0 + minute - 1)).refused('step-already-started');
    given(...started, begun('backup'), retrying).when(begin('backup', t0 + minute)).then(begun('backup', 2, t0 + minute));
  });
});

describe('the end of an attempt', () => {
  const running = [...started, begun('backup')];
  it('is recorded once, for the attempt that is on', () => {
    given(...running).when({ type: 'SucceedStep', now: t0, step: 'backup', attempt: 1, receipt: { bytes: 1 } }).then(succeeded('backup', { bytes: 1 }));
    given(...running).when({ type: 'SucceedStep', now: t0, step: 'backup', attempt: 1, receipt: {}, found: 'probe' }).then({ type: 'StepSucceeded', at: t0, step: 'backup', attempt: 1, receipt: {}, found: 'probe' });
    given(...running, succeeded('backup')).when({ type: 'SucceedStep', now: t0, step: 'backup', attempt: 1, receipt: {} }).refused('attempt-outdated');
    given(...running).when({ type: 'FailStep', now: t0, step: 'backup', attempt: 2, error, retryable: true }).refused('attempt-outdated');
    given(...running).when({ type: 'LoseStep', now: t0, step: 'revert', attempt: 1, saw: '' }).refused('attempt-outdated');
    given(...running).when({ type: 'InterruptStep', now: t0, step: 'nothing', attempt: 1, note: '', again: true }).refused('attempt-outdated');
  });

  it('in failure tries again by itself only while tries are left and another try may help', () => {
    const patient = planOf([step('s', { retry: { max: 1, delayMs: 5_000 } })]);
    const first = [...startedWith(patient), begun('s')];
    const fail = { type: 'FailStep', now: t0, step: 's', attempt: 1, error, retryable: true } as const;
    given(...first).when(fail).then({ ...failed('s') as Extract<RunEvent, { type: 'StepFailed' }>, retryAt: t0 + 5_000 });
    given(...first).when({ ...fail, retryable: false }).then(failed('s'));
    given(...startedWith(patient), begun('s', 2)).when({ ...fail, attempt: 2 }).then(failed('s', t0, 2));
    given(...first, { type: 'RunEnding', at: t0, outcome: 'stopped' }).when(fail).then(failed('s'));
  });

  it('in failure is tolerated where the runbook says so', () => {
    const tolerant = planOf([step('s', { continueOnError: true }), step('next', { needs: ['s'] })]);
    const { state } = given(...startedWith(tolerant), begun('s')).when({ type: 'FailStep', now: t0, step: 's', attempt: 1, error, retryable: false }).accepted();
    expect(state.steps[0]?.status).toBe('tolerated');
    given(...startedWith(tolerant), begun('s'), failed('s')).when(begin('next')).then(begun('next'));
  });

  it('by an interruption is tried again at once, or asks', () => {
    const interrupted = { code: 'interrupted', message: 'It was interrupted: it only reads.' };
    given(...running).when({ type: 'InterruptStep', now: t0, step: 'backup', attempt: 1, note: 'it only reads', again: true }).then({ type: 'StepFailed', at: t0, step: 'backup', attempt: 1, error: interrupted, retryAt: t0 });
    given(...running).when({ type: 'InterruptStep', now: t0, step: 'backup', attempt: 1, note: 'it only reads', again: false }).then({ type: 'StepFailed', at: t0, step: 'backup', attempt: 1, error: interrupted });
  });

  it('may be unknown', () => given(...running).when({ type: 'LoseStep', now: t0, step: 'backup', attempt: 1, saw: 'nothing' }).then(lost('backup')));

  it('by cancelling is for runs that end and for plans that are void', () => {
    const cancel = { type: 'CancelStep', now: t0, step: 'backup', attempt: 1, note: 'rejected' } as const;
    const cancelled: RunEvent = { type: 'StepCancelled', at: t0, step: 'backup', attempt: 1, note: 'rejected' };
    given(...running).when(cancel).refused('state-does-not-allow');
    given(requested, posted(plan), begun('backup')).when(cancel).refused('state-does-not-allow');
    given(...running, { type: 'RunEnding', at: t0, outcome: 'stopped' }).when(cancel).then(cancelled);
    const drifted: RunEvent = { type: 'DriftFound', at: t0, digest: planDigest(plan), differences: [] };
    given(requested, posted(plan), begun('backup'), drifted).when(cancel).then(cancelled);
    given(requested, posted(plan), begun('backup'), drifted).when({ type: 'PostPlan', now: t0, plan }).refused('state-does-not-allow');
  });
});

describe('a manual line', () => {
  it('awaits a person', () => {
    const manual = startedWith(planOf([step('tell', { uses: 'manual' })]));
    const awaited: RunEvent = { type: 'PersonAwaited', at: t0, step: 'tell', attempt: 1, instructions: 'Tell them' };
    given(...manual).when({ type: 'AwaitPerson', now: t0, step: 'tell', instructions: 'Tell them' }).then(awaited);
    given(...manual, awaited).when({ type: 'AwaitPerson', now: t0, step: 'tell', instructions: 'Tell them' }).refused('step-already-started');
    given(requested, posted(planOf([step('tell')]))).when({ type: 'AwaitPerson', now: t0, step: 'tell', instructions: '' }).refused('run-not-running');
  });
});

describe('drift in a running run', () => {
  const report = { type: 'ReportDrift', now: t0, differences: [{ key: 'k', label: 'image', planned: 'a', now: 'b' }] } as const;

  it('asks for a plan of what remains, which keeps what is done', () => {
    given(...started, ...proven, ...reverted).when(report).then(again);
    const { state } = given(...started, ...proven, ...reverted, begun('drop'), failed('drop'), again).when({ type: 'PostPlan', now: t0, plan }).accepted();
    expect(state).toMatchObject({ phase: 'voting', votes: [], startedAt: t0 });
    expect(state.steps.map(({ status, attempt }) => [status, attempt])).toEqual([['succeeded', 1], ['succeeded', 1], ['pending', 1], ['pending', 0], ['succeeded', 1]]);
  });

  it('is not reported while something runs or is unknown, nor before the start', () => {
    given(...started, begun('backup')).when(report).refused('state-does-not-allow');
    given(...started, begun('backup'), lost('backup')).when(report).refused('state-does-not-allow');
    given(requested, posted(plan)).when(report).refused('run-not-running');
  });

  it('before the start keeps what was prepared only where the fresh plan prepares the very same', () => {
    const voting = [requested, posted(plan), ...proven, again];
    expect(given(...voting).when({ type: 'PostPlan', now: t0, plan: { ...plan, params: { to: '0.9.0' } } }).accepted().state.steps[0]?.status).toBe('succeeded');
    const elsewhere = planOf([{ ...backup, with: { database: 'other' } }, revert, loss]);
    expect(given(...voting).when({ type: 'PostPlan', now: t0, plan: elsewhere }).accepted().state.steps[0]).toMatchObject({ status: 'pending', attempt: 1 });
  });
});

describe('the end of a run', () => {
  const finish = { type: 'FinishRun', now: t0 } as const;
  const done = [...started, ...proven, ...reverted, begun('drop'), succeeded('drop'), begun('check')];

  it('is verified when a check passed and nothing was left out', () => given(...done, succeeded('check')).when(finish).then({ type: 'RunEnded', at: t0, outcome: 'verified' }));

  it('is not verified after a skipped or tolerated check, a skipped step, or without any check', () => {
    const notVerified: RunEvent = { type: 'RunEnded', at: t0, outcome: 'finished-not-verified' };
    given(...done, failed('check'), { type: 'AnswerGiven', at: t0, step: 'check', attempt: 1, answer: 'skip', people: ['bob'] }).when(finish).then(notVerified);
    const tolerant = planOf([step('a', { check: true }), step('b', { check: true, continueOnError: true })]);
    given(...startedWith(tolerant), begun('a'), succeeded('a'), begun('b'), failed('b')).when(finish).then(notVerified);
    given(...startedWith(planOf([step('a')])), begun('a'), succeeded('a')).when(finish).then(notVerified);
    const other = planOf([step('a', { continueOnError: true }), check]);
    given(...startedWith(other), begun('a'), failed('a'), begun('check'), succeeded('check')).when(finish).then({ type: 'RunEnded', at: t0, outcome: 'verified' });
  });

  it('comes when every step has its outcome', () => {
    given(...done).when(finish).refused('state-does-not-allow');
    given(...started).when(finish).refused('state-does-not-allow');
    given(requested, posted(plan)).when(finish).refused('run-not-running');
  });

  it('after cancelling has the outcome that was settled before, and closes every step', () => {
    const { events, state } = given(...started, ...proven, begun('revert'), lost('revert'), { type: 'RunEnding', at: t0, outcome: 'stopped', reason: 'enough' }).when(finish).accepted();
    expect(events).toEqual([{ type: 'RunEnded', at: t0, outcome: 'stopped', reason: 'enough' }]);
    expect(state.steps.map(({ status }) => status)).toEqual(['succeeded', 'abandoned', 'not-run', 'not-run', 'succeeded']);
  });

  it('is the end: only notes come after it', () => {
    const ended = given(...started, { type: 'RunEnded', at: t0, outcome: 'stopped' });
    ended.when(begin('backup')).refused('run-ended');
    ended.when(finish).refused('run-ended');
    ended.when({ type: 'AddNote', now: t0, person: 'eve', writers: ['alice', 'bob'], text: 'let me' }).refused('not-a-voter');
    ended.when({ type: 'AddNote', now: t0, person: 'alice', writers: ['alice', 'bob'], text: 'sent a postmortem' }).then({ type: 'NoteAdded', at: t0, person: 'alice', text: 'sent a postmortem' });
  });
});
