/** Sections of a release that a note may stand in, as Keep a Changelog names them. */
export type Section = 'Changed' | 'Fixed' | 'Security';

export interface Inserted {
  readonly text: string;
  /** The lines that came, without their ends. */
  readonly added: readonly string[];
}

/**
 * Puts a line at the end of a section of what is unreleased, and makes the section, or `Unreleased`, where it is missing. Everything else stays byte for byte, line ends included: libraries for
 * this format write the whole file anew in their own style.
 */
export function insertNote(text: string, section: Section, line: string): Inserted {
  const end = /\r\n|\n/.exec(text)?.[0] ?? '\n';
  const lines = text.split('\n').map((one) => one.replace(/\r$/, ''));
  const headings = findHeadings(lines);
  const last = endOfEntries(lines);
  const releases = headings.filter(({ level }) => level === 2);
  const unreleased = releases.find(({ title }) => /^\[?unreleased\]?/i.test(title));
  if (unreleased === undefined) {
    const before = releases[0]?.at ?? last;
    return insertLines(text, lines, end, before, ['## [Unreleased]', '', `### ${section}`, '', line]);
  }
  const until = releases.find(({ at }) => at > unreleased.at)?.at ?? last;
  const own = headings.find(({ level, at, title }) => level === 3 && at > unreleased.at && at < until && title.toLowerCase() === section.toLowerCase());
  if (own === undefined) {
    const at = afterContent(lines, unreleased.at, until);
    return insertLines(text, lines, end, at, ['', `### ${section}`, '', line]);
  }
  const nextHeading = headings.find(({ level, at }) => level <= 3 && at > own.at && at < until)?.at ?? until;
  const at = afterContent(lines, own.at, nextHeading);
  return insertLines(text, lines, end, at, at === own.at + 1 ? ['', line] : [line]);
}

interface Heading {
  readonly level: number;
  readonly title: string;
  readonly at: number;
}

/** ATX headings outside of code blocks and comments. */
function findHeadings(lines: readonly string[]): readonly Heading[] {
  const found: Heading[] = [];
  let fence: string | undefined;
  let inComment = false;
  lines.forEach((line, at) => {
    const mark = /^ {0,3}(`{3,}|~{3,})(.*)$/.exec(line);
    if (fence !== undefined) {
      if (mark?.[1]?.startsWith(fence) === true && (mark[2] ?? '').trim() === '') fence = undefined;
      return;
    }
    if (inComment) {
      if (line.includes('-->')) inComment = false;
      return;
    }
    if (mark !== null) {
      fence = mark[1];
      return;
    }
    const opened = line.lastIndexOf('<!--');
    if (opened !== -1 && !line.includes('-->', opened)) inComment = true;
    const heading = /^ {0,3}(#{1,6})\s+(.*?)\s*#*\s*$/.exec(line);
    if (heading !== null) found.push({ level: heading[1]?.length ?? 0, title: heading[2] ?? '', at });
  });
  return found;
}

/** Where the link definitions at the file's end begin, else its end. */
function endOfEntries(lines: readonly string[]): number {
  let at = lines.length;
  while (at > 0 && /^(\s*|\[[^\]]+\]:\s.*)$/.test(lines[at - 1] ?? '')) at -= 1;
  // Blank lines alone are no definitions.
  const definitions = lines.slice(at).findIndex((line) => line.trim() !== '');
  return definitions === -1 ? at : at + definitions;
}

/** After the last line that is not blank. */
function afterContent(lines: readonly string[], from: number, until: number): number {
  let at = until;
  while (at > from + 1 && (lines[at - 1] ?? '').trim() === '') at -= 1;
  return at;
}

function insertLines(text: string, lines: readonly string[], end: string, at: number, added: readonly string[]): Inserted {
  // Where line `at` begins, in characters of the text as it is.
  let offset = 0;
  for (let index = 0; index < at; index += 1) {
    const next = text.indexOf('\n', offset);
    offset = next === -1 ? text.length : next + 1;
  }
  const before = text.slice(0, offset);
  const after = text.slice(offset);
  const needsEnd = before !== '' && !before.endsWith('\n');
  const blankBefore = added[0]?.startsWith('## ') === true && at > 0 && (lines[at - 1] ?? '').trim() !== '';
  const blankAfter = after !== '' && (lines[at] ?? '').trim() !== '';
  const whole = [...(blankBefore ? [''] : []), ...added, ...(blankAfter ? [''] : [])];
  return { text: `${before}${needsEnd ? end : ''}${whole.map((line) => `${line}${end}`).join('')}${after}`, added: whole };
}
