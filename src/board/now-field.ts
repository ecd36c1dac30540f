import type { RunState } from '../run/state.js';
import type { Field } from './model.js';
import type { Language } from './language.js';
import { changedAnything, changesOf, onlyLooks } from './plan-reading.js';
import { releaseName } from './subject.js';
import type { BoardView } from './view.js';

/** What the service does, in words: "down since 03:08 UTC (503), running 1.82.1, read 03:14:05 UTC". */
export function healthText(view: Pick<BoardView, 'health' | 'now'>, language: Language, running?: string): string {
  const { words, format } = language;
  const reading = view.health;
  const release = reading?.running ?? running;
  const runs = release === undefined ? [] : [words.board.running(release)];
  if (reading === undefined) return [words.board.notMeasured, ...runs].join(', ');
  const state = words.board.health[reading.state];
  const since = reading.since === undefined ? state : words.board.healthSince(state, format.time(reading.since, view.now));
  const head = reading.detail === undefined ? since : `${since} (${reading.detail})`;
  return [head, ...runs, words.board.readAt(format.timeWithSeconds(reading.readAt, view.now))].join(', ');
}

/** The first line of every live board. The release is said while nothing can have moved it yet, or when it was seen. */
export function nowField(state: RunState, view: BoardView, language: Language): Field {
  return { label: language.words.board.labels.now, text: [healthText(view, language, runningRelease(state, language))], weight: 3 };
}

/** What the run has changed so far, and what it perhaps has; a person must know it before answering. */
export function changedField(state: RunState, language: Language): Field | undefined {
  const { words } = language;
  if (onlyLooks(state)) return undefined;
  const { done, perhaps } = changesOf(state);
  const finished = done.length === 0 ? words.board.nothingChangedYet : done.join(', ');
  const text = perhaps.length === 0 ? finished : words.board.changedPerhaps(finished, perhaps.join(', '));
  return { label: words.board.labels.changed, text: [text], weight: 2 };
}

function runningRelease(state: RunState, language: Language): string | undefined {
  const from = state.plan?.from;
  // Once a change began, only a reading may name the release.
  return from === undefined || state.startedAt === undefined || changedAnything(state) ? undefined : releaseName(from, language);
}
