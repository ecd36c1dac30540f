import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../src/run/events.js';
import { given } from '../../support/given.js';
import { again, backup, check, drop, loss, plan, proven, revert, reverted, started, taken } from './destroying-run.js';
import { begin, begun, failed, lost, minute, planOf, startedWith, step, succeeded, t0, voters } from './sample.js';

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
