import type { RunState } from '../run/state.js';
import { shorten } from './clean.js';
import { errorText } from './error-text.js';
import type { Language } from './language.js';
import type { Field } from './model.js';
import { changedField, nowField } from './now-field.js';
import { costFields, driftFields, lostText, requestField, verdictField } from './plan-fields.js';
import { onlyLooks, stepName } from './plan-reading.js';
import { stepPlace } from './subject.js';
import type { BoardView } from './view.js';
import { votesField } from './votes-field.js';

/** While the plan is being made: what the service does, and how far planning is. */
export function planningFields(state: RunState, view: BoardView, language: Language): readonly Field[] {
  const { labels, planning } = language.words.board;
  const again = state.plan !== undefined;
  const progress = view.planningProgress === undefined ? (again ? planning.again : planning.first) : language.words.board.progress(shorten(view.planningProgress, 150));
  return [
    nowField(state, view, language),
    { label: labels.plan, text: [progress], weight: 3 },
    ...driftFields(state, language),
    requestField(state, view, language),
  ];
}

/** While votes are awaited: everything that a person votes on. */
export function votingFields(state: RunState, view: BoardView, language: Language): readonly Field[] {
  return [
    nowField(state, view, language),
    ...unreadableFields(view, language),
    ...pausedFields(state, language),
    ...driftFields(state, language),
    ...verdictField(state, language),
    ...costFields(state, language),
    requestField(state, view, language),
    ...failedPreparation(state, language),
    votesField(state, view, language),
  ];
}

/** The votes are there and the live system cannot be read: nothing begins before it can, and nobody should wonder why. */
function unreadableFields(view: BoardView, language: Language): readonly Field[] {
  return view.planningProgress === undefined ? [] : [{ label: language.words.board.labels.error, text: [shorten(view.planningProgress, 250)], weight: 3 }];
}

/** Half way, with a plan of what remains: what is changed already, and what Reject would mean now. */
function pausedFields(state: RunState, language: Language): readonly Field[] {
  if (state.startedAt === undefined) return [];
  const changed = changedField(state, language);
  return [...(changed === undefined ? [] : [changed]), { label: '', text: [language.words.board.remainingPlan], weight: 3 }];
}

/** While it is carried out: which steps run since when, and how far they are. */
export function runningFields(state: RunState, view: BoardView, language: Language): readonly Field[] {
  const { labels } = language.words.board;
  const lost = state.plan?.verdict.lost ?? [];
  return [
    nowField(state, view, language),
    ...unreadableFields(view, language),
    ...stepFields(state, view, language),
    ...(onlyLooks(state) && lost.length === 0 ? [] : [{ label: labels.lost, text: [lostText(state, language)], weight: 2 as const }]),
    requestField(state, view, language),
    approvedField(state, view, language),
  ];
}

/** While steps that still run are being ended. */
export function stoppingFields(state: RunState, view: BoardView, language: Language): readonly Field[] {
  const { board } = language.words;
  const running = state.steps.filter((step) => step.status === 'running').map((step) => stepPlace(state, step.id, language));
  const by = state.stopRequestedBy === undefined ? [] : [board.stoppingBy(view.people(state.stopRequestedBy))];
  const reason = state.endReason === undefined ? [] : [board.quoted(shorten(state.endReason, 200))];
  const waits = running.length === 0 ? [] : [board.stoppingWaits(running.join(', '))];
  return [
    nowField(state, view, language),
    { label: board.labels.step, text: [[...by, ...reason, ...waits].join(' · ')], weight: 3 },
    requestField(state, view, language),
  ];
}

/** "Alice (Slack), Bob (Telegram)": who approved, and from where. */
export function approverNames(state: RunState, view: BoardView, language: Language): string {
  const { board } = language.words;
  const auto = state.preapproved === undefined ? [] : [language.words.watch.preapproved(state.preapproved.source, shorten(state.preapproved.name, 80))];
  return [...auto, ...state.approvers.map(({ person, via }) => board.approver(view.people(person), board.platforms[via]))].join(', ');
}

function approvedField(state: RunState, view: BoardView, language: Language): Field {
  const { board } = language.words;
  const text = state.approvers.length === 0 && state.preapproved === undefined ? `${board.labels.votes} ${board.noVotes}` : board.approvedLine(approverNames(state, view, language));
  return { label: '', text: [text], weight: 1 };
}

function stepFields(state: RunState, view: BoardView, language: Language): readonly Field[] {
  const { board } = language.words;
  const { format } = language;
  const lines = state.steps.flatMap((step) => {
    const place = stepPlace(state, step.id, language);
    if (step.status === 'running') {
      const progress = view.progress?.[step.id];
      const since = board.runningSince(format.timeWithSeconds(step.startedAt ?? view.now, view.now));
      return [`${place}, ${since}${progress === undefined ? '' : ` · ${shorten(progress, 100)}`}`];
    }
    if (step.status === 'retrying') return [`${place}: ${errorText(step.error, language, 120)}; ${board.retriesAt(format.timeWithSeconds(step.retryAt ?? view.now, view.now))}`];
    return [];
  });
  const shown = lines.length > 0 ? lines : [board.starting];
  return shown.map((line, index) => ({ label: index === 0 ? board.labels.step : '', text: [line], weight: 3 }));
}

/** A failed preparation does not stop the votes, but who votes must know: after the start it will ask. */
function failedPreparation(state: RunState, language: Language): readonly Field[] {
  const { board } = language.words;
  return state.steps
    .filter((step) => step.status === 'failed' || step.status === 'unknown')
    .map((step) => ({ label: board.labels.error, text: [board.prepareFailed(stepName(state, step.id), step.error === undefined ? shorten(step.saw ?? '', 200) : errorText(step.error, language, 200))], weight: 3 }));
}
