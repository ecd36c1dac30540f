import type { Line, Span } from '../../../src/board/model.js';
import type { Mentions } from '../../../src/ports/chat.js';
import { cleanText, escapeMrkdwn, isWebAddress } from './clean-text.js';

/** A line for Slack's `text` field with its markup; a person becomes a mention that wakes. */
export function mrkdwnLine(line: Line, mentions: Mentions): string {
  return line.map((span) => mrkdwnSpan(span, mentions)).join('');
}

function mrkdwnSpan(span: Span, mentions: Mentions): string {
  if (typeof span === 'string') return escaped(span);
  // An asterisk or backtick inside would end the style early.
  if ('bold' in span) return styled('*', span.bold);
  if ('code' in span) return styled('`', span.code);
  if ('person' in span) {
    const { id, name } = mentions(span.person);
    return id === undefined ? escaped(name) : `<@${id}>`;
  }
  return isWebAddress(span.url) ? `<${escapeMrkdwn(span.url)}|${escaped(span.link).replace(/\|/g, '¦')}>` : escaped(span.link);
}

/** A line as bare characters: files, and what is measured. A person is a name. */
export function rawLine(line: Line, mentions: Mentions): string {
  return line.map((span) => cleanText(rawSpan(span, mentions))).join('');
}

function rawSpan(span: Span, mentions: Mentions): string {
  if (typeof span === 'string') return span;
  if ('bold' in span) return span.bold;
  if ('code' in span) return span.code;
  if ('person' in span) return mentions(span.person).name;
  return span.link;
}

/** A backtick cannot be escaped, and within code nobody is mentioned: it becomes a letter that looks like it, as the asterisk that could make words of others look like planb's own. */
function escaped(text: string): string {
  return escapeMrkdwn(cleanText(text)).replaceAll('`', '\u02cb').replaceAll('*', '\u2217');
}

function styled(mark: '*' | '`', text: string): string {
  const inner = escapeMrkdwn(cleanText(text)).replaceAll(mark, '').replace(/\n/g, ' ').trim();
  return inner === '' ? '' : `${mark}${inner}${mark}`;
}
