import type { BoardModel, Task, TaskStatus } from '../../../src/board/model.js';
import { clip, neutraliseLine, plain, wrapped, joinLines, type Rich } from './text.js';

type Locale = BoardModel['locale'];

/** Signs only help; the words beside them carry the meaning. */
const SIGNS: Record<TaskStatus, string> = {
  pending: '▫️',
  running: '🔄',
  waiting: '✋',
  done: '✅',
  failed: '❌',
  unknown: '❓',
  skipped: '⏭',
  cancelled: '🚫',
};

const WORDS: Record<Locale, Record<TaskStatus, string>> = {
  en: { pending: 'not started', running: 'running', waiting: 'waits for a person', done: 'done', failed: 'failed', unknown: 'outcome unknown', skipped: 'skipped', cancelled: 'cancelled' },
  ru: { pending: 'не начат', running: 'идёт', waiting: 'ждёт человека', done: 'готово', failed: 'не удалось', unknown: 'исход неизвестен', skipped: 'пропущен', cancelled: 'отменён' },
};

/** How much of the checklist is shown; smaller values hurt more. */
export interface TaskDetail {
  /** Finished tasks become one line. */
  readonly foldFinished: boolean;
  /** Pending tasks shown before "… and N more". */
  readonly pendingShown: number;
  /** Code units for one task's line. */
  readonly lineLimit: number;
}

/** Above this, finished tasks at the top are folded by Telegram itself, so that the running one is on the screen. */
const LONG_LIST = 10;

export function renderTasks(tasks: readonly Task[], locale: Locale, detail: TaskDetail): readonly Rich[] {
  const firstOpen = tasks.findIndex((task) => !isFinished(task));
  const leading = firstOpen === -1 ? tasks.length : firstOpen;
  const lines: Rich[] = [];
  let rest = tasks;
  if (detail.foldFinished) {
    const finished = tasks.filter(isFinished);
    if (finished.length > 0) lines.push(plain(finishedLine(finished.length, locale)));
    rest = tasks.filter((task) => !isFinished(task));
  } else if (tasks.length > LONG_LIST && leading > 3) {
    const folded = joinLines(tasks.slice(0, leading).map((task) => taskLine(task, locale, detail.lineLimit)));
    lines.push(wrapped('<blockquote expandable>', folded, '</blockquote>'));
    rest = tasks.slice(leading);
  }
  let pending = 0;
  for (const task of rest) {
    if (task.status === 'pending' && ++pending > detail.pendingShown) continue;
    lines.push(taskLine(task, locale, detail.lineLimit));
  }
  if (pending > detail.pendingShown) lines.push(plain(moreLine(pending - detail.pendingShown, locale)));
  return lines;
}

function taskLine(task: Task, locale: Locale, limit: number): Rich {
  const note = neutraliseLine(task.note === '' ? WORDS[locale][task.status] : task.note);
  return plain(`${SIGNS[task.status]} ${clip(`${neutraliseLine(task.title)} · ${note}`, limit)}`);
}

function isFinished(task: Task): boolean {
  return task.status === 'done' || task.status === 'skipped' || task.status === 'cancelled';
}

function finishedLine(count: number, locale: Locale): string {
  return locale === 'ru' ? `${SIGNS.done} Завершено шагов: ${String(count)}` : `${SIGNS.done} Steps finished: ${String(count)}`;
}

function moreLine(count: number, locale: Locale): string {
  return locale === 'ru' ? `… и ещё шагов: ${String(count)}` : `… steps to come: ${String(count)} more`;
}
