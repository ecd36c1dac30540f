import type { Answer } from '../command/command.js';
import type { PersonId } from '../person.js';
import type { PlannedStep } from '../plan/plan.js';
import { mayBeWaived } from '../run/decide-answer.js';
import { peopleAwaited, peoplePresent } from '../run/presence.js';
import type { RunState } from '../run/state.js';
import { shorten } from './clean.js';
import { errorText } from './error-text.js';
import type { Language } from './language.js';
import type { ButtonAction, Field } from './model.js';
import { changedField, nowField } from './now-field.js';
import { lostText, requestField } from './plan-fields.js';
import { isBackup, isChange, plannedStep } from './plan-reading.js';
import type { Question } from './situation.js';
import { releaseName, stepPlace, subjectLine } from './subject.js';
import type { BoardView, MessageView } from './view.js';
import { fewNames } from './votes-field.js';

type PeopleView = Pick<BoardView, keyof MessageView | 'voters'>;

/** "FAILED at 2/6 Put 1.81.14 back: needs Alice, Bob or Carol". */
export function questionTitle(question: Question, state: RunState, view: PeopleView, language: Language): string {
  const { board } = language.words;
  const { proposal } = question.step;
  const need = proposal === undefined
    ? needText(view.voters.filter((voter) => question.about !== 'present' || !(question.step.present ?? []).includes(voter)), view, language)
    : board.needsSecond(answerLabel(proposal.answer, question, language), language.format.anyOf(fewNames(others(proposal.person, view), view, language)));
  return `${questionHead(question, state, language)}: ${need}`;
}

/** "FAILED at 2/6 Put 1.81.14 back". */
export function questionHead(question: Question, state: RunState, language: Language): string {
  const { board } = language.words;
  return { failed: board.failedAt, unknown: board.unknownAt, manual: board.manualAt, present: board.presentAt }[question.about](stepPlace(state, question.step.id, language));
}

/** The error, what the probe saw, or what is to be done by hand. */
export function evidenceText(question: Question, language: Language): string {
  const { step } = question;
  return { failed: errorText(step.error, language, 300), unknown: shorten(step.saw ?? '', 300), manual: shorten(step.instructions ?? '', 500), present: shorten(step.instructions ?? '', 500) }[question.about];
}

/** What is so now, what went wrong, and what each button will do. */
export function questionFields(question: Question, state: RunState, view: BoardView, language: Language): readonly Field[] {
  const { labels } = language.words.board;
  const changed = changedField(state, language);
  const lost = state.plan?.verdict.lost ?? [];
  return [
    nowField(state, view, language),
    ...(changed === undefined ? [] : [changed]),
    evidence(question, view, language),
    ...presentField(question, state, view, language),
    ...proposalField(question, view, language),
    ...answerFields(question, state, view, language),
    ...(lost.length === 0 ? [] : [{ label: labels.lost, text: [lostText(state, language)], weight: 2 as const }]),
    { label: '', text: [subjectLine(state, language)], weight: 3 },
    { ...requestField(state, view, language), weight: 1 },
  ];
}

/** The label of the button that gives this answer here: `done` reads "It was done" at an unknown outcome. */
export function answerLabel(answer: Answer, question: Question, language: Language): string {
  const action: ButtonAction = answer === 'done' && question.about === 'unknown' ? 'it-was-done' : answer;
  return language.words.board.buttons[action];
}

function needText(people: readonly PersonId[], view: MessageView, language: Language): string {
  const { board } = language.words;
  return people.length > 5 ? board.needsAny(people.length) : board.needs(language.format.anyOf(people.map(view.people)));
}

function others(person: PersonId, view: PeopleView): readonly PersonId[] {
  return view.voters.filter((voter) => voter !== person);
}

function evidence(question: Question, view: BoardView, language: Language): Field {
  const { labels } = language.words.board;
  const label = { failed: labels.error, unknown: labels.probe, manual: labels.doThis, present: labels.doThis }[question.about];
  const { changedAt } = question.step;
  const time = changedAt === undefined || question.about === 'manual' || question.about === 'present' ? '' : ` · ${language.format.timeWithSeconds(changedAt, view.now)}`;
  return { label, text: [`${evidenceText(question, language)}${time}`], weight: 3 };
}

/** `HERE  1/2 Alice`. */
function presentField(question: Question, state: RunState, view: BoardView, language: Language): readonly Field[] {
  const awaited = peopleAwaited(plannedStep(state, question.step.id));
  if (awaited === undefined || question.about !== 'present') return [];
  const present = peoplePresent(question.step, view.voters);
  return [{ label: language.words.board.labels.here, text: [language.words.board.present(present.length, awaited, present.map(view.people))], weight: 3 }];
}

function proposalField(question: Question, view: BoardView, language: Language): readonly Field[] {
  const { proposal } = question.step;
  if (proposal === undefined) return [];
  const names = language.format.anyOf(fewNames(others(proposal.person, view), view, language));
  const text = language.words.board.proposed(view.people(proposal.person), answerLabel(proposal.answer, question, language), names);
  return [{ label: '', text: [text], weight: 3 }];
}

function answerFields(question: Question, state: RunState, view: BoardView, language: Language): readonly Field[] {
  const { answers, buttons } = language.words.board;
  const planned = plannedStep(state, question.step.id);
  const second = (answer: Answer, text: string): string => {
    if (planned?.destructive !== true) return text;
    return `${text}; ${question.step.proposal?.answer === answer ? answers.secondNow : answers.second}`;
  };
  const line = (action: ButtonAction, text: string): Field => ({ label: buttons[action], text: [text], weight: 3 });
  const stop = line('stop', view.afterStop !== undefined ? answers.stopThen[view.afterStop] : view.health?.state === 'down' ? answers.stopDown : answers.stop);
  if (question.about === 'present') return [line('here', answers.here), stop];
  if (question.about === 'manual') return [line('done', answers.manualDone), line('failed', answers.manualFailed), stop];
  const retry = line('retry', second('retry', retryText(question, planned, language)));
  if (question.about === 'unknown') return [line('it-was-done', second('done', answers.itWasDone)), retry, stop];
  const waive = mayBeWaived(question.step) ? [line('waive', second('waive', answers.waive))] : [];
  return [...waive, retry, line('skip', second('skip', skipText(state, planned, language))), stop];
}

function retryText(question: Question, planned: PlannedStep | undefined, language: Language): string {
  const { answers } = language.words.board;
  if (planned?.effect === 'read') return answers.retryRead;
  if (planned?.effect === 'idempotent') return answers.retryIdempotent;
  const what = (planned === undefined ? undefined : programOf(planned)) ?? answers.theStep;
  return question.about === 'unknown' ? answers.retryOnceUnknown(what) : answers.retryOnce(what);
}

/** "helm rollback": the program and its first word, never an argument that may be SQL or an address. */
function programOf(planned: PlannedStep): string | undefined {
  const words = planned.commands[0]?.trim().split(/\s+/) ?? [];
  const plain = words.slice(0, 2).filter((word) => /^[a-z][\w.-]*$/i.test(word));
  return plain[0] === undefined || plain[0] !== words[0] ? undefined : plain.join(' ');
}

function skipText(state: RunState, planned: PlannedStep | undefined, language: Language): string {
  const { answers } = language.words.board;
  if (planned === undefined) return answers.skip;
  if (planned.check) return answers.skipCheck;
  if (isBackup(planned)) return answers.skipBackup;
  const from = state.plan?.from;
  // Only the step that moves the release can leave the old one in place.
  const movesRelease = isChange(planned) && /release|revision|deploy/.test(planned.uses);
  return movesRelease && from !== undefined ? answers.skipStays(releaseName(from, language)) : answers.skip;
}
