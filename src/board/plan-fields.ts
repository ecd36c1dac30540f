import type { RunState } from '../run/state.js';
import type { VerdictScenario } from '../verdict/verdict.js';
import { backupLine } from './backup-line.js';
import { shorten } from './clean.js';
import { estimateOutage, estimateRun } from './estimates.js';
import type { Language } from './language.js';
import type { Field, Line, Span } from './model.js';
import { onlyLooks } from './plan-reading.js';
import type { BoardView, MessageView } from './view.js';

const shownReasons = 3;
const shownLosses = 5;
const shownDifferences = 4;

/** "revert only: 4 newer migrations, all additive". Only a rollback has a way to go back; other kinds show why they do what they do. */
export function verdictField(state: RunState, language: Language): readonly Field[] {
  const verdict = state.plan?.verdict;
  if (verdict === undefined) return [];
  const { labels, verdicts } = language.words.board;
  const reasons = verdict.reasons.slice(0, shownReasons).map((reason) => shorten(reason.text, 160)).join('; ');
  if (state.kind === 'rollback') {
    return [{ label: labels.verdict, text: [{ bold: verdict.scenario === undefined ? verdicts[verdict.kind] : scenarioText(verdict.scenario, language) }, ...(reasons === '' ? [] : [`: ${reasons}`])], weight: 3 }];
  }
  return reasons === '' ? [] : [{ label: labels.why, text: [reasons], weight: 2 }];
}

/** "back, way 2 of 4: DNS back to the old server (5 min–10 min by the guide)". */
function scenarioText({ kind, data, by, expectedMs: [from, to], of }: VerdictScenario, { words, format }: Language): string {
  const { scenarios, dataOf, expected, atOnce, chosenByPeople } = words.board;
  const time = to === 0 && of === undefined ? atOnce : expected(format.duration(from), format.duration(to), of);
  return `${scenarios[kind]}${data === undefined ? '' : dataOf[data]} (${[time, ...(by === 'people' ? [chosenByPeople] : [])].join('; ')})`;
}

/** LOST, OUTAGE and RUN: on one line while nothing is lost. */
export function costFields(state: RunState, language: Language): readonly Field[] {
  if (state.plan === undefined) return [];
  const { labels } = language.words.board;
  const estimates = estimateParts(state, language);
  if (onlyLooks(state) && state.plan.verdict.lost.length === 0) {
    return estimates.length === 0 ? [] : [{ label: estimates[0]?.label ?? '', text: joinParts(estimates), weight: 2 }];
  }
  const lost = lostText(state, language);
  if (state.plan.verdict.lost.length === 0) return [{ label: labels.lost, text: joinParts([{ label: labels.lost, text: lost }, ...estimates]), weight: 3 }];
  const [first] = estimates;
  return [
    { label: labels.lost, text: [{ bold: lost }], weight: 3 },
    ...(first === undefined ? [] : [{ label: first.label, text: joinParts(estimates), weight: 2 as const }]),
  ];
}

/** What goes away, in one text; also what a confirmation repeats. */
export function lostText(state: RunState, language: Language): string {
  const lost = state.plan?.verdict.lost ?? [];
  if (lost.length === 0) return language.words.board.none;
  const shown = lost.slice(0, shownLosses).map((loss) => shorten(loss, 200));
  return [...shown, ...(lost.length > shownLosses ? [language.words.board.people(lost.length - shownLosses)] : [])].join('; ');
}

/** `Alice: "500s since deploy" · backup proven 02:10 UTC`. */
export function requestField(state: RunState, view: MessageView, language: Language): Field {
  const { words } = language;
  const name = view.people(state.requester);
  // What planb itself saw is nobody's word, though it was asked in somebody's name.
  const why = state.raisedBy !== undefined && state.reason !== undefined ? shorten(state.reason, 400) : state.reason === undefined ? words.board.asked(name) : `${name}: ${words.board.quoted(shorten(state.reason, 200))}`;
  const scope = state.scope === undefined ? why : `${why} (${words.board.scopes[state.scope]})`;
  const backup = backupLine(state, view, language);
  return { label: '', text: [[scope, ...(backup === undefined ? [] : [backup])].join(' · ')], weight: state.raisedBy === undefined ? 2 : 3 };
}

/** What is not as the plan saw it. */
export function driftFields(state: RunState, language: Language): readonly Field[] {
  const differences = state.drift ?? [];
  if (differences.length === 0) return [];
  const { words } = language;
  const shown = differences.slice(0, shownDifferences).map(({ label, planned, now }) => words.board.driftPlanned(shorten(label, 60), shorten(planned, 80), shorten(now, 80)));
  const more = differences.length - shown.length;
  return [
    { label: words.board.labels.drift, text: [[...shown, ...(more > 0 ? [words.board.differences(more)] : [])].join('; ')], weight: 3 },
    { label: '', text: [state.startedAt === undefined ? words.board.driftVoided : words.board.driftPaused], weight: 2 },
  ];
}

/** The target's own file still names the bad release. */
export function heldField(view: BoardView, language: Language): readonly Field[] {
  if (view.held === undefined) return [];
  const { labels, ended } = language.words.board;
  return [{ label: labels.held, text: [ended.heldLine(shorten(view.held, 200))], weight: 2 }];
}

interface Part {
  readonly label: string;
  readonly text: string;
}

function estimateParts(state: RunState, language: Language): readonly Part[] {
  const { words, format } = language;
  const outage = estimateOutage(state);
  const run = estimateRun(state);
  const away = outage === undefined ? [] : [{ label: words.board.labels.outage, text: outage === 0 ? words.board.noOutage : format.about(outage) }];
  if (run === undefined) return away;
  return [...away, { label: words.board.labels.run, text: run.partial ? words.board.atLeast(format.about(run.ms)) : format.about(run.ms) }];
}

/** The first label is the field's own; the others stand inside its text. */
function joinParts(parts: readonly Part[]): Line {
  return parts.flatMap(({ label, text }, index): readonly Span[] => (index === 0 ? [text] : [' · ', { bold: label }, ` ${text}`]));
}
