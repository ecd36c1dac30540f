import { oneLine } from '../../../src/board/one-line.js';

// Everything that a person, a log line or a release name can carry and that would change how the rest of a message reads:
// C0 and C1 controls (tab and newline stay), and the bidirectional controls of Unicode UAX #9, which can make a line show
// another order than it has ("Trojan Source", CVE-2021-42574).
const CONTROLS = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]/g;
const BIDI = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/g;
const LINE_BREAKS = /\r\n?|\u2028|\u2029/g;

/** Text that shows as what it is: controls removed, order-changing characters made visible. */
export function cleanText(text: string): string {
  return text.replace(LINE_BREAKS, '\n').replace(CONTROLS, '').replace(BIDI, '\u{FFFD}');
}

/** As cleanText, on one line. */
export function cleanLine(text: string): string {
  return oneLine(cleanText(text)).trim();
}

/** At most `max` UTF-16 units, never half a character, the cut marked by an ellipsis. */
export function shorten(text: string, max: number): string {
  if (text.length <= max) return text;
  if (max < 1) return '';
  let cut = text.slice(0, max - 1);
  if (/[\uD800-\uDBFF]$/.test(cut)) cut = cut.slice(0, -1);
  return `${cut.trimEnd()}…`;
}

/** The three characters that are markup in Slack's text fields: https://docs.slack.dev/messaging/formatting-message-text#escaping */
export function escapeMrkdwn(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/** Only web addresses become links; anything else stays text. */
export function isWebAddress(url: string): boolean {
  return /^https?:\/\/[^\s|<>\p{Cc}\p{Cf}\p{Cs}]+$/iu.test(url);
}
