import { stripVTControlCharacters } from 'node:util';

import type { MaskStream } from '../../src/secret/mask.js';

/** Turns the bytes of one output stream into masked text that is safe to store and to show. */
export interface OutputStream {
  push(bytes: Uint8Array): void;
  end(): void;
}

export interface OutputSink {
  /** The text as it is settled, in pieces of any size, lines ending in \n. */
  readonly onText: (text: string) => void;
  /** One line without its end; a very long one comes in parts. */
  readonly onLine: (line: string) => void;
}

/** Longest part of a line that is waited for, in UTF-16 units: a program that never ends its line costs no memory. */
const LINE_MAX = 16_384;

/**
 * All control characters except the tab, which could rewrite a terminal or a log (and PostgreSQL stores no NUL), and
 * the marks that reverse the direction of text, which could make a chat show another command than the real one.
 */
const UNSAFE = /[\p{Cc}\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/gu;

/**
 * Order matters: control characters go before masking, since a coloured secret is only whole without its colours, and
 * lines are cut after it, since a secret may have several.
 */
export function createOutputStream(mask: MaskStream, sink: OutputSink): OutputStream {
  const decoder = new TextDecoder('utf-8');
  let unread = '';
  let line = '';

  const show = (text: string): void => {
    if (text === '') return;
    sink.onText(text);
    const lines = (line + text).split('\n');
    line = lines.pop() ?? '';
    lines.forEach(sink.onLine);
    if (line.length > LINE_MAX) {
      sink.onLine(line);
      line = '';
    }
  };
  const read = (text: string, isLast: boolean): void => {
    unread += text;
    // A carriage return ends a line too (progress bars); a last one may still belong to a line feed.
    const parts = unread.split(isLast ? /\r\n|[\r\n]/ : /\r\n|\n|\r(?!$)/);
    unread = parts.pop() ?? '';
    if (parts.length > 0) show(mask.push(parts.map((part) => `${clean(part)}\n`).join('')));
    if (unread.length > LINE_MAX) {
      show(mask.push(clean(unread)));
      unread = '';
    }
  };

  return {
    push: (bytes) => read(decoder.decode(bytes, { stream: true }), false),
    end: () => {
      read(decoder.decode(), true);
      show(mask.push(clean(unread)) + mask.end());
      if (line !== '') sink.onLine(line);
      line = '';
    },
  };
}

function clean(text: string): string {
  return stripVTControlCharacters(text).replace(UNSAFE, (char) => (char === '\t' ? char : ''));
}
