import type { Notice } from '../../../src/board/model.js';
import type { Mentions } from '../../../src/ports/chat.js';
import { shorten } from './clean-text.js';
import { mrkdwnLine } from './mrkdwn.js';

const MAX_TEXT = 3500;

/**
 * The text of a message that wakes people. What it says comes first, since a phone shows only the first words; the mentions
 * follow on a line of their own, without those that the lines already mention.
 */
export function renderNotice(notice: Notice, mentions: Mentions): string {
  const lines = notice.lines.map((line) => mrkdwnLine(line, mentions));
  const said = new Set(notice.lines.flat().flatMap((span) => (typeof span === 'object' && 'person' in span ? [span.person] : [])));
  const called = [...new Set(notice.mention)].filter((person) => !said.has(person)).flatMap((person) => mentions(person).id ?? []);
  const calls = called.map((id) => `<@${id}>`).join(' ');
  const body = shorten(lines.join('\n'), MAX_TEXT);
  return calls === '' ? body : `${body}\n${calls}`;
}
