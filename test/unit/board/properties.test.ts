import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasQuorum, votingDeadline } from '../../../src/approval/quorum.js';
import { buildBoard } from '../../../src/board/build.js';
import { buildDetails } from '../../../src/board/details.js';
import type { ButtonAction } from '../../../src/board/model.js';
import { noticeFor } from '../../../src/board/notices.js';
import { situationOf } from '../../../src/board/situation.js';
import { runStatusReply, statusReply } from '../../../src/board/status-reply.js';
import type { ButtonMeaning } from '../../../src/board/view.js';
import type { RunCommand } from '../../../src/run/command.js';
import { decide } from '../../../src/run/decide.js';
import { evolve, replay } from '../../../src/run/evolve.js';
import { emptyRun, type RunState } from '../../../src/run/state.js';
import { openQuestions } from '../../../src/run/waiting.js';
import { boardText, detailsText, noticeText, replyText } from '../../support/board-text.js';
import { moments } from './moments.js';
import { at, losing, owner, plan, requested, viewAt } from './sample-run.js';

const voters = ['alice', 'bob', 'carol'];
const steps = ['backup', 'save', 'revert', 'history', 'tick', 'ready'];
/** What must never reach a channel, however it got into an error or a reason. */
const nasty = [
  'connect postgres://planb:hunter2@db.internal:5432/litellm failed', `image sha256:${'ab'.repeat(32)} not found`, 'https://robot:hunter2@registry.example/v2/ says 401',
  'password=hunter2 rejected\nDETAIL: \u001b[31mred\u001b[0m', 'x'.repeat(5000), 'plain words',
];

type Make = (now: number, state: RunState) => RunCommand;

const person = fc.constantFrom(...voters);
const text = fc.constantFrom(...nasty);
const end = fc.constantFrom('succeed', 'succeed', 'succeed', 'succeed', 'fail', 'lose', 'cancel');

/** What somebody would sensibly do next, so that walks get past the votes; the rest is anything at any time. */
const sensible: fc.Arbitrary<Make> = fc.record({ person, text, end, answer: fc.constantFrom('retry' as const, 'skip' as const, 'done' as const, 'failed' as const, 'waive' as const), posted: fc.constantFrom(plan, losing) })
  .map((choice) => (now, state) => {
    if (state.phase === 'planning') return { type: 'PostPlan', now, plan: choice.posted };
    if (state.phase === 'voting' && hasQuorum(state, now, voters)) return { type: 'StartRun', now, digest: state.digest ?? '', voters, differences: [] };
    if (state.phase === 'voting' && (votingDeadline(state) ?? Infinity) <= now) return { type: 'ExpirePlan', now };
    if (state.phase === 'voting') return { type: 'CastVote', now, person: voters.find((voter) => !state.votes.some((vote) => vote.person === voter)) ?? choice.person, voters, choice: 'approve', via: 'slack' };
    const running = state.steps.find((step) => step.status === 'running');
    if (running !== undefined) return finished(running.id, choice.end, choice.text, false)(now, state);
    if (openQuestions(state).length > 0) return { type: 'AnswerStep', now, person: choice.person, voters, answer: choice.answer };
    const next = state.steps.find((step) => step.status === 'pending' || step.status === 'retrying');
    if (next === undefined || state.phase === 'ending') return { type: 'FinishRun', now };
    return next.id === 'tick' ? { type: 'AwaitPerson', now, step: 'tick', instructions: choice.text } : { type: 'BeginStep', now, step: next.id, token: 1, owner };
  });

const anything: fc.Arbitrary<Make> = fc.oneof(
  fc.record({ person, choice: fc.constantFrom('approve' as const, 'approve' as const, 'reject' as const), reason: text })
    .map((vote): Make => (now) => ({ type: 'CastVote', now, voters, via: 'slack', ...vote })),
  fc.constant<Make>((now) => ({ type: 'ExpirePlan', now })),
  fc.constant<Make>((now, state) => ({ type: 'StartRun', now, digest: state.digest ?? '', voters, differences: [{ key: 'k', label: 'image', planned: 'a', now: 'b' }] })),
  text.map((found): Make => (now) => ({ type: 'ReportDrift', now, differences: [{ key: 'k', label: 'image', planned: found, now: found }] })),
  text.map((message): Make => (now) => ({ type: 'FailPlanning', now, code: 'x', message, outcome: 'planning-failed' })),
  fc.constantFrom(...steps).map((step): Make => (now) => ({ type: 'BeginStep', now, step, token: 1, owner })),
  fc.record({ step: fc.constantFrom(...steps), end, text, retryable: fc.boolean() }).map(({ step, end: how, text: said, retryable }) => finished(step, how, said, retryable)),
  fc.record({ person, text }).map((note): Make => (now) => ({ type: 'AddNote', now, writers: [note.person], ...note })),
  person.map((who): Make => (now) => ({ type: 'StopRun', now, person: who, voters })),
);

const command = fc.oneof({ weight: 12, arbitrary: sensible }, { weight: 1, arbitrary: anything });

function finished(step: string, how: string, said: string, retryable: boolean): Make {
  return (now, state) => {
    const of = { now, step, attempt: state.steps.find((other) => other.id === step)?.attempt ?? 0 };
    if (how === 'succeed') return { type: 'SucceedStep', ...of, receipt: { proven: true, exported: true, takenAt: '2026-03-01T02:58:00.000Z', lossSince: '2026-03-01T02:58:00.000Z', image: `sha256:${'cd'.repeat(32)}` } };
    if (how === 'fail') return { type: 'FailStep', ...of, error: { code: 'x', message: said, tail: said }, retryable };
    return how === 'lose' ? { type: 'LoseStep', ...of, saw: said } : { type: 'CancelStep', ...of, note: said };
  };
}

/** Every state on one random way through a run, with its instant. */
function walk(commands: readonly { readonly after: number; readonly make: Make }[]): readonly { readonly state: RunState; readonly now: number }[] {
  let now = at('03:13:40');
  let state = emptyRun('7KQ');
  const request: RunCommand = {
    type: 'RequestRun', now, target: 'litellm', title: 'LiteLLM proxy', kind: 'rollback', runbook: 'r', params: { to: '1.81.14' }, reason: nasty[0] ?? '', requester: 'alice',
    place: { platform: 'slack', channel: 'C1' },
  };
  const seen: { readonly state: RunState; readonly now: number }[] = [];
  for (const { after, make } of [{ after: 0, make: () => request }, ...commands]) {
    now += after * 60_000;
    const decision = decide(make(now, state), state);
    if (decision.ok) state = decision.value.reduce(evolve, state);
    seen.push({ state, now });
  }
  const path = seen.map((one) => `${one.state.version} ${situationOf(one.state).kind}`).join(', ');
  // A failure is to print the way, not forty whole states.
  return Object.assign(seen, { [fc.toStringMethod]: () => path });
}

const walks = fc.array(fc.record({ after: fc.constantFrom(0, 0, 0, 0, 0, 1, 1, 2, 4, 33), make: command }), { minLength: 5, maxLength: 45, size: 'max' }).map(walk);

function viewOf(now: number, locale: 'en' | 'ru') {
  return { ...viewAt('03:13', { locale, held: nasty[0] ?? '', progress: { revert: nasty[1] ?? '' }, planningProgress: nasty[2] ?? '' }), now, escalate: ['dave'] };
}

describe('any run that can be', () => {
  it('is reached by these walks in every situation', () => {
    const reached = new Set(fc.sample(walks, { numRuns: 300, seed: 7 }).flat().map(({ state }) => {
      const situation = situationOf(state);
      return 'about' in situation ? situation.about : 'outcome' in situation ? situation.outcome : situation.kind;
    }));
    expect([...reached].sort()).toEqual([
      'expired', 'failed', 'finished-not-verified', 'manual', 'planning', 'planning-failed', 'rejected', 'running', 'stopped', 'stopping', 'unknown', 'verified', 'voting',
    ]);
  });

  it('has a board, details and notices in both languages that keep secrets and limits', () => {
    fc.assert(fc.property(walks, fc.constantFrom('en' as const, 'ru' as const), (states, locale) => {
      for (const { state, now } of states) {
        const view = viewOf(now, locale);
        const board = buildBoard(state, view);
        const text = boardText(board);
        expect(board.title.length).toBeLessThanOrEqual(150);
        expect(board.title).not.toBe('');
        expect(text).not.toMatch(/hunter2|[0-9a-f]{33}|undefined|NaN|\[object|\u001b/);
        expect(text.length).toBeLessThan(7000);
        expect(board.fields.every((field) => field.text.length > 0)).toBe(true);
        expect(new Set(board.buttons.map((button) => button.action)).size).toBe(board.buttons.length);
        expect(detailsText(buildDetails(state, view))).not.toMatch(/undefined|NaN|\[object/);
        expect(replyText(runStatusReply({ state, view }))).not.toMatch(/hunter2|undefined/);
        expect(replyText(statusReply([{ state, view }], [], view))).not.toMatch(/hunter2|undefined/);
        const occasions = [{ kind: 'ended' as const }, { kind: 'drift' as const }, ...openQuestions(state).flatMap((open) => [0, 1, 2].map((nth) => ({ kind: 'reminder' as const, waitingFor: open.key, nth })))];
        for (const occasion of occasions) {
          const notice = noticeFor(state, occasion, view);
          expect(notice).toBeDefined();
          if (notice === undefined) continue;
          expect(noticeText(notice)).not.toMatch(/hunter2|[0-9a-f]{33}|undefined|NaN/);
          expect(notice.lines.length).toBeLessThanOrEqual(2);
          for (const person of notice.mention) expect(noticeText(notice)).toContain(`@${person}`);
        }
      }
    }), { numRuns: 60 });
  });

  it('never shows a button that everyone would be refused', () => {
    fc.assert(fc.property(walks, (states) => {
      for (const { state, now } of states) {
        // Between the deadline and the event that ends the run there may be a moment of a stale board; the refusal explains it.
        if ((votingDeadline(state) ?? Infinity) <= now) continue;
        const meant = new Map<ButtonAction, ButtonMeaning>();
        const board = buildBoard(state, { ...viewOf(now, 'en'), buttonId: (action, meaning) => { meant.set(action, meaning); return action; } });
        for (const { action } of board.buttons) {
          const press = pressed(action, meant.get(action) ?? {}, now);
          if (press === undefined) continue;
          expect(voters.some((person) => decide(press(person), state).ok), `${action} in ${state.phase}`).toBe(true);
        }
      }
    }), { numRuns: 60 });
  });

  it('ends without buttons, or with Plan again alone', () => {
    fc.assert(fc.property(walks, (states) => {
      for (const { state, now } of states.filter((one) => one.state.phase === 'ended')) {
        const actions = buildBoard(state, viewOf(now, 'en')).buttons.map((button) => button.action);
        expect(actions.length === 0 || actions.join() === 'plan-again').toBe(true);
      }
    }), { numRuns: 100 });
  });

  it('gives the same board for the same state and view, and none of it to a channel that is only told', () => {
    for (const events of Object.values(moments)) {
      const state = replay('7KQ', [requested, ...events]);
      const view = viewAt('03:20');
      expect(buildBoard(state, view)).toEqual(buildBoard(state, view));
      expect(buildBoard(state, { ...view, readOnly: true }).buttons).toEqual([]);
      expect({ ...buildBoard(state, view), buttons: [] }).toEqual(buildBoard(state, { ...view, readOnly: true }));
    }
  });
});

/** The command that a pressed button becomes; undefined for Details, Plan again and what asks for another run, which ask nothing of the run. */
function pressed(action: ButtonAction, meaning: ButtonMeaning, now: number): ((person: string) => RunCommand) | undefined {
  switch (action) {
    case 'approve':
    case 'reject':
      return (person) => ({ type: 'CastVote', now, person, voters, choice: action, via: 'slack', ...(meaning.digest === undefined ? {} : { digest: meaning.digest }) });
    case 'stop':
      return (person) => ({ type: 'StopRun', now, person, voters });
    case 'details':
    case 'plan-again':
    case 'bring-back':
    case 'accept-loss':
      return undefined;
    default: {
      const answer = action === 'it-was-done' ? 'done' : action;
      return (person) => ({ type: 'AnswerStep', now, person, voters, answer, ...(meaning.step === undefined ? {} : { step: meaning.step }), ...(meaning.attempt === undefined ? {} : { attempt: meaning.attempt }) });
    }
  }
}
