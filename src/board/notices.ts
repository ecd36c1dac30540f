import { countingVotes, votingDeadline } from '../approval/quorum.js';
import type { PersonId } from '../person.js';
import type { FactDifference } from '../run/events.js';
import type { RunState } from '../run/state.js';
import { openQuestions, type Waiting } from '../run/waiting.js';
import { buttonsAt } from './buttons.js';
import { cleanNotice, shorten } from './clean.js';
import { endedTitle } from './ended.js';
import { languageOf, type Language } from './language.js';
import type { Line, Notice, Span } from './model.js';
import { lostText } from './plan-fields.js';
import { evidenceText, questionHead, questionTitle } from './question.js';
import { questionOf } from './situation.js';
import { subjectLine } from './subject.js';
import type { MessageView, Outage } from './view.js';
import { mayStillVote } from './votes-field.js';

/** Why people are woken. `reminder`: a `PeopleReminded` event; `drift`: `DriftFound`; `glass`: `GlassBroken`; `preapproved`: `PlanPreapproved`; `ended`: `RunEnded`. */
export type Occasion = { readonly kind: 'reminder'; readonly waitingFor: string; readonly nth: number } | { readonly kind: 'drift' } | { readonly kind: 'glass' } | { readonly kind: 'preapproved' } | { readonly kind: 'ended' };

export interface NoticeView extends MessageView {
  /** Who may vote and answer now. */
  readonly voters: readonly PersonId[];
  /** The people behind the policy's `escalate`. */
  readonly escalate: readonly PersonId[];
  readonly outage?: Outage;
}

/**
 * The short new message for an occasion; an edit of the board notifies nobody. Undefined when the question is no longer open, so that nobody is woken for nothing. Everyone
 * in `mention` also stands in the lines as a person.
 */
export function noticeFor(state: RunState, occasion: Occasion, view: NoticeView): Notice | undefined {
  const language = languageOf(view.locale);
  switch (occasion.kind) {
    case 'reminder': {
      const question = openQuestions(state).find((open) => open.key === occasion.waitingFor);
      return question === undefined ? undefined : reminderNotice(question, occasion.nth, state, view, language);
    }
    case 'drift':
      return driftNotice(state, language);
    case 'glass':
      return glassNotice(state, view, language);
    case 'preapproved':
      return preapprovedNotice(state, view, language);
    case 'ended':
      return endedNotice(state, view, language);
    default:
      return unreachable(occasion);
  }
}

function reminderNotice(question: Waiting, nth: number, state: RunState, view: NoticeView, language: Language): Notice | undefined {
  const since = language.format.time(question.since, view.now);
  const words = language.words.notices;
  const urgency = (text: string): string => (nth === 0 ? text : nth === 1 ? words.still(text, since) : words.escalated(text, since));
  const called = (people: readonly PersonId[]): readonly PersonId[] => (nth < 2 ? people : [...new Set([...people, ...view.escalate])]);
  if (question.for === 'votes') {
    const people = called(mayStillVote(state, view.voters, view.now));
    const deadline = votingDeadline(state);
    const until = deadline === undefined ? words.stop : words.decideUntil(language.format.time(deadline, view.now));
    return compose(language, urgency(votesText(state, view, language)), people.length === 0 ? [] : [words.votesWanted, ...persons(people), until], people);
  }
  const asked = question.step === undefined ? undefined : questionOf(state, question.step);
  if (asked === undefined) return undefined;
  const people = called(view.voters.filter((voter) => voter !== asked.step.proposal?.person && (asked.about !== 'present' || asked.step.present?.includes(voter) !== true)));
  const choices = language.format.anyOf(buttonsAt(asked).filter((action) => action !== 'details').map((action) => language.words.board.buttons[action]));
  const head = asked.step.proposal === undefined ? `${questionHead(asked, state, language)}: ${evidenceText(asked, language)}` : questionTitle(asked, state, view, language);
  const headline = `${shorten(head, 300)} · ${subjectLine(state, language)}`;
  return compose(language, urgency(headline), people.length === 0 ? [] : [words.answerWanted, ...persons(people), words.choices(choices)], people);
}

function votesText(state: RunState, view: NoticeView, language: Language): string {
  const words = language.words.notices;
  const given = countingVotes(state, view.now, view.voters).length;
  const needed = state.plan?.policy.people ?? 0;
  const say = state.startedAt !== undefined ? words.remaining : state.drift === undefined ? words.planReady : words.replanned;
  const loses = (state.plan?.verdict.lost.length ?? 0) > 0 ? ` ${words.loses(lostText(state, language))}` : '';
  const why = state.raisedBy === undefined || state.reason === undefined ? '' : `${shorten(state.reason, 300)}. `;
  return `${why}${say(subjectLine(state, language), given, needed)}${loses}`;
}

/** The one who asked learns that it takes longer; the fresh plan calls the voters by a notice of its own. */
function driftNotice(state: RunState, language: Language): Notice {
  const words = language.words.notices;
  const say = state.startedAt === undefined ? words.drifted : words.driftedRunning;
  const text = say(subjectLine(state, language), differences(state.drift ?? [], language));
  return compose(language, text, persons([state.requester]), [state.requester]);
}

/** One person did what takes two: everyone who could have said no, and the escalation, learn it at once and can press Stop. */
function glassNotice(state: RunState, view: NoticeView, language: Language): Notice | undefined {
  const glass = state.glass ?? state.startedAlone.at(-1);
  if (glass === undefined) return undefined;
  const { board, notices } = language.words;
  const who = board.approver(view.people(glass.person), board.platforms[glass.via]);
  const people = [...new Set([...view.escalate, ...view.voters])].filter((person) => person !== glass.person);
  const text = notices.brokenGlass(subjectLine(state, language), who, shorten(glass.reason, 300));
  return compose(language, text, people.length === 0 ? [] : [notices.lookNow, ...persons(people)], people);
}

/** Nobody voted, so everybody who could have learns it at once, and can press Stop. */
function preapprovedNotice(state: RunState, view: NoticeView, language: Language): Notice | undefined {
  if (state.preapproved === undefined) return undefined;
  const { watch } = language.words;
  const { source, name } = state.preapproved;
  const text = watch.preapprovedNotice(subjectLine(state, language), watch.preapproved(source, shorten(name, 80)));
  return compose(language, `${text}${state.reason ?? ''}`, view.voters.length === 0 ? [] : [...persons(view.voters), watch.stopIt], view.voters);
}

/** The end wakes the one who asked and those who approved; an end that leaves the target half way wakes everyone who may act. */
function endedNotice(state: RunState, view: NoticeView, language: Language): Notice {
  const outcome = state.outcome ?? 'stopped';
  const involved = [state.requester, ...state.approvers.map(({ person }) => person)];
  const halfWay = state.startedAt !== undefined && outcome !== 'verified';
  const people = [...new Set(halfWay ? [...involved, ...view.voters] : involved)];
  const title = endedTitle(outcome, state, view, language);
  const subject = subjectLine(state, language);
  const why = endReason(state, language);
  const headline = title.includes(subject) ? title : `${title} · ${subject}`;
  return compose(language, why === undefined ? headline : `${headline}: ${shorten(why, 250)}`, persons(people), people);
}

function endReason(state: RunState, language: Language): string | undefined {
  if (state.outcome === 'verified') return undefined;
  if (state.outcome === 'finished-not-verified') return language.words.board.ended.checkByHand;
  return state.endReason ?? state.planningError?.message;
}

/** What was seen of a held target: the bad release runs again. `at` is milliseconds since the epoch. */
export interface ReturnedRelease {
  readonly title: string;
  readonly bad: string;
  readonly good: string;
  readonly at: number;
  /** The line of the user's file that names the bad release. */
  readonly held?: string;
  readonly mention: readonly PersonId[];
}

export function returnedReleaseNotice(returned: ReturnedRelease, view: MessageView): Notice {
  const language = languageOf(view.locale);
  const words = language.words.notices;
  const why = returned.held === undefined ? words.heldPlain(returned.good) : words.heldExplained(returned.good, shorten(returned.held, 200));
  const text = words.changed(returned.title, returned.bad, language.format.timeWithSeconds(returned.at, view.now));
  return compose(language, text, [`${why} `, ...persons(returned.mention)], returned.mention);
}

function compose(language: Language, headline: string, second: Line, mention: readonly PersonId[]): Notice {
  return cleanNotice({ locale: language.locale, lines: [[headline], ...(second.length === 0 ? [] : [second])], mention });
}

function persons(people: readonly PersonId[]): readonly Span[] {
  return people.flatMap((person, index): readonly Span[] => (index === 0 ? [{ person }] : [', ', { person }]));
}

function differences(list: readonly FactDifference[], language: Language): string {
  const shown = list.slice(0, 2).map(({ label, planned, now }) => language.words.board.driftPlanned(shorten(label, 60), shorten(planned, 60), shorten(now, 60)));
  return [...shown, ...(list.length > 2 ? [language.words.board.differences(list.length - 2)] : [])].join('; ');
}

function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
