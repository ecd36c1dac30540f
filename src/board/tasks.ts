import type { RunState, StepState } from '../run/state.js';
import { shorten } from './clean.js';
import { errorText } from './error-text.js';
import type { Language } from './language.js';
import type { Task, TaskStatus } from './model.js';
import { plannedStep, stepName } from './plan-reading.js';
import type { BoardView, MessageView } from './view.js';

type TasksView = Pick<BoardView, keyof MessageView | 'progress'>;

/** The checklist: every step with its status in words. */
export function buildTasks(state: RunState, view: TasksView, language: Language): readonly Task[] {
  // Where nothing began, a list of lines that all say "not run" tells nobody anything.
  const neverStarted = state.phase === 'ended' && state.startedAt === undefined;
  return state.steps.filter((step) => !neverStarted || step.status !== 'not-run').map((step) => ({ id: step.id, title: stepName(state, step.id), ...describeStep(step, state, view, language) }));
}

function describeStep(step: StepState, state: RunState, view: TasksView, language: Language): { readonly status: TaskStatus; readonly note: string } {
  const words = language.words.steps;
  const { format } = language;
  const message = errorText(step.error, language, 120);
  const names = (step.by ?? []).map(view.people).join(', ');
  switch (step.status) {
    case 'pending':
      return { status: 'pending', note: pendingNote(step, state, language) };
    case 'running': {
      const progress = view.progress?.[step.id];
      const since = words.running(format.timeWithSeconds(step.startedAt ?? view.now, view.now));
      const note = step.attempt > 1 ? words.attempt(since, step.attempt) : since;
      return { status: 'running', note: progress === undefined ? note : `${note} · ${shorten(progress, 100)}` };
    }
    case 'retrying':
      return { status: 'waiting', note: words.retrying(format.timeWithSeconds(step.retryAt ?? view.now, view.now), message) };
    case 'failed':
      return { status: 'failed', note: words.failed(message) };
    case 'unknown':
      return { status: 'unknown', note: words.unknown };
    case 'awaiting':
      return { status: 'waiting', note: words.awaiting(format.time(step.startedAt ?? view.now, view.now)) };
    case 'succeeded':
      return { status: 'done', note: step.receipt?.['saidBy'] === undefined ? doneNote(step, language) : words.saidDone(names) };
    case 'tolerated':
      return { status: 'failed', note: words.tolerated(message) };
    case 'skipped':
      return { status: 'skipped', note: names === '' ? words.skippedPlain : words.skipped(names) };
    case 'cancelled':
      return { status: 'cancelled', note: words.cancelled };
    case 'not-run':
      return { status: 'cancelled', note: words.notRun };
    case 'abandoned':
      return abandoned(step, message, language);
    default:
      return unreachable(step.status);
  }
}

function pendingNote(step: StepState, state: RunState, language: Language): string {
  const words = language.words.steps;
  const planned = plannedStep(state, step.id);
  const early = planned?.prepare === true && state.startedAt === undefined;
  const note = early ? words.pendingPrepare : words.pending;
  return planned?.estimateMs === undefined ? note : words.estimated(note, language.format.about(planned.estimateMs));
}

function doneNote(step: StepState, language: Language): string {
  const words = language.words.steps;
  // The time of the attempt that succeeded: what a person compares with the estimate.
  const duration = language.format.duration((step.changedAt ?? 0) - (step.startedAt ?? step.changedAt ?? 0));
  const note = step.attempt > 1 ? words.doneAfter(duration, step.attempt) : words.done(duration);
  const { ms, baselineMs } = step.receipt ?? {};
  return typeof ms === 'number' && typeof baselineMs === 'number' ? `${note} · ${words.beside(ms, baselineMs)}` : note;
}

function abandoned(step: StepState, message: string, language: Language): { readonly status: TaskStatus; readonly note: string } {
  const words = language.words.steps;
  if (step.saw !== undefined) return { status: 'unknown', note: words.leftUnknown };
  return step.error === undefined ? { status: 'cancelled', note: words.leftWaiting } : { status: 'failed', note: words.leftFailed(message) };
}

function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
