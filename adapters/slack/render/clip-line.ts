import type { Line, Span } from '../../../src/board/model.js';
import { shorten } from './clean-text.js';

/** Counted for a person, whose name is looked up only when rendering. */
const PERSON_LENGTH = 15;

/** The line cut to about `max` visible characters, whole spans first, so that markup is never cut in half. */
export function clipLine(line: Line, max: number): Line {
  const kept: Span[] = [];
  let left = max;
  for (const span of line) {
    const length = lengthOf(span);
    if (length <= left) {
      kept.push(span);
      left -= length;
      continue;
    }
    kept.push(cut(span, left));
    break;
  }
  return kept;
}

function lengthOf(span: Span): number {
  if (typeof span === 'string') return span.length;
  if ('bold' in span) return span.bold.length;
  if ('code' in span) return span.code.length;
  if ('person' in span) return PERSON_LENGTH;
  return span.link.length;
}

function cut(span: Span, left: number): Span {
  const max = Math.max(1, left);
  if (typeof span === 'string') return shorten(span, max);
  if ('bold' in span) return { bold: shorten(span.bold, max) };
  if ('code' in span) return { code: shorten(span.code, max) };
  // A cut link text still leads there; half a name would name someone else.
  if ('person' in span) return '…';
  return { link: shorten(span.link, max), url: span.url };
}
