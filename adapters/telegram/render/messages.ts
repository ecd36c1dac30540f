import type { Details, Line, Notice, Reply } from '../../../src/board/model.js';
import type { ChatFile, Mentions } from '../../../src/ports/chat.js';
import { peopleIn, plainLine, renderLine, renderPerson } from './line.js';
import { bold, clip, concat, EMPTY_LINE, joinLines, MESSAGE_LIMIT, neutralise, neutraliseLine, plain, wrapped, type Rich } from './text.js';

/** A message that fits, or the same as a file with a short caption. */
export type Content = { readonly kind: 'message'; readonly text: Rich } | { readonly kind: 'file'; readonly caption: Rich; readonly filename: string; readonly content: string };

/** Below this many lines a block is shown open; above it Telegram folds it. */
const OPEN_BLOCK_LINES = 15;

/** A notice, closed by mentions of those whom its lines do not mention already, so that every phone rings once. */
export function renderNotice(notice: Notice, mentions: Mentions): Rich {
  const named = new Set(notice.lines.flatMap(peopleIn));
  const missing = notice.mention.filter((person) => !named.has(person)).map((person) => renderPerson(mentions(person)));
  const people = missing.flatMap((person, index) => (index === 0 ? [person] : [plain(', '), person]));
  const closing = people.length === 0 ? [] : [concat(...people)];
  const room = MESSAGE_LIMIT - joinLines(closing).length - 1;
  const lines = notice.lines.map((line) => renderLine(line, mentions));
  const whole = joinLines([...lines, ...closing]);
  if (whole.length <= MESSAGE_LIMIT) return whole;
  const each = Math.max(1, Math.floor(room / Math.max(1, lines.length)) - 1);
  return joinLines([...notice.lines.map((line) => renderLine(line, mentions, each)), ...closing]);
}

/** The answer as one short text for a callback's popup; absent where it has a block or is too long for `limit` code units. */
export function renderPopup(reply: Reply, mentions: Mentions, limit: number): string | undefined {
  if (reply.block !== undefined) return undefined;
  const text = reply.lines.map((line) => plainLine(line, mentions)).join('\n');
  return text.length <= limit ? text : undefined;
}

export function renderReply(reply: Reply, mentions: Mentions): Content {
  const lines = reply.lines.map((line) => renderLine(line, mentions));
  const text = joinLines(reply.block === undefined ? lines : [...lines, openBlock(reply.block)]);
  if (text.length <= MESSAGE_LIMIT) return { kind: 'message', text };
  return asFile('planb.txt', reply.lines, [...reply.lines.map((line) => plainLine(line, mentions)), ...(reply.block === undefined ? [] : ['', neutralise(reply.block)])], mentions);
}

export function renderDetails(details: Details, mentions: Mentions): Content {
  const title = neutraliseLine(details.title);
  const sections = details.sections.flatMap((section) => [
    EMPTY_LINE,
    bold(neutraliseLine(section.heading)),
    ...section.lines.map((line) => renderLine(line, mentions)),
    ...(section.block === undefined ? [] : [block(section.block)]),
  ]);
  const text = joinLines([bold(title), ...sections]);
  if (text.length <= MESSAGE_LIMIT) return { kind: 'message', text };
  const content = details.sections.flatMap((section) => [
    '',
    neutraliseLine(section.heading),
    '-'.repeat(Math.min(72, section.heading.length)),
    ...section.lines.map((line) => plainLine(line, mentions)),
    ...(section.block === undefined ? [] : ['', neutralise(section.block)]),
  ]);
  return asFile(`${fileStem(title)}.txt`, [[{ bold: title }]], [title, ...content], mentions);
}

/** A text file with its title as the caption. */
export function renderFile({ name, title, text }: ChatFile): Content {
  return { kind: 'file', caption: bold(neutraliseLine(clip(title, 300))), filename: name, content: text };
}

function openBlock(text: string): Rich {
  return wrapped('<pre>', plain(neutralise(text)), '</pre>');
}

/** `pre` cannot be folded, so a long block is an expandable quotation instead. */
function block(text: string): Rich {
  return text.split('\n').length <= OPEN_BLOCK_LINES ? openBlock(text) : wrapped('<blockquote expandable>', plain(neutralise(text)), '</blockquote>');
}

function asFile(filename: string, captionLines: readonly Line[], content: readonly string[], mentions: Mentions): Content {
  const caption = joinLines(captionLines.slice(0, 3).map((line) => renderLine(line, mentions, 300)));
  return { kind: 'file', caption, filename, content: `${content.join('\n')}\n` };
}

function fileStem(title: string): string {
  const stem = title.toLowerCase().replaceAll(/[^\p{L}\p{N}.]+/gu, '-').replaceAll(/^-+|-+$/g, '');
  return stem === '' ? 'details' : clip(stem, 60).replace(/…$/, '');
}
