import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { JsonObject, Plan } from '../../../src/plan/plan.js';
import type { RunCommand } from '../../../src/run/command.js';
import type { RunState } from '../../../src/run/state.js';
import { minute, owner, t0 } from './sample.js';
import { people, plans, Watched } from './random-runs.js';

type Make = (now: number, state: RunState, voters: readonly string[]) => RunCommand;

const person = fc.constantFrom(...people);
const stepId = fc.constantFrom('a', 'b', 'c', 'd', 'e');
const takenAt = '2026-03-01T02:58:00.000Z';
const receipts: fc.Arbitrary<JsonObject> = fc.constantFrom<JsonObject>(
  { proven: true, takenAt }, { proven: true, takenAt }, { proven: true, takenAt, reused: true }, { proven: false, takenAt }, { proven: false, provable: false, why: 'no server', takenAt },
  { exported: true, lossSince: takenAt }, { exported: true, lossSince: '2026-03-01T02:59:00.000Z' }, { exported: false, lossSince: takenAt },
);
const difference = [{ key: 'k', label: 'image', planned: 'a', now: 'b' }];
const differences = fc.constantFrom([], [], [], difference);

/** Any command with anything in it, leaning towards the attempt and the digest of the moment so that it is not always refused. */
function commandsFor(plan: Plan): fc.Arbitrary<Make> {
  const fresh = fc.constantFrom(plan, plan, { ...plan, params: { to: '0.9.0' } }, { ...plan, steps: plan.steps.slice(1).map((step) => ({ ...step, needs: [] })) });
  const of = (state: RunState, id: string, off: number) => ({ step: id, attempt: (state.steps.find((one) => one.id === id)?.attempt ?? 0) + off });
  const attempt = fc.record({ id: stepId, off: fc.constantFrom(0, 0, 0, 1) });
  const error = { code: 'x', message: 'x' };
  return fc.oneof(
    { weight: 2, arbitrary: fresh.map((posted): Make => (now) => ({ type: 'PostPlan', now, plan: posted })) },
    { weight: 6, arbitrary: fc.record({ who: person, choice: fc.constantFrom(...Array.from({ length: 12 }, () => 'approve' as const), 'reject' as const), typed: fc.boolean() })
      .map(({ who, choice, typed }): Make => (now, state, voters) => ({ type: 'CastVote', now, person: who, voters, choice, via: 'slack', ...(typed ? {} : { digest: state.digest ?? '' }) })) },
    { weight: 5, arbitrary: differences.map((found): Make => (now, state, voters) => ({ type: 'StartRun', now, digest: state.digest ?? '', voters, differences: found })) },
    { weight: 40, arbitrary: stepId.map((id): Make => (now) => ({ type: 'BeginStep', now, step: id, token: 1, owner })) },
    { weight: 2, arbitrary: stepId.map((id): Make => (now) => ({ type: 'AwaitPerson', now, step: id, instructions: 'do it' })) },
    { weight: 40, arbitrary: fc.record({ attempt, receipt: receipts }).map(({ attempt: { id, off }, receipt }): Make => (now, state) => ({ type: 'SucceedStep', now, ...of(state, id, off), receipt })) },
    { weight: 3, arbitrary: fc.record({ attempt, retryable: fc.boolean() }).map(({ attempt: { id, off }, retryable }): Make => (now, state) => ({ type: 'FailStep', now, ...of(state, id, off), error, retryable })) },
    { weight: 1, arbitrary: attempt.map(({ id, off }): Make => (now, state) => ({ type: 'LoseStep', now, ...of(state, id, off), saw: 'nothing' })) },
    { weight: 1, arbitrary: fc.record({ attempt, again: fc.boolean() }).map(({ attempt: { id, off }, again }): Make => (now, state) => ({ type: 'InterruptStep', now, ...of(state, id, off), note: 'killed', again })) },
    { weight: 1, arbitrary: attempt.map(({ id, off }): Make => (now, state) => ({ type: 'CancelStep', now, ...of(state, id, off), note: 'void' })) },
    { weight: 12, arbitrary: fc.record({ who: person, word: fc.constantFrom('retry' as const, 'skip' as const, 'done' as const, 'failed' as const, 'waive' as const), attempt })
      .map(({ who, word, attempt: { id, off } }): Make => (now, state, voters) => ({ type: 'AnswerStep', now, person: who, voters, answer: word, ...of(state, id, off) })) },
    { weight: 8, arbitrary: person.map((who): Make => (now, state, voters) => {
      const blocked = state.steps.find(({ error: found }) => found?.code === 'backup-not-provable');
      return { type: 'AnswerStep', now, person: who, voters, answer: 'waive', ...of(state, blocked?.id ?? 'c', 0) };
    }) },
    { weight: 1, arbitrary: person.map((who): Make => (now, _state, voters) => ({ type: 'AnswerStep', now, person: who, voters, answer: 'stop' })) },
    { weight: 1, arbitrary: person.map((who): Make => (now, _state, voters) => ({ type: 'StopRun', now, person: who, voters })) },
    { weight: 1, arbitrary: fc.constant<Make>((now) => ({ type: 'ReportDrift', now, differences: difference })) },
    { weight: 2, arbitrary: fc.constant<Make>((now) => ({ type: 'FinishRun', now })) },
    { weight: 1, arbitrary: fc.constant<Make>((now) => ({ type: 'ExpirePlan', now })) },
    { weight: 1, arbitrary: fc.constant<Make>((now) => ({ type: 'AddNote', now, person: 'alice', writers: ['alice'], text: 'hm' })) },
  );
}

const afters = fc.constantFrom(0, 0, 0, 0, 1, minute, 10 * minute, 25 * minute);
/** Groups change: now and then somebody is in none. */
const voterLists = fc.constantFrom(people, people, people, people.slice(1), people.slice(0, 2));
const walks = plans.chain((plan) => fc.record({ plan: fc.constant(plan), approved: fc.boolean(), dump: fc.constantFrom<JsonObject>({ proven: true, takenAt }, { proven: false, provable: false, why: 'no server', takenAt }), moves: fc.array(fc.record({ make: commandsFor(plan), after: afters, voters: voterLists }), { minLength: 40, maxLength: 140, size: 'max' }) }));

it('no sequence of commands breaks a rule', () => {
  const seen = { started: 0, acted: 0, destroyed: 0, waived: 0, drifted: 0, ended: 0 };
  fc.assert(fc.property(walks, ({ plan, approved, dump, moves }) => {
    const run = new Watched();
    let now = t0;
    run.apply({ type: 'RequestRun', now, target: 'shop', title: 'Shop', kind: 'rollback', runbook: 'shop', params: {}, requester: 'alice', place: { platform: 'cli', channel: '' } }, people);
    run.apply({ type: 'PostPlan', now, plan }, people);
    // Half of the walks begin behind the votes, or few would come as far as what is destructive.
    if (approved) for (const who of people) run.apply({ type: 'CastVote', now, person: who, voters: people, choice: 'approve', via: 'telegram' }, people);
    if (approved) run.apply({ type: 'StartRun', now, digest: run.state.digest ?? '', voters: people, differences: [] }, people);
    const [stop, backup] = plan.steps;
    if (stop?.stopsWriters === true && backup?.uses === 'backup') {
      for (const [{ id }, receipt] of [[stop, {}], [backup, dump]] as const) {
        run.apply({ type: 'BeginStep', now, step: id, token: 1, owner }, people);
        run.apply({ type: 'SucceedStep', now, step: id, attempt: 1, receipt }, people);
      }
    }
    for (const { make, after, voters } of moves) {
      now += after;
      run.apply(make(now, run.state, voters), voters);
    }
    const types = new Set(run.events.map(({ type }) => type));
    const destructive = new Set(plan.steps.filter((one) => one.destructive).map(({ id }) => id));
    seen.started += types.has('RunStarted') ? 1 : 0;
    seen.acted += run.events.some((event) => event.type === 'StepSucceeded') ? 1 : 0;
    seen.destroyed += run.events.some((event) => event.type === 'StepStarted' && destructive.has(event.step)) ? 1 : 0;
    seen.waived += run.events.some((event) => event.type === 'AnswerGiven' && event.answer === 'waive') ? 1 : 0;
    seen.drifted += types.has('DriftFound') ? 1 : 0;
    seen.ended += run.state.phase === 'ended' ? 1 : 0;
  }), { numRuns: 400 });
  // Otherwise the rules were never put to the test.
  for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(3);
});
