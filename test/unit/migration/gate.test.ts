import { describe, expect, it } from 'vitest';
import { findUngated } from '../../../src/migration/gate.js';
import type { RunEvent } from '../../../src/run/events.js';
import { given } from '../../support/given.js';
import { answer, begin, begun, planOf, posted, requested, startedWith, step, succeeded, t0, voters } from '../run/sample.js';

const wayBack = step('way-back', { uses: 'migration.way-back' });
const here = step('here', { uses: 'people.here', with: { people: 2 }, needs: ['way-back'] });
const dns = step('dns', { uses: 'dns.switch', effect: 'idempotent', needs: ['here'] });
const plan = planOf([wayBack, here, dns], { kind: 'migration' });
const [, ...started] = startedWith(plan);
const migration: RunEvent = { ...requested, kind: 'migration' } as RunEvent;
const events = [migration, ...started];
const awaited: RunEvent = { type: 'PersonAwaited', at: t0, step: 'here', attempt: 1, instructions: 'Press Here' };
const planned = [...events, begun('way-back'), succeeded('way-back', { planned: true }), awaited];
const present = (person: string): RunEvent => ({ type: 'PersonPresent', at: t0, step: 'here', attempt: 1, person });
const gathered: RunEvent = { type: 'AnswerGiven', at: t0, step: 'here', attempt: 1, answer: 'here', people: ['alice', 'bob'] };

describe('people at hand', () => {
  it('are counted once each, and the last of them lets the run go on', () => {
    given(...planned).when(answer('here', 'alice')).then(present('alice'));
    given(...planned, present('alice')).when(answer('here', 'alice')).then();
    given(...planned, present('alice')).when(answer('here', 'bob')).then(present('bob'), gathered);
    expect(given(...planned, present('alice'), present('bob'), gathered).state.steps[1]).toMatchObject({ status: 'succeeded', receipt: { here: ['alice', 'bob'] } });
  });

  it('are people who may vote, at this moment', () => {
    given(...planned).when(answer('here', 'mallory')).refused('not-a-voter');
    // Alice said so and left the group since.
    given(...planned, present('alice')).when(answer('here', 'bob', { voters: ['bob', 'carol'] })).then(present('bob'));
    given(...planned, present('alice'), present('bob')).when(answer('here', 'carol', { voters: ['bob', 'carol'] })).then(present('carol'), { ...gathered, people: ['bob', 'carol'] });
  });

  it.each(['done', 'failed', 'skip', 'retry'] as const)('are not replaced by %s', (word) => given(...planned).when(answer(word, 'bob')).refused('answer-does-not-fit'));
  it('may be told to stop', () => { expect(given(...planned).when(answer('stop', 'bob')).accepted().state.outcome).toBe('stopped'); });
  it('are asked for nowhere else', () => given(...events, begun('way-back'), { type: 'StepFailed', at: t0, step: 'way-back', attempt: 1, error: { code: 'x', message: 'x' } }).when(answer('here', 'bob')).refused('answer-does-not-fit'));
  it('press by the button of this attempt only', () => given(...planned).when(answer('here', 'bob', { step: 'here', attempt: 2 })).refused('button-outdated'));
});

describe('DNS of a migration', () => {
  const blocked = (code: string, before: readonly RunEvent[]): void => {
    expect(given(...before).when(begin('dns')).accepted().events).toMatchObject([{ type: 'StepBlocked', step: 'dns', error: { code } }]);
  };

  it('moves behind its gate', () => {
    expect(given(...planned, present('alice'), present('bob'), gathered).when(begin('dns')).accepted().events).toMatchObject([{ type: 'StepStarted', step: 'dns' }]);
  });

  it('does not move where the way back was skipped, or is none', () => {
    const skipped: RunEvent = { type: 'AnswerGiven', at: t0, step: 'way-back', attempt: 1, answer: 'skip', people: ['bob'] };
    const failed: RunEvent = { type: 'StepFailed', at: t0, step: 'way-back', attempt: 1, error: { code: 'old-server-silent', message: 'silent' } };
    blocked('way-back-not-planned', [...events, begun('way-back'), failed, skipped, awaited, present('alice'), present('bob'), gathered]);
    blocked('way-back-not-planned', [...events, begun('way-back'), succeeded('way-back', {}), awaited, present('alice'), present('bob'), gathered]);
  });

  it('does not move where nobody is there', () => {
    const alone = planOf([wayBack, { ...dns, needs: ['way-back'] }], { kind: 'migration' });
    const [, ...began] = startedWith(alone);
    blocked('nobody-here', [migration, ...began, begun('way-back'), succeeded('way-back', { planned: true })]);
  });

  it('of a way back needs no gate', () => {
    const back = planOf([{ ...dns, needs: [] }]);
    expect(given(requested, posted(back), ...startedWith(back).slice(2)).when(begin('dns')).accepted().events).toMatchObject([{ type: 'StepStarted' }]);
    expect(voters).toContain('alice');
  });

  it('is seen while planning', () => {
    expect(findUngated([wayBack, here, dns])).toBeUndefined();
    expect(findUngated([wayBack, here, { ...dns, needs: [] }])).toBe('Step "dns" moves DNS, and no step before it asks for the way back (migration.way-back) and people at hand (people.here).');
    expect(findUngated([wayBack, here, { ...dns, needs: ['way-back'] }])).toContain('people at hand');
    expect(findUngated([wayBack])).toBeUndefined();
  });
});
