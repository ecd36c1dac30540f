import type { Parts } from './parts.js';

const flushMs = 500;
const progressMs = 1_000;
/** A step that prints without end must not fill the database: the first lines of an attempt are kept, and a word that the rest is not. */
const maxLines = 20_000;

export interface StepLog {
  line(text: string): void;
  progress(text: string): void;
  close(): Promise<void>;
}

/**
 * Stores a step's lines in batches and its progress at most once a second. A store that is away costs lines of the log, never the step; the loss is named in
 * planb's own log.
 */
export function stepLog(parts: Pick<Parts, 'store' | 'log' | 'nudgeRelay'>, run: string, step: string, attempt: number): StepLog {
  let waiting: string[] = [];
  let count = 0;
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();
  let progress: { wanted?: string; timer?: NodeJS.Timeout } = {};
  let shown = false;

  const flush = (): void => {
    timer = undefined;
    const lines = waiting;
    waiting = [];
    writing = writing.then(() => parts.store.saveLog(run, step, attempt, lines)).catch((error: unknown) => {
      parts.log.warn({ run, step, lines: lines.length, error }, 'lines of a step log could not be stored');
    });
  };
  const showProgress = (): void => {
    const { wanted } = progress;
    progress = {};
    if (wanted === undefined) return;
    shown = true;
    writing = writing.then(() => parts.store.saveProgress(run, step, wanted)).catch((error: unknown) => parts.log.warn({ run, step, error }, 'progress could not be shown'));
  };

  return {
    line: (text) => {
      count += 1;
      if (count > maxLines) return;
      waiting.push(count === maxLines ? `(more than ${maxLines} lines; the rest is not kept)` : text);
      timer ??= setTimeout(flush, flushMs);
    },
    progress: (text) => {
      progress.wanted = text;
      progress.timer ??= setTimeout(showProgress, progressMs);
    },
    close: async () => {
      clearTimeout(timer);
      clearTimeout(progress.timer);
      if (waiting.length > 0) flush();
      // Planning is no line of the checklist, whose end would take its progress off the board.
      if (shown && step === '') {
        progress.wanted = '';
        showProgress();
      }
      await writing;
    },
  };
}
