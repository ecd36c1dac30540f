import type { BoardModel, Line, Notice, Reply, Span } from './model.js';

// Output is masked where it is captured; this is the last gate before a channel that many people read, and it also keeps boards readable.
// Every part has its longest: without, a long text that nearly matches costs its square.
const credentials = /\b([a-z][a-z0-9+.-]{0,30}:\/\/)[^\s/@:]{0,256}:[^\s@]{0,2048}@/gi;
const connectionString = /\b(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?|rediss?|amqps?):\/\/[^\s"'`]+/gi;
const password = /\b(password|passwd|pwd|secret|token|api[_-]?key)=[^\s&"'`]+/gi;
const longHex = /\b(sha256:)?([0-9a-f]{12})[0-9a-f]{20,}\b/gi;
const control = /[\p{Cc}\u2028\u2029]+/gu;
/** Marks that turn the direction of writing could make a line say something else than it holds; half a character is no text. */
const deceiving = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069\p{Cs}]/gu;

/** One line fit for a channel: no connection strings, no whole digests, nothing that hides or reorders, at most `max` characters. */
export function cleanText(text: string, max = 600): string {
  const line = text
    .replace(connectionString, (found) => `${found.slice(0, found.indexOf(':'))}://…`)
    .replace(credentials, '$1…@')
    .replace(password, '$1=…')
    .replace(longHex, '$1$2…')
    .replace(control, ' ')
    .replace(deceiving, '\uFFFD')
    .replace(/ {2,}/g, ' ');
  return shorten(line, max);
}

/** Cuts at `max` characters, never through a surrogate pair, and says so with "…". */
export function shorten(text: string, max: number): string {
  if (text.length <= max) return text;
  return `${text.slice(0, max - 1).replace(/[\uD800-\uDBFF]$/, '').trimEnd()}…`;
}

export function cleanLine(line: Line): Line {
  return line.map(cleanSpan);
}

/** Words come from people, programs and databases; whatever they hold, this is what may reach a board. */
export function cleanBoard(board: BoardModel): BoardModel {
  return {
    ...board,
    title: cleanText(board.title, 150).trim(),
    tasksTitle: cleanText(board.tasksTitle, 150),
    fields: board.fields.map((field) => ({ ...field, text: cleanLine(field.text) })),
    tasks: board.tasks.map((task) => ({ ...task, title: cleanText(task.title, 150), note: cleanText(task.note, 300) })),
    buttons: board.buttons.map((button) => (button.confirm === undefined ? button : { ...button, confirm: { ...button.confirm, text: cleanText(button.confirm.text, 900) } })),
  };
}

export function cleanNotice(notice: Notice): Notice {
  return { ...notice, lines: notice.lines.map(cleanLine) };
}

export function cleanReply(reply: Reply): Reply {
  return { ...reply, lines: reply.lines.map(cleanLine) };
}

function cleanSpan(span: Span): Span {
  if (typeof span === 'string') return cleanText(span);
  if ('bold' in span) return { bold: cleanText(span.bold) };
  if ('code' in span) return { code: cleanText(span.code) };
  if ('link' in span) return { link: cleanText(span.link), url: span.url };
  return span;
}
