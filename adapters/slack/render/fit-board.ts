import type { BoardModel, Task } from '../../../src/board/model.js';
import { wordsOf } from '../words.js';
import { shorten } from './clean-text.js';
import { clipLine } from './clip-line.js';

type Shrink = (board: BoardModel) => BoardModel;

/** From what hurts least: finished steps, then the lightest fields, then steps to come; fields of weight 3 are cut but never dropped. */
const LADDER: readonly Shrink[] = [
  (board) => gather(board, 'done', 0),
  (board) => clipFields(board, 1, 300),
  (board) => dropFields(board, 1),
  (board) => clipFields(board, 2, 400),
  (board) => gather(board, 'pending', 3),
  (board) => dropFields(board, 2),
  (board) => clipTasks(board, 120),
  (board) => clipFields(board, 3, 600),
  (board) => gather(board, 'pending', 0),
  (board) => clipFields(board, 3, 200),
  (board) => clipTasks(board, 40),
];

/** The board, shortened step by step until `fits` says so. What cannot be made to fit comes back as short as it gets. */
export function fitBoard(board: BoardModel, fits: (board: BoardModel, shortened: boolean) => boolean): { readonly board: BoardModel; readonly shortened: boolean } {
  if (fits(board, false)) return { board, shortened: false };
  let shorter = board;
  for (const shrink of LADDER) {
    shorter = shrink(shorter);
    if (fits(shorter, true)) break;
  }
  return { board: shorter, shortened: true };
}

/** Puts all tasks of one status beyond the first `keep` into one line, where the first of them stood. */
function gather(board: BoardModel, status: 'done' | 'pending', keep: number): BoardModel {
  const gathered = board.tasks.filter((task) => task.status === status).slice(keep);
  const [first] = gathered;
  if (first === undefined || gathered.length < 2) return board;
  const words = wordsOf(board.locale);
  const title = status === 'done' ? words.stepsDone(gathered.length) : words.stepsToCome(gathered.length);
  const line: Task = { id: `${status}-together`, title, status, note: '' };
  return { ...board, tasks: board.tasks.flatMap((task) => (task === first ? [line] : gathered.includes(task) ? [] : [task])) };
}

function clipFields(board: BoardModel, weight: 1 | 2 | 3, max: number): BoardModel {
  return { ...board, fields: board.fields.map((field) => (field.weight === weight ? { ...field, text: clipLine(field.text, max) } : field)) };
}

function dropFields(board: BoardModel, weight: 1 | 2): BoardModel {
  return { ...board, fields: board.fields.filter((field) => field.weight !== weight) };
}

function clipTasks(board: BoardModel, max: number): BoardModel {
  return { ...board, tasks: board.tasks.map((task) => ({ ...task, title: shorten(task.title, max), note: shorten(task.note, max) })) };
}
