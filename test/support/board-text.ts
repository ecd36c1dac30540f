import type { BoardModel, Details, Line, Notice, Reply } from '../../src/board/model.js';

/** A line as plain text: what is left when colour, emphasis and links are gone must still tell everything. */
export function lineText(line: Line): string {
  return line.map((span) => {
    if (typeof span === 'string') return span;
    if ('bold' in span) return span.bold;
    if ('code' in span) return span.code;
    if ('person' in span) return `@${span.person}`;
    return `${span.link} <${span.url}>`;
  }).join('');
}

/** A board as plain text, the way golden tests show it. */
export function boardText(board: BoardModel): string {
  const fields = board.fields.map(({ label, text }) => (label === '' ? lineText(text) : `${label}  ${lineText(text)}`));
  const tasks = board.tasks.map((task) => `  [${task.status}] ${task.title}: ${task.note}`);
  const buttons = board.buttons.map((button) => `[${button.label}]`).join(' ');
  return [board.title, ...fields, ...(tasks.length === 0 ? [] : [board.tasksTitle, ...tasks]), ...(buttons === '' ? [] : [buttons])].join('\n');
}

export function noticeText(notice: Notice): string {
  return notice.lines.map(lineText).join('\n');
}

export function replyText(reply: Reply): string {
  return [...reply.lines.map(lineText), ...(reply.block === undefined ? [] : [reply.block])].join('\n');
}

export function detailsText(details: Details): string {
  return [details.title, ...details.sections.flatMap(({ heading, lines, block }) => ['', `# ${heading}`, ...lines.map(lineText), ...(block === undefined ? [] : [block])])].join('\n');
}
