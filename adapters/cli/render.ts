import type { BoardModel, Field, Line, Notice, Reply, Span, TaskStatus } from '../../src/board/model.js';
import type { Colours } from './colours.js';

/** A terminal obeys control characters, and marks that turn the direction of writing make a line say something else: neither may come from a text. */
const obeyed = /[\p{Cc}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/gu;
const obeyedInBlock = /(?![\n\t])[\p{Cc}\u061C\u200E\u200F\u2028-\u202E\u2066-\u2069]/gu;

/** One line of text from anywhere, fit for a terminal. */
export function plainText(text: string): string {
  return text.replace(obeyed, '\uFFFD');
}

/** The same for several lines. */
export function plainBlock(text: string): string {
  return text.replaceAll('\r\n', '\n').replace(obeyedInBlock, '\uFFFD');
}

export function renderLine(line: Line, colours: Colours): string {
  return line.map((span) => renderSpan(span, colours)).join('');
}

function renderSpan(span: Span, colours: Colours): string {
  if (typeof span === 'string') return plainText(span);
  if ('bold' in span) return colours.bold(plainText(span.bold));
  if ('code' in span) return colours.cyan(plainText(span.code));
  if ('person' in span) return colours.bold(`@${plainText(span.person)}`);
  return `${plainText(span.link)} ${colours.underline(plainText(span.url))}`;
}

export function renderReply(reply: Reply, colours: Colours): string {
  return [...reply.lines.map((line) => renderLine(line, colours)), ...(reply.block === undefined ? [] : [plainBlock(reply.block)])].join('\n');
}

export function renderNotice(notice: Notice, colours: Colours): string {
  return notice.lines.map((line) => renderLine(line, colours)).join('\n');
}

const marks: Record<TaskStatus, string> = { pending: '·', running: '▸', waiting: '?', done: '✔', failed: '✘', unknown: '?', skipped: '-', cancelled: '-' };

/** One line of the checklist; the note says in words what the mark says. */
export function renderTask(task: BoardModel['tasks'][number], colours: Colours): string {
  const paint = task.status === 'done' ? colours.green : task.status === 'failed' ? colours.red : task.status === 'pending' ? colours.dim : task.status === 'running' ? colours.cyan : colours.yellow;
  return `${paint(marks[task.status])} ${plainText(task.title)}: ${plainText(task.note)}`;
}

/** The board as chat shows it, without its buttons: what they do has a command of the same name here. */
export function renderBoard(board: BoardModel, colours: Colours): string {
  return [...renderFields(board, colours), ...(board.tasks.length === 0 ? [] : [colours.bold(plainText(board.tasksTitle)), ...board.tasks.map((task) => `  ${renderTask(task, colours)}`)])].join('\n');
}

/** Title and facts alone. */
export function renderFields(board: BoardModel, colours: Colours): readonly string[] {
  const paint = board.tone === 'good' ? colours.green : board.tone === 'bad' ? colours.red : board.tone === 'question' || board.tone === 'waiting' ? colours.yellow : colours.cyan;
  return [colours.bold(paint(plainText(board.title))), ...board.fields.map((field) => renderField(field, colours))];
}

export function renderField({ label, text }: Field, colours: Colours): string {
  return label === '' ? renderLine(text, colours) : `${colours.bold(label)}  ${renderLine(text, colours)}`;
}
