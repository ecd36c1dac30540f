import { lostText } from '../board/plan-fields.js';
import { changedAnything } from '../board/plan-reading.js';
import { subjectLine } from '../board/subject.js';
import { shortDigests, showJson } from '../board/details-plan.js';
import type { RunState } from '../run/state.js';
import { howItBegan, outageOf } from './cause.js';
import { list, prose, section } from './markdown.js';
import { questionLines } from './questions.js';
import type { ReportInput } from './report-input.js';
import { speechOf, type Speech } from './speech.js';
import { stepsTable } from './steps.js';
import { timelineTable } from './timeline.js';

const shownFacts = 30;

/** A post-mortem is for runs that acted; one that was rejected, or only looked, has nothing to explain. */
export function isWorthReport(state: RunState): boolean {
  return state.phase === 'ended' && state.startedAt !== undefined && changedAnything(state);
}

/** The run's post-mortem as Markdown, from its record: what people would have to collect, and the questions that only they can answer. Pure. */
export function buildReport(input: ReportInput): string {
  const speech = speechOf(input);
  const { words, language, moment } = speech;
  const { state } = input;
  const { headings } = words;
  const lost = state.startedAt === undefined ? words.nothing : prose(lostText(state, language));
  const notes = state.notes.map(({ at, person, text }) => `${moment(at)}, ${prose(input.people(person), 80)}: ${prose(text)}`);
  const todo = [...(state.plan?.todo ?? []), ...(input.held === undefined ? [] : [input.held])].map((line) => prose(line));
  return [
    `# ${prose(words.title(subjectLine(state, language)))}`, '',
    ...list(summary(input, speech, lost)), '',
    ...section(headings.began, howItBegan(input, speech)),
    ...section(headings.found, found(state, speech)),
    ...section(headings.timeline, timelineTable(input, speech)),
    ...section(headings.steps, stepsTable(input, speech)),
    ...section(headings.lost, state.plan === undefined ? [] : list((state.plan.verdict.lost.length === 0 ? [words.unknownLoss] : state.plan.verdict.lost).map((loss) => prose(loss)))),
    ...section(headings.todo, list([...new Set(todo)])),
    ...section(headings.notes, list(notes)),
    ...section(headings.questions, questionLines(input, speech, { effect: effectOf(input, speech), lost })),
    '---', '', words.madeBy(state.id, moment(input.now)), '',
  ].join('\n');
}

function summary(input: ReportInput, speech: Speech, lost: string): readonly string[] {
  const { words, language, moment } = speech;
  const { labels } = words;
  const { state, people } = input;
  const { board } = language.words;
  const name = (id: string): string => prose(people(id), 80);
  const votes = input.events.flatMap((event) => (event.type === 'VoteCast' && event.choice === 'approve' ? [event] : []));
  const approvers = state.approvers.map(({ person, via }) => {
    const vote = votes.filter((one) => one.person === person).at(-1);
    return words.approver(name(person), board.platforms[via], vote === undefined ? '' : moment(vote.at));
  });
  const asked = words.by(name(state.requester), state.place === undefined ? '' : board.platforms[state.place.platform], moment(state.requestedAt));
  return [
    [labels.target, `${prose(state.title, 80)} (${prose([state.target, ...(state.plan === undefined ? [] : [state.plan.environment])].join(', '), 120)})`],
    [labels.result, effectOf(input, speech)],
    [labels.asked, asked],
    ...(state.reason === undefined ? [] : [[labels.why, prose(state.reason)]]),
    ...(state.scope === undefined ? [] : [[labels.scope, board.scopes[state.scope]]]),
    [labels.approved, [...(state.preapproved === undefined ? [] : [language.words.watch.preapproved(state.preapproved.source, prose(state.preapproved.name, 120))]), ...approvers].join('; ') || words.nobody],
    ...state.startedAlone.map(({ person, via, at, reason }) => [labels.alone, words.alone(name(person), board.platforms[via], moment(at), prose(reason, 300))]),
    [labels.outage, outageText(input, speech)],
    ...(state.endedAt === undefined ? [] : [[labels.took, tookText(state, state.endedAt, speech)]]),
    ...recordLines(input, speech),
    ...(state.plan === undefined ? [] : [[labels.lost, lost], [labels.runbook, prose(state.plan.runbook.name, 120)], [labels.plan, (state.digest ?? '').slice(0, 12)]]),
  ].map(([label = '', text = '']) => `**${label}**: ${text}`);
}

/** What this file vouches for: whoever keeps it can show later that the record was another one. */
function recordLines({ head, signed }: ReportInput, { words }: Speech): readonly (readonly string[])[] {
  if (head === undefined) return [];
  return [[words.labels.record, [words.record(head.version, head.hash), ...(signed === undefined ? [] : [words.signed(signed.key, signed.signature)])].join(', ')]];
}

function effectOf({ state }: ReportInput, { words, language }: Speech): string {
  if (state.outcome === undefined) return words.notEnded;
  const outcome = language.words.details.outcomes[state.outcome];
  const why = state.endReason === undefined ? '' : `: ${prose(state.endReason, 300)}`;
  return state.startedAt === undefined ? `${outcome}, ${words.notStarted}${why}` : `${outcome}${why}`;
}

function outageText(input: ReportInput, { words, moment, duration }: Speech): string {
  const outage = outageOf(input);
  if (outage === undefined) return words.noOutage;
  const { from, until, saw } = outage;
  return until === undefined ? words.outageOpen(moment(from), prose(saw, 120)) : words.outage(`${moment(from)} – ${moment(until)}`, duration(until - from), prose(saw, 120));
}

function tookText({ requestedAt, startedAt }: RunState, endedAt: number, { words, duration }: Speech): string {
  return startedAt === undefined ? words.tookPlanned(duration(endedAt - requestedAt)) : words.took(duration(endedAt - requestedAt), duration(endedAt - startedAt));
}

/** The verdict with its reasons, and the facts behind it in short. */
function found({ plan }: RunState, { words, language }: Speech): readonly string[] {
  if (plan === undefined) return [];
  const facts = plan.facts.slice(0, shownFacts).map(({ label, value }) => `${prose(label, 120)}: ${prose(shortDigests(showJson(value)), 160)}`);
  return [
    ...(plan.kind === 'rollback' ? [`**${words.labels.verdict}**: ${language.words.board.verdicts[plan.verdict.kind]}`, ''] : []),
    ...list(plan.verdict.reasons.map(({ text }) => prose(text))),
    ...(facts.length === 0 ? [] : ['', words.facts, '', ...list(facts)]),
  ];
}
