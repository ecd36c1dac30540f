import { describe, expect, it } from 'vitest';
import type { RunEvent } from '../../../src/run/events.js';
import { nextReminder, openQuestions, wakeAt } from '../../../src/run/waiting.js';
import { given } from '../../support/given.js';
import { answer, begun, failed, lost, minute, planOf, posted, requested, startedWith, step, succeeded, t0, voters } from './sample.js';

const plan = planOf([step('gentle'), step('harsh', { destructive: true }), step('hand', { uses: 'manual' })]);
const started = startedWith(plan);
const gentleFailed = [...started, begun('gentle'), failed('gentle')];
const harshUnknown = [...started, begun('harsh'), lost('harsh')];
const awaited: RunEvent = { type: 'PersonAwaited', at: t0, step: 'hand', attempt: 1, instructions: 'Tell them' };
const gave = (id: string, word: 'retry' | 'skip' | 'done' | 'failed' | 'stop', ...people: readonly string[]): RunEvent => ({ type: 'AnswerGiven', at: t0, step: id, attempt: 1, answer: word, people });

describe('an answer', () => {
  it('is for people who may vote', () => given(...gentleFailed).when(answer('retry', 'mallory')).refused('not-a-voter'));
  it('needs a question', () => {
    given(...started).when(answer('retry', 'bob')).refused('not-waiting-for-an-answer');
    given(requested, posted(plan)).when(answer('done', 'bob')).refused('not-waiting-for-an-answer');
  });
  it('on an old button is told so', () => {
    given(...gentleFailed).when(answer('retry', 'bob', { step: 'gentle', attempt: 2 })).refused('button-outdated');
    given(...gentleFailed).when(answer('retry', 'bob', { step: 'harsh', attempt: 1 })).refused('button-outdated');
  });

  it.each([
    ['done', gentleFailed], ['failed', gentleFailed], ['skip', harshUnknown], ['failed', harshUnknown], ['retry', [...started, awaited]], ['skip', [...started, awaited]],
  ] as const)('%s has to fit the question', (word, events) => given(...events).when(answer(word, 'bob')).refused('answer-does-not-fit'));

  it('typed without a step is for the only question there is', () => {
    given(...gentleFailed, awaited).when(answer('done', 'bob')).refused('answer-does-not-fit');
    given(...gentleFailed, awaited).when(answer('done', 'bob', { step: 'hand', attempt: 1 })).then(gave('hand', 'done', 'bob'));
  });

  it('to a step that destroys nothing takes one person', () => {
    given(...gentleFailed).when(answer('retry', 'bob', { reason: 'network' })).then({ type: 'AnswerGiven', at: t0, step: 'gentle', attempt: 1, answer: 'retry', people: ['bob'], reason: 'network' });
  });

  it('to a destructive step takes two different people with the same word', () => {
    const proposed: RunEvent = { type: 'AnswerProposed', at: t0, step: 'harsh', attempt: 1, answer: 'retry', person: 'bob' };
    given(...harshUnknown).when(answer('retry', 'bob')).then(proposed);
    given(...harshUnknown, proposed).when(answer('retry', 'bob')).refused('second-person-needed');
    given(...harshUnknown, proposed).when(answer('retry', 'carol')).then(gave('harsh', 'retry', 'bob', 'carol'));
    given(...harshUnknown, proposed).when(answer('done', 'carol')).then({ ...proposed, answer: 'done', person: 'carol' });
  });

  it('Stop ends the run, with one person', () => {
    given(...harshUnknown).when(answer('stop', 'bob')).then(gave('harsh', 'stop', 'bob'), { type: 'RunEnded', at: t0, outcome: 'stopped' });
    given(...gentleFailed, begun('hand')).when(answer('stop', 'bob')).then(gave('gentle', 'stop', 'bob'), { type: 'RunEnding', at: t0, outcome: 'stopped' });
  });

  it('leads where it says', () => {
    const after = (events: readonly RunEvent[], id: string) => given(...events).state.steps.find((one) => one.id === id);
    expect(after([...gentleFailed, gave('gentle', 'retry', 'bob')], 'gentle')).toMatchObject({ status: 'pending', attempt: 1 });
    expect(after([...gentleFailed, gave('gentle', 'skip', 'bob')], 'gentle')).toMatchObject({ status: 'skipped', by: ['bob'] });
    expect(after([...harshUnknown, gave('harsh', 'done', 'bob', 'carol')], 'harsh')).toMatchObject({ status: 'succeeded', receipt: { saidBy: ['bob', 'carol'] } });
    expect(after([...started, awaited, gave('hand', 'failed', 'bob')], 'hand')).toMatchObject({ status: 'failed', error: { code: 'said-failed' } });
  });
});

describe('Stop', () => {
  const stop = (person: string) => ({ type: 'StopRun', now: t0, person, voters }) as const;

  it('is for those who may vote, and for the requester until something has started', () => {
    given(...started).when(stop('bob')).then({ type: 'StopRequested', at: t0, person: 'bob' }, { type: 'RunEnded', at: t0, outcome: 'stopped' });
    given(...started).when(stop('mallory')).refused('not-a-voter');
    const outsider = { ...requested, requester: 'zoe' } as RunEvent;
    given(outsider).when(stop('zoe')).accepted();
    given(outsider, ...started.slice(1)).when(stop('zoe')).refused('not-a-voter');
  });

  it('cancels what runs first, and twice is once', () => {
    const { events } = given(...started, begun('gentle')).when(stop('bob')).accepted();
    expect(events.map((event) => event.type)).toEqual(['StopRequested', 'RunEnding']);
    given(...started, begun('gentle'), ...events).when(stop('carol')).then();
  });
});

describe('reminders', () => {
  const remind = (waitingFor: string, now: number) => ({ type: 'RemindPeople', waitingFor, now }) as const;
  const reminded = (waitingFor: string, nth: number, at: number): RunEvent => ({ type: 'PeopleReminded', at, waitingFor, nth });

  it('come at once, after five minutes, and after ten, and never again', () => {
    const key = 'step:gentle:1:failed';
    given(...gentleFailed).when(remind(key, t0)).then(reminded(key, 0, t0));
    given(...gentleFailed, reminded(key, 0, t0)).when(remind(key, t0 + 5 * minute - 1)).then();
    given(...gentleFailed, reminded(key, 0, t0)).when(remind(key, t0 + 5 * minute)).then(reminded(key, 1, t0 + 5 * minute));
    const all = [...gentleFailed, ...[0, 1, 2].map((nth) => reminded(key, nth, t0 + nth * 5 * minute))];
    given(...all).when(remind(key, t0 + 60 * minute)).then();
    expect(wakeAt(given(...all).state)).toBeUndefined();
  });

  it('are about the question that is open', () => given(...gentleFailed).when(remind('step:gentle:2:failed', t0)).then());

  it('ask anew after a new attempt and for a fresh plan, even of the same digest', () => {
    const second = [...gentleFailed, reminded('step:gentle:1:failed', 0, t0), gave('gentle', 'retry', 'bob'), begun('gentle', 2), failed('gentle', t0 + minute, 2)];
    expect(nextReminder(given(...second).state)).toEqual({ waitingFor: 'step:gentle:2:failed', nth: 0, at: t0 + minute });
    const first = given(requested, posted(plan)).state;
    const key = openQuestions(first)[0]?.key ?? '';
    const fresh = given(requested, posted(plan), reminded(key, 0, t0), { type: 'DriftFound', at: t0, digest: first.digest ?? '', differences: [] }, posted(plan, t0 + minute)).state;
    expect(nextReminder(fresh)).toMatchObject({ nth: 0, at: t0 + minute });
  });

  it('of a step that failed long before the start do not come all at once', () => {
    const early = planOf([step('prep', { prepare: true, effect: 'read' })]);
    const late = startedWith(early, t0 + 20 * minute).slice(2);
    const state = given(requested, posted(early), begun('prep'), failed('prep'), ...late, reminded('step:prep:1:failed', 0, t0 + 20 * minute)).state;
    expect(nextReminder(state)).toMatchObject({ nth: 1, at: t0 + 25 * minute });
  });

  it('wake nobody for what is settled', () => {
    expect(openQuestions(given(...started, begun('gentle'), succeeded('gentle')).state)).toEqual([]);
    expect(openQuestions(given(...harshUnknown, { type: 'RunEnded', at: t0, outcome: 'stopped' }).state)).toEqual([]);
  });
});
