import type { RunOutcome } from '../run/events.js';
import { seenOf } from '../migration/offers.js';
import type { RunState } from '../run/state.js';
import { shorten } from './clean.js';
import { errorText } from './error-text.js';
import type { Language } from './language.js';
import { approverNames } from './live-fields.js';
import type { BoardModel, Field } from './model.js';
import { changedField, healthText } from './now-field.js';
import { planningErrorText } from './planning-error.js';
import { heldField, lostText, requestField, verdictField } from './plan-fields.js';
import { changedAnything, checksOf, leftOpen, onlyLooks, ranOutOfTime, stepName } from './plan-reading.js';
import { releaseName, stepPlace, subjectLine } from './subject.js';
import type { BoardView, MessageView } from './view.js';

type EndedView = Pick<BoardView, keyof MessageView | 'outage'>;

/** Good only when verified; an end that leaves work or doubt is bad, an end before anything began is merely over. */
export function endedTone(outcome: RunOutcome, state: RunState): BoardModel['tone'] {
  if (outcome === 'verified') return 'good';
  if (outcome === 'finished-not-verified' || outcome === 'planning-failed') return 'bad';
  return state.startedAt === undefined ? 'ended' : 'bad';
}

/** "BACK ON 1.81.14, verified 03:21 UTC, held 2 min". Only the verified end says so. */
export function endedTitle(outcome: RunOutcome, state: RunState, view: EndedView, language: Language): string {
  const { ended } = language.words.board;
  const { format } = language;
  const time = format.time(state.endedAt ?? view.now, view.now);
  const about = subjectLine(state, language);
  switch (outcome) {
    case 'verified': {
      // A run that only looks brought nothing back that could hold.
      const held = onlyLooks(state) ? undefined : heldFor(state, view);
      return [successHead(state, language), ended.verified(time), ...(held === undefined || held < 1_000 ? [] : [ended.held(format.duration(held))])].join(', ');
    }
    case 'finished-not-verified':
      return `${ended.notVerified(time)} · ${about}`;
    case 'stopped':
      return [ended.stopped(time), ...stoppedBy(state, view, language), ...stoppedAt(state, language)].join(' ') + ` · ${about}`;
    case 'rejected': {
      const rejecter = state.votes.find((vote) => vote.choice === 'reject');
      return `${rejecter === undefined ? ended.rejectedTime(time) : ended.rejected(view.people(rejecter.person), time)} · ${about}`;
    }
    case 'expired':
      return `${ended.expired(time)} · ${about}`;
    case 'planning-failed':
      return `${ended.planningFailed} · ${about}`;
    case 'nothing-to-do':
      return `${ended.nothingToDo} · ${about}`;
    default:
      return unreachable(outcome);
  }
}

/** What happened, what is lost, who approved, and what is left to do. */
export function endedFields(outcome: RunOutcome, state: RunState, view: BoardView, language: Language): readonly Field[] {
  const { board } = language.words;
  const now: Field = { label: board.labels.now, text: [healthText(view, language)], weight: 3 };
  const request: Field = { ...requestField(state, view, language), weight: 1 };
  switch (outcome) {
    case 'verified':
      return [...summaryFields(state, view, language), ...todoFields(state, view, language), { label: '', text: [subjectLine(state, language)], weight: 3 }, request];
    case 'finished-not-verified':
      return [now, ...unchecked(state, language), ...summaryFields(state, view, language), ...todoFields(state, view, language), request];
    case 'stopped':
      return state.startedAt === undefined
        ? [now, ...reasonField(state.endReason, language), untouched(language), request]
        : [now, ...changedFields(state, language), ...reasonField(state.endReason ?? (ranOutOfTime(state) ? board.ended.ranOut : undefined), language),
          ...openEnds(state, language), ...summaryFields(state, view, language), ...(changedAnything(state) ? heldField(view, language) : []), request];
    case 'rejected':
      return [now, ...reasonField(state.endReason, language), untouched(language), request];
    case 'expired': {
      const given = state.votes.filter((vote) => vote.choice === 'approve').length;
      return [now, { label: board.labels.votes, text: [board.ended.expiredVotes(given, state.plan?.policy.people ?? 0)], weight: 3 }, untouched(language), request];
    }
    case 'planning-failed':
      return [now, { label: board.labels.error, text: [shorten(planningErrorText(state, view) ?? state.endReason ?? '', 400)], weight: 3 }, ...seenField(state, language), untouched(language), request];
    case 'nothing-to-do':
      return [now, ...reasonField(planningErrorText(state, view) ?? state.endReason, language), ...verdictField(state, language), request];
    default:
      return unreachable(outcome);
  }
}

/** What a question of planning rests on. */
function seenField(state: RunState, language: Language): readonly Field[] {
  const seen = seenOf(state);
  return seen === '' ? [] : [{ label: language.words.board.labels.why, text: [shorten(seen, 700)], weight: 2 }];
}

function successHead(state: RunState, language: Language): string {
  const { ended } = language.words.board;
  const to = state.plan?.to;
  if (to !== undefined && state.kind === 'rollback') return ended.back(releaseName(to, language));
  if (to !== undefined && state.kind === 'upgrade') return ended.on(releaseName(to, language));
  return `${ended.kinds[state.kind]}: ${shorten(state.title, 60)}`;
}

/** How long the service was seen healthy before success was said: since the outage ended, else what the checks themselves held. */
function heldFor(state: RunState, view: EndedView): number | undefined {
  const until = view.outage?.until;
  if (until !== undefined && state.endedAt !== undefined && state.endedAt > until) return state.endedAt - until;
  const held = state.steps.map((step) => step.receipt?.['heldMs']).filter((ms) => typeof ms === 'number');
  return held.length === 0 ? undefined : Math.max(...held);
}

function summaryFields(state: RunState, view: BoardView, language: Language): readonly Field[] {
  const { board } = language.words;
  const { format } = language;
  const { outage } = view;
  const checks = checksOf(state);
  const away = outage === undefined ? [] : [outage.until === undefined ? board.ended.outageSince(format.time(outage.from, view.now)) : board.ended.outage(format.span(outage.from, outage.until, view.now))];
  const ran = state.startedAt === undefined || state.endedAt === undefined ? [] : [board.ended.run(format.duration(state.endedAt - state.startedAt))];
  const parts = [...away, ...ran, ...(checks.all === 0 ? [] : [board.ended.checks(checks.passed, checks.all)])];
  const approvers = state.approvers.length === 0 && state.preapproved === undefined ? undefined : approverNames(state, view, language);
  const loses = (state.plan?.verdict.lost.length ?? 0) > 0;
  const result: readonly Field[] = parts.length === 0 ? [] : [{ label: '', text: [parts.join(' · ')], weight: 3 }];
  if (onlyLooks(state) && !loses) return approvers === undefined ? result : [...result, { label: '', text: [board.approvedLine(approvers)], weight: 1 }];
  const waivers = [...new Set(state.waivers.flatMap(({ people }) => people))].map(view.people);
  const said = [...(waivers.length === 0 ? [] : [board.waivedBy(waivers.join(', '))]), ...(approvers === undefined ? [] : [board.approvedBy(approvers)])];
  return [...result, { label: board.labels.lost, text: [[lostText(state, language), ...said].join(' · ')], weight: 3 }];
}

function todoFields(state: RunState, view: BoardView, language: Language): readonly Field[] {
  const { board } = language.words;
  const lines = [...(view.held === undefined ? [] : [board.ended.heldLine(shorten(view.held, 200))]), ...(state.plan?.todo ?? []).filter((line) => line !== view.held).map((line) => shorten(line, 200))];
  return [...new Set(lines)].map((line, index) => ({ label: index === 0 ? board.labels.todo : '', text: [line], weight: 3 }));
}

/** Why it may not be called a success. */
function unchecked(state: RunState, language: Language): readonly Field[] {
  const { board } = language.words;
  const open = state.steps.filter((step) => step.status === 'skipped' || step.status === 'tolerated' || step.status === 'cancelled').map((step) => stepName(state, step.id));
  const why = open.length > 0 ? [open.join(', ')] : checksOf(state).all === 0 ? [board.ended.noCheck] : [];
  return [{ label: board.labels.notChecked, text: [[...why, board.ended.checkByHand].join('; ')], weight: 3 }];
}

function changedFields(state: RunState, language: Language): readonly Field[] {
  const changed = changedField(state, language);
  return changed === undefined ? [] : [{ ...changed, weight: 3 }];
}

/** Steps that a stopped run left failed or unknown, and those that it never began. */
function openEnds(state: RunState, language: Language): readonly Field[] {
  const { board } = language.words;
  const open = leftOpen(state).map((step): Field => (step.saw === undefined
    ? { label: board.labels.error, text: [`${stepName(state, step.id)}: ${errorText(step.error, language, 250)}`], weight: 3 }
    : { label: board.labels.probe, text: [`${stepName(state, step.id)}: ${shorten(step.saw, 250)}`], weight: 3 }));
  const never = state.steps.filter((step) => step.status === 'not-run').map((step) => stepName(state, step.id));
  return [...open, ...(never.length === 0 ? [] : [{ label: '', text: [board.ended.notRun(never.join(', '))], weight: 1 as const }])];
}

function stoppedAt(state: RunState, language: Language): readonly string[] {
  const step = state.steps.find((other) => other.status === 'abandoned') ?? state.steps.find((other) => other.status === 'cancelled');
  return step === undefined || state.startedAt === undefined ? [] : [language.words.board.ended.at(stepPlace(state, step.id, language))];
}

function stoppedBy(state: RunState, view: EndedView, language: Language): readonly string[] {
  const person = state.stopRequestedBy ?? state.votes.find((vote) => vote.choice === 'reject')?.person;
  return person === undefined ? [] : [language.words.board.ended.by(view.people(person))];
}

function reasonField(reason: string | undefined, language: Language): readonly Field[] {
  return reason === undefined || reason === '' ? [] : [{ label: language.words.board.labels.why, text: [shorten(reason, 300)], weight: 3 }];
}

function untouched(language: Language): Field {
  return { label: '', text: [language.words.board.ended.untouched], weight: 3 };
}

function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
