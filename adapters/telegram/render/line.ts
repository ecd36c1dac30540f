import type { Line, Span } from '../../../src/board/model.js';
import type { Mentions } from '../../../src/ports/chat.js';
import { clip, concat, escapeHtml, neutraliseLine, plain, wrapped, type Rich } from './text.js';

/** A line as Telegram HTML, its text cut at `limit` code units. */
export function renderLine(line: Line, mentions: Mentions, limit = Number.POSITIVE_INFINITY): Rich {
  const parts: Rich[] = [];
  let left = limit;
  for (const span of line) {
    if (left <= 0) break;
    const part = renderSpan(span, mentions, left);
    parts.push(part);
    left -= part.length;
  }
  return concat(...parts);
}

/** The same line without markup, for files, callback answers and counting. */
export function plainLine(line: Line, mentions: Mentions): string {
  return line.map((span) => spanText(span, mentions)).join('');
}

/** People whom a line already mentions. */
export function peopleIn(line: Line): readonly string[] {
  return line.flatMap((span) => (typeof span === 'object' && 'person' in span ? [span.person] : []));
}

/** A mention that rings where the person's Telegram id is known, else the name. */
export function renderPerson(person: { readonly id?: string; readonly name: string }, limit = Number.POSITIVE_INFINITY): Rich {
  const name = plain(clip(neutraliseLine(person.name), limit));
  return person.id !== undefined && /^\d+$/.test(person.id) ? wrapped(`<a href="tg://user?id=${person.id}">`, name, '</a>') : name;
}

function renderSpan(span: Span, mentions: Mentions, limit: number): Rich {
  if (typeof span === 'object' && 'person' in span) return renderPerson(mentions(span.person), limit);
  const text = plain(clip(spanText(span, mentions), limit));
  if (typeof span === 'string') return text;
  if ('bold' in span) return wrapped('<b>', text, '</b>');
  if ('code' in span) return wrapped('<code>', text, '</code>');
  return /^https?:\/\//.test(span.url) ? wrapped(`<a href="${escapeHtml(span.url)}">`, text, '</a>') : text;
}

function spanText(span: Span, mentions: Mentions): string {
  if (typeof span === 'string') return neutraliseLine(span);
  if ('bold' in span) return neutraliseLine(span.bold);
  if ('code' in span) return neutraliseLine(span.code);
  if ('person' in span) return neutraliseLine(mentions(span.person).name);
  return neutraliseLine(span.link);
}
