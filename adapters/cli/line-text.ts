import type { Line } from '../../src/board/model.js';

/** A line without any markup, for JSON: whoever reads it decides about the rest. */
export function lineText(line: Line): string {
  return line.map((span) => {
    if (typeof span === 'string') return span;
    if ('bold' in span) return span.bold;
    if ('code' in span) return span.code;
    if ('person' in span) return `@${span.person}`;
    return `${span.link} <${span.url}>`;
  }).join('');
}
