import { oneLine } from '../../../src/board/one-line.js';

/** Text as Telegram's HTML together with what it counts against Telegram's limits: UTF-16 code units after entities were parsed. */
export interface Rich {
  readonly html: string;
  readonly length: number;
}

/** Telegram's limit of a message's text, in UTF-16 code units after parsing. */
export const MESSAGE_LIMIT = 4096;
/** Telegram's limit of a callback's answer. */
export const CALLBACK_ANSWER_LIMIT = 200;

/** C0 and C1 controls (line feed and tab excepted), lone surrogates, and everything that turns the reading direction. */
const UNSAFE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\p{Surrogate}]/gu;

/** Makes foreign text harmless but visibly so: what could hide or reorder other text becomes a replacement character. */
export function neutralise(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(UNSAFE, '\ufffd');
}

/** One line of foreign text: a line break would let a reason forge a line of the board. */
export function neutraliseLine(text: string): string {
  return oneLine(neutralise(text));
}

export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** The first `limit` code units of a text, ended by "…" where something was cut; never half a surrogate pair. */
export function clip(text: string, limit: number): string {
  if (text.length <= limit) return text;
  if (limit < 1) return '';
  const cut = text.slice(0, limit - 1);
  return `${cut.replace(/[\ud800-\udbff]$/, '')}…`;
}

export function plain(text: string): Rich {
  return { html: escapeHtml(text), length: text.length };
}

/** `open` and `close` are tags and count nothing. */
export function wrapped(open: string, inner: Rich, close: string): Rich {
  return { html: open + inner.html + close, length: inner.length };
}

export function bold(text: string): Rich {
  return wrapped('<b>', plain(text), '</b>');
}

export function concat(...parts: readonly Rich[]): Rich {
  return { html: parts.map((part) => part.html).join(''), length: parts.reduce((sum, part) => sum + part.length, 0) };
}

export function joinLines(lines: readonly Rich[]): Rich {
  return { html: lines.map((line) => line.html).join('\n'), length: lines.reduce((sum, line) => sum + line.length, 0) + Math.max(0, lines.length - 1) };
}

export const EMPTY_LINE: Rich = { html: '', length: 0 };
