import type { Line } from '../../../src/board/model.js';
import type { PersonId } from '../../../src/person.js';

export type NameOf = (person: PersonId) => string;

/** Controls (tab and line feed excepted), lone surrogates, and what turns the reading direction: foreign text must not reorder the page. */
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\p{Surrogate}]/gu;

export function escapeHtml(text: string): string {
  return text
    .replaceAll(UNSAFE, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

export function lineToHtml(line: Line, nameOf: NameOf): string {
  return line
    .map((span) => {
      if (typeof span === 'string') return escapeHtml(span);
      if ('bold' in span) return `<strong>${escapeHtml(span.bold)}</strong>`;
      if ('code' in span) return `<code>${escapeHtml(span.code)}</code>`;
      if ('person' in span) return escapeHtml(nameOf(span.person));
      // Any other scheme (javascript:) would be a way in.
      return /^https?:\/\//i.test(span.url) ? `<a href="${escapeHtml(span.url)}" rel="noreferrer">${escapeHtml(span.link)}</a>` : escapeHtml(span.link);
    })
    .join('');
}
