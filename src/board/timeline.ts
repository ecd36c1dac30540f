import type { RunState, StepState } from '../run/state.js';
import { shorten } from './clean.js';
import type { Language } from './language.js';
import type { Line } from './model.js';
import { stepName } from './plan-reading.js';
import { buildTasks } from './tasks.js';
import type { DetailsView } from './view.js';

interface Moment {
  readonly at: number;
  readonly text: string;
}

/** What happened when, oldest first, as far as the present state remembers; the full record is `planb audit`. */
export function buildTimeline(state: RunState, view: DetailsView, language: Language): readonly Line[] {
  const words = language.words.details.events;
  const notes = new Map(buildTasks(state, view, language).map((task) => [task.id, task.note]));
  const moments: readonly Moment[] = [
    { at: state.requestedAt, text: requested(state, view, language) },
    ...(state.plannedAt === undefined ? [] : [{ at: state.plannedAt, text: words.planned }]),
    ...state.votes.map((vote) => ({ at: vote.at, text: vote.choice === 'approve' ? words.approved(view.people(vote.person)) : words.rejected(view.people(vote.person)) })),
    ...(state.startedAt === undefined ? [] : [{ at: state.startedAt, text: words.started }]),
    ...state.steps.flatMap((step) => stepMoments(step, stepName(state, step.id), notes.get(step.id) ?? '', language)),
    ...state.notes.map((note) => ({ at: note.at, text: words.note(view.people(note.person), note.text) })),
    ...(state.endedAt === undefined ? [] : [{ at: state.endedAt, text: words.ended(language.words.details.outcomes[state.outcome ?? 'stopped']) }]),
  ];
  // Sorting is stable, so events of one instant stay in the order of the flow above.
  return [...moments].sort((a, b) => a.at - b.at).map(({ at, text }): Line => [{ code: language.format.timeWithSeconds(at, view.now) }, ` ${text}`]);
}

function requested({ requester, raisedBy }: RunState, view: DetailsView, { words }: Language): string {
  return raisedBy === undefined ? words.details.events.requested(view.people(requester)) : words.watch.raised(raisedBy.source, shorten(raisedBy.name, 80), view.people(requester));
}

function stepMoments(step: StepState, name: string, note: string, language: Language): readonly Moment[] {
  const words = language.words.details.events;
  const started = step.startedAt === undefined ? [] : [{ at: step.startedAt, text: words.stepStarted(name, step.attempt) }];
  if (step.changedAt === undefined || step.status === 'running' || step.status === 'pending' || step.status === 'not-run') return started;
  return [...started, { at: step.changedAt, text: words.stepNow(name, note) }];
}
