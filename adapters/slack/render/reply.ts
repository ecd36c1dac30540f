import type { Reply } from '../../../src/board/model.js';
import type { Mentions } from '../../../src/ports/chat.js';
import type { SlackContent } from './board.js';
import { cleanText, escapeMrkdwn, shorten } from './clean-text.js';
import { clipLine } from './clip-line.js';
import { rawLine } from './mrkdwn.js';
import { preformatted, richBlock, richLines } from './rich-text.js';

const MAX_BLOCK = 8000;
const MAX_LINE = 1500;
const MAX_TEXT = 3000;

/** An answer for one person: lines, and below them what is to be copied or read as a table. */
export function renderReply(reply: Reply, mentions: Mentions): SlackContent {
  const lines = reply.lines.map((line) => clipLine(line, MAX_LINE));
  const block = reply.block === undefined ? undefined : shorten(cleanText(reply.block), MAX_BLOCK);
  const rich = richBlock([richLines(lines, mentions), block === undefined ? undefined : preformatted(block)]);
  const said = [...lines.map((line) => rawLine(line, mentions)), ...(block === undefined ? [] : [block])].join('\n');
  return { text: escapeMrkdwn(shorten(said, MAX_TEXT)) || '…', blocks: rich === undefined ? [] : [rich] };
}
