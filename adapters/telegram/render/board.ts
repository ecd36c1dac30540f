import type { BoardModel, Field } from '../../../src/board/model.js';
import type { Mentions, ShownBoard } from '../../../src/ports/chat.js';
import { renderLine } from './line.js';
import { renderTasks, type TaskDetail } from './task-lines.js';
import { bold, clip, concat, EMPTY_LINE, joinLines, MESSAGE_LIMIT, neutraliseLine, plain, type Rich } from './text.js';

const TONES: Record<BoardModel['tone'], string> = { planning: '🔎', waiting: '🗳', running: '🔄', question: '❓', good: '✅', bad: '❌', ended: '⏹' };

/** What one attempt keeps. A field's limit of 0 drops it. */
interface Keep extends TaskDetail {
  readonly fieldLimits: Readonly<Record<Field['weight'], number>>;
}

const ALL = Number.POSITIVE_INFINITY;

/** From everything to the least that still says what a tired person needs; the first that fits a message is taken. */
const ATTEMPTS: readonly Keep[] = [
  { fieldLimits: { 1: ALL, 2: ALL, 3: ALL }, foldFinished: false, pendingShown: ALL, lineLimit: ALL },
  { fieldLimits: { 1: ALL, 2: ALL, 3: ALL }, foldFinished: true, pendingShown: ALL, lineLimit: ALL },
  { fieldLimits: { 1: 200, 2: ALL, 3: ALL }, foldFinished: true, pendingShown: ALL, lineLimit: 200 },
  { fieldLimits: { 1: 0, 2: 400, 3: ALL }, foldFinished: true, pendingShown: ALL, lineLimit: 200 },
  { fieldLimits: { 1: 0, 2: 200, 3: ALL }, foldFinished: true, pendingShown: 5, lineLimit: 120 },
  { fieldLimits: { 1: 0, 2: 0, 3: 600 }, foldFinished: true, pendingShown: 3, lineLimit: 120 },
  { fieldLimits: { 1: 0, 2: 0, 3: 200 }, foldFinished: true, pendingShown: 1, lineLimit: 80 },
  { fieldLimits: { 1: 0, 2: 0, 3: 60 }, foldFinished: true, pendingShown: 0, lineLimit: 40 },
];

/** The board as Telegram HTML of at most 4,096 code units, shortened where it hurts least. */
export function renderBoard(board: BoardModel, mentions: Mentions): Rich & ShownBoard {
  for (const [nth, keep] of ATTEMPTS.entries()) {
    const lines = boardLines(board, mentions, keep);
    // Folded steps are named by their number; what is cut or left out has to be said.
    const shortened = nth >= 2;
    const text = joinLines(shortened ? [...lines, plain(SHORTENED[board.locale])] : lines);
    if (text.length <= MESSAGE_LIMIT) return { ...text, shortened };
  }
  return { ...firstLines(boardLines(board, mentions, ATTEMPTS.at(-1) ?? fail()), MESSAGE_LIMIT), shortened: true };
}

const SHORTENED: Readonly<Record<BoardModel['locale'], string>> = {
  en: 'Shortened to fit: Details has everything.',
  ru: 'Сокращено, чтобы поместилось: всё есть в «Подробностях».',
};

function boardLines(board: BoardModel, mentions: Mentions, keep: Keep): readonly Rich[] {
  const title = bold(`${TONES[board.tone]} ${clip(neutraliseLine(board.title), 150)}`);
  const fields = board.fields.filter((field) => keep.fieldLimits[field.weight] > 0).map((field) => fieldLine(field, mentions, keep));
  const tasks = renderTasks(board.tasks, board.locale, keep);
  const lines = [title, ...fields];
  if (tasks.length === 0) return lines;
  return [...lines, EMPTY_LINE, ...(board.tasksTitle === '' ? [] : [bold(clip(neutraliseLine(board.tasksTitle), 150))]), ...tasks];
}

function fieldLine(field: Field, mentions: Mentions, keep: Keep): Rich {
  const text = renderLine(field.text, mentions, keep.fieldLimits[field.weight]);
  return field.label === '' ? text : concat(bold(neutraliseLine(field.label)), plain('  '), text);
}

/** Only a board with hundreds of lines that may not be dropped comes here: its end is in Details and on the run's page. */
function firstLines(lines: readonly Rich[], limit: number): Rich {
  const kept: Rich[] = [];
  let length = 1;
  for (const line of lines) {
    if (length + line.length + 1 > limit) break;
    kept.push(line);
    length += line.length + 1;
  }
  return joinLines([...kept, plain('…')]);
}

function fail(): never {
  throw new Error('ATTEMPTS is empty');
}
