import { describe, expect, it } from 'vitest';
import { planDigest } from '../../../src/plan/digest.js';
import type { RunEvent } from '../../../src/run/events.js';
import { given } from '../../support/given.js';
import { begin, begun, failed, lost, minute, owner, planOf, posted, requested, startedWith, step, succeeded, t0, voted, voters } from './sample.js';

const backup = step('backup', { prepare: true, effect: 'idempotent' });
const revert = step('revert', { needs: ['backup'] });
const drop = step('drop', { needs: ['revert'], destructive: true });
const check = step('check', { needs: ['drop'], effect: 'read', check: true });
const loss = step('loss', { uses: 'postgres.loss', needs: ['backup'], prepare: true, effect: 'idempotent' });
const plan = planOf([backup, revert, drop, check, loss]);
const started = startedWith(plan);
const taken = '2026-03-01T02:58:00.000Z';
const proven = [begun('backup'), succeeded('backup', { proven: true, takenAt: taken }), begun('loss'), succeeded('loss', { exported: true, lossSince: taken })];
const reverted = [begun('revert'), succeeded('revert')];
const error = { code: 'exit-code', message: 'exit code 1' };
const again: RunEvent = { type: 'DriftFound', at: t0, digest: planDigest(plan), differences: [{ key: 'k', label: 'image', planned: 'a', now: 'b' }] };

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

describe('a destructive step', () => {
  it('is blocked without a backup that was proven in this run, and a skipped backup proves nothing', () => {
    const blocked: RunEvent = {
      type: 'StepBlocked', at: t0, step: 'drop', attempt: 1,
      error: { code: 'backup-not-proven', message: 'It destroys something, and no backup of this run was proven by a restore.' },
    };
    given(...started, begun('backup'), succeeded('backup', { proven: false }), ...reverted).when(begin('drop')).then(blocked);
    given(...started, begun('backup'), failed('backup'), { type: 'AnswerGiven', at: t0, step: 'backup', attempt: 1, answer: 'skip', people: ['bob'] }, ...reverted).when(begin('drop')).then(blocked);
    given(...started, ...proven, ...reverted).when(begin('drop')).then(begun('drop'));
  });

  it('is blocked when the target could write after the backup: nothing stopped it, it was stopped too late, or what came is not counted', () => {
    const stop = step('stop', { stopsWriters: true });
    const late = planOf([backup, stop, { ...drop, needs: [] }]);
    const dump = [begun('backup'), succeeded('backup', { proven: true, takenAt: taken })];
    const code = (...events: readonly RunEvent[]): unknown => given(...events).when(begin('drop', t0 + minute)).accepted().events[0];
    const notWhole = { type: 'StepBlocked', error: { code: 'backup-not-whole' } };
    expect(code(...started, ...dump, ...reverted)).toMatchObject(notWhole);
    expect(code(...startedWith(late), ...dump, begun('stop'), succeeded('stop', {}, t0 + 1))).toMatchObject(notWhole);
    expect(code(...startedWith(late), begun('stop'), succeeded('stop'), begun('backup', 1, t0 + 1), succeeded('backup', { proven: true, takenAt: taken }))).toMatchObject({ type: 'StepStarted' });
    expect(code(...startedWith(late), begun('stop'), succeeded('stop'), begun('backup', 1, t0 + 1), succeeded('backup', { proven: true, takenAt: taken, reused: true }))).toMatchObject(notWhole);
    expect(code(...started, ...dump, begun('loss'), succeeded('loss', { exported: false, lossSince: taken }), ...reverted)).toMatchObject(notWhole);
    expect(code(...started, ...dump, begun('loss'), succeeded('loss', { exported: true, lossSince: '2026-03-01T02:59:00.000Z' }), ...reverted)).toMatchObject(notWhole);
    expect(code(...started, begun('loss'), succeeded('loss', { exported: true, lossSince: taken }), begun('backup'), succeeded('backup', { proven: true, takenAt: taken }, t0 + 1), ...reverted)).toMatchObject(notWhole);
  });

  it('is blocked when the proven backup, or what was counted after it, is of another database than the one that it replaces', () => {
    const fact = { key: 'postgres:aa', kind: 'identity', label: 'database shop', value: { system: '7', database: 'shop', oid: 16_384 }, readAt: taken } as const;
    const replacing = startedWith(planOf([backup, revert, step('drop', { destructive: true, changes: [{ key: 'postgres:aa' }] }), check, loss], { facts: [fact] }));
    const dump = (database: object) => [begun('backup'), succeeded('backup', { proven: true, takenAt: taken, ...database }), begun('loss')];
    const counted = (database: string) => succeeded('loss', { exported: true, lossSince: taken, database });
    const first = (...events: readonly RunEvent[]): unknown => given(...replacing, ...events).when(begin('drop')).accepted().events[0];
    expect(first(...dump({ system: '7', database: 'shop', oid: 16_384 }), counted('shop'))).toMatchObject({ type: 'StepStarted' });
    expect(first(...dump({ system: '7', database: 'users', oid: 16_385 }), counted('users'))).toMatchObject({ type: 'StepBlocked', error: { code: 'backup-not-proven', message: 'It replaces the database shop, and no backup of that database was proven in this run.' } });
    expect(first(...dump({ system: '8', database: 'shop', oid: 16_384 }), counted('shop'))).toMatchObject({ type: 'StepBlocked', error: { code: 'backup-not-proven' } });
    expect(first(...dump({ system: '7', database: 'shop', oid: 16_384 }), counted('users'))).toMatchObject({ type: 'StepBlocked', error: { code: 'backup-not-whole' } });
  });

  it('is blocked when the target was started again after the backup', () => {
    const restarting = startedWith(planOf([step('stop', { stopsWriters: true }), backup, step('start', { startsWriters: true }), { ...drop, needs: [] }]));
    const stopped = [begun('stop'), succeeded('stop'), begun('backup', 1, t0 + 1), succeeded('backup', { proven: true, takenAt: taken }, t0 + 2)];
    expect(given(...restarting, ...stopped).when(begin('drop', t0 + minute)).accepted().events[0]).toMatchObject({ type: 'StepStarted' });
    for (const after of [[begun('start', 1, t0 + 3), succeeded('start', {}, t0 + 4)], [begun('start', 1, t0 + 3), failed('start', t0 + 4)]]) {
      expect(given(...restarting, ...stopped, ...after).when(begin('drop', t0 + minute)).accepted().events[0]).toMatchObject({ type: 'StepBlocked', error: { code: 'backup-not-whole' } });
    }
  });

  it('that is blocked by a count says which tables it left out', () => {
    const dump = [begun('backup'), succeeded('backup', { proven: true, takenAt: taken }), begun('loss'), succeeded('loss', { exported: false, lossSince: taken, untold: [{ table: 'big', exportedWhole: false }, { table: 'small', exportedWhole: true }] })];
    expect(given(...started, ...dump, ...reverted).when(begin('drop')).accepted().events[0]).toMatchObject({
      error: { code: 'backup-not-whole', message: 'It destroys something, and the proven backup was taken while the target could still write. What came after it was counted and not exported of big: stop the target before the backup, or name the tables with tables:.' },
    });
  });

  it('begins with a backup that cannot be proven here once two people waived the proof of this plan', () => {
    const dump = [begun('backup'), succeeded('backup', { proven: false, provable: false, why: 'no server', takenAt: taken }), begun('loss'), succeeded('loss', { exported: true, lossSince: taken })];
    const blocked = given(...started, ...dump, ...reverted).when(begin('drop')).accepted();
    expect(blocked.events[0]).toMatchObject({ type: 'StepBlocked', error: { code: 'backup-not-provable', message: 'It destroys something, and the backup cannot be proven here: no server.' } });
    const say = (person: string) => ({ type: 'AnswerStep', now: t0, person, voters, answer: 'waive', step: 'drop', attempt: 1 }) as const;
    const asked = [...started, ...dump, ...reverted, ...blocked.events];
    const first = given(...asked).when(say('bob')).accepted().events;
    given(...asked, ...first).when(say('bob')).refused('second-person-needed');
    const both = [...asked, ...first, ...given(...asked, ...first).when(say('carol')).accepted().events];
    given(...both).when(begin('drop')).then(begun('drop', 2));
    expect(given(...both, again).when({ type: 'PostPlan', now: t0, plan }).accepted().state.waivers).toEqual([]);
  });

  it('cannot be waived where a proof was not tried or came out wrong', () => {
    const blocked = given(...started, begun('backup'), succeeded('backup', { proven: false }), ...reverted).when(begin('drop')).accepted().events;
    given(...started, begun('backup'), succeeded('backup', { proven: false }), ...reverted, ...blocked).when({ type: 'AnswerStep', now: t0, person: 'bob', voters, answer: 'waive' }).refused('answer-does-not-fit');
  });

  it('is blocked without one, too, when a person is to do it by hand', () => {
    const byHand = startedWith(planOf([step('hand', { uses: 'manual', destructive: true })]));
    const { state } = given(...byHand).when({ type: 'AwaitPerson', now: t0, step: 'hand', instructions: 'Drop it' }).accepted();
    expect(state.steps[0]).toMatchObject({ status: 'failed', error: { code: 'backup-not-proven' } });
  });

  it('runs beside nothing, whether it came first or second', () => {
    const side = planOf([backup, loss, step('drop', { destructive: true }), step('other'), step('hand', { uses: 'manual', destructive: true })]);
    const both = [...startedWith(side), ...proven];
    given(...both, begun('other')).when(begin('drop')).refused('destructive-runs-alone');
    given(...both, begun('drop')).when(begin('other')).refused('destructive-runs-alone');
    given(...both, begun('other'), lost('other')).when(begin('drop')).refused('destructive-runs-alone');
    given(...both, begun('drop'), lost('drop')).when(begin('other')).refused('destructive-runs-alone');
    given(...both, { type: 'PersonAwaited', at: t0, step: 'hand', attempt: 1, instructions: 'x' }).when(begin('drop')).refused('destructive-runs-alone');
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
