import type { Details } from '../../../src/board/model.js';
import type { Mentions } from '../../../src/ports/chat.js';
import { MAX_BLOCKS_CHARACTERS, type SlackContent } from './board.js';
import { cleanLine, cleanText, escapeMrkdwn, shorten } from './clean-text.js';
import { rawLine } from './mrkdwn.js';
import { preformatted, richBlock, richLines } from './rich-text.js';

/** Above this a person scrolls rather than reads; a file has a search and a download. */
const MAX_IN_MESSAGE = 6000;
const CHUNK = 9000;

/** Details as one message of the thread, or undefined where they are long enough for a file. */
export function detailsMessage(details: Details, mentions: Mentions): SlackContent | undefined {
  const elements = details.sections.flatMap((section) => [
    // The empty first line keeps the heading from following the previous section on its last line.
    richLines([[], [{ bold: cleanLine(section.heading) }], ...section.lines], mentions),
    section.block === undefined ? undefined : preformatted(section.block),
  ]);
  const rich = richBlock([richLines([[{ bold: cleanLine(details.title) }]], mentions), ...elements]);
  const size = JSON.stringify(rich ?? '').length;
  if (rich === undefined || size > MAX_BLOCKS_CHARACTERS || detailsText(details, mentions).length > MAX_IN_MESSAGE) return undefined;
  return { text: escapeMrkdwn(shorten(cleanLine(details.title), 300)) || '…', blocks: [rich] };
}

/** Everything as plain text, for the file. */
export function detailsText(details: Details, mentions: Mentions): string {
  const sections = details.sections.map((section) => {
    const heading = cleanLine(section.heading);
    const lines = section.lines.map((line) => rawLine(line, mentions));
    return [heading, '-'.repeat(Math.min(heading.length, 60)), ...lines, ...(section.block === undefined ? [] : ['', cleanText(section.block)])].join('\n');
  });
  return `${[cleanLine(details.title), ...sections].join('\n\n')}\n`;
}

/** A text as messages, where Slack does not take a file: whole lines where a line is shorter than a message. */
export function textChunks(text: string): string[] {
  const chunks: string[] = [];
  let chunk = '';
  for (const line of text.split('\n').flatMap(pieces)) {
    if (chunk.length + 1 + line.length > CHUNK) {
      chunks.push(chunk);
      chunk = line;
    } else {
      chunk = chunk === '' ? line : `${chunk}\n${line}`;
    }
  }
  return chunk.trim() === '' ? chunks : [...chunks, chunk];
}

function pieces(line: string): string[] {
  if (line.length <= CHUNK) return [line];
  return line.match(new RegExp(`[^]{1,${CHUNK}}`, 'gu')) ?? [line];
}
