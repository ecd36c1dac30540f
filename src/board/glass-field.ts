import type { RunState } from '../run/state.js';
import { shorten } from './clean.js';
import type { Language } from './language.js';
import type { Field } from './model.js';
import type { BoardView } from './view.js';

/** "BREAK-GLASS Alice (Slack) alone, 03:14 UTC: …": the first line of the board from then on, since one person did what takes two. */
export function glassFields(state: RunState, view: BoardView, language: Language): readonly Field[] {
  const { words: { board }, format } = language;
  const all = [...state.startedAlone, ...(state.glass === undefined ? [] : [state.glass])];
  return all.map(({ person, via, at, reason }) => ({
    label: board.labels.glass, text: [board.alone(board.approver(view.people(person), board.platforms[via]), format.time(at, view.now), shorten(reason, 250))], weight: 3,
  }));
}
