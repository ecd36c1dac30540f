import { cleanText } from '../board/clean.js';

const longest = 600;

/**
 * Words of people, programs and databases as one line of Markdown: connection strings, whole digests and control characters gone, nothing of it markup. An underscore within a word is none.
 */
export function prose(text: string, max = longest): string {
  return cleanText(text, max)
    .replaceAll('&', '&amp;')
    .replace(/[\\`*[\]<>|~]/g, '\\$&')
    .replace(/(^|\s)_|_(?=\s|$)/g, (found) => found.replace('_', '\\_'))
    .replace(/^(\s*)([#+-]|\d+[.)])(?=\s)/, '$1\\$2')
    .trim();
}

/** A section; none where it holds nothing. */
export function section(heading: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [`## ${heading}`, '', ...lines, ''];
}

export function list(items: readonly string[]): readonly string[] {
  return items.map((item) => `- ${item}`);
}

/** The cells are Markdown already; none of them may hold a bare bar. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return [];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}
