import { isDeepStrictEqual } from 'node:util';
import { type Document, type Pair, isMap, isNode, isSeq, parseDocument } from 'yaml';
import { type ConfigPath, keyOf, nodeAt } from './config-keys.js';

/**
 * A copy of a config.yaml in which keys are commented out and everything else, comments and layout included, stands as it did. A mapping or list that would be left without
 * anything goes with its last part: an empty key would be `null` to the program. Undefined where that cannot be done (an anchor goes that something else needs).
 */
export function commentOut(text: string, paths: readonly ConfigPath[]): string | undefined {
  const document = parseDocument(text, { merge: true });
  if (document.errors.length > 0) return undefined;
  const parts = wholeParts(document, paths).map((path) => ({ path, span: spanOf(document, text, path) }));
  // From the end, so that the places before stay where they are.
  parts.sort((a, b) => (b.span?.start ?? 0) - (a.span?.start ?? 0));
  const wanted = document.clone();
  let edited = text;
  for (const { path, span } of parts) {
    if (span === undefined) return undefined;
    edited = span.flow ? cutFlow(edited, span) : commentLines(edited, span);
    wanted.deleteIn(path);
  }
  const check = parseDocument(edited, { merge: true });
  if (check.errors.length > 0) return undefined;
  try {
    return isDeepStrictEqual(check.toJS(), wanted.toJS()) ? edited : undefined;
  } catch (error) {
    // An alias whose anchor went.
    if (error instanceof ReferenceError) return undefined;
    throw error;
  }
}

/** Where a part of the text begins and ends, the end being that of its last character. */
interface Span {
  readonly start: number;
  readonly end: number;
  readonly flow: boolean;
}

/** The parts to take out: where all of a mapping or list goes, that as a whole. */
function wholeParts(document: Document, paths: readonly ConfigPath[]): readonly ConfigPath[] {
  const all = new Map(paths.map((path) => [JSON.stringify(path), path]));
  for (const path of [...all.values()].sort((a, b) => b.length - a.length)) {
    for (let inner = path; inner.length > 1; inner = inner.slice(0, -1)) {
      const parent = inner.slice(0, -1);
      if (!partsOf(document, parent).every((part) => all.has(JSON.stringify(part)))) break;
      all.set(JSON.stringify(parent), parent);
    }
  }
  return [...all.values()].filter((path) => !path.some((_part, index) => index > 0 && all.has(JSON.stringify(path.slice(0, index)))));
}

function partsOf(document: Document, path: ConfigPath): readonly ConfigPath[] {
  const node = nodeAt(document, path);
  if (isSeq(node)) return node.items.map((_item, index) => [...path, index]);
  // A merge stays, so the mapping is never empty.
  return isMap(node) ? node.items.map((pair) => [...path, keyOf(pair) ?? '<<']) : [];
}

function spanOf(document: Document, text: string, path: ConfigPath): Span | undefined {
  const parent = nodeAt(document, path.slice(0, -1));
  const last = path.at(-1);
  if (isMap(parent)) {
    const pair = parent.items.find((item) => keyOf(item) === last);
    return pair === undefined ? undefined : pairSpan(pair, text, parent.flow === true);
  }
  const item = isSeq(parent) && typeof last === 'number' ? parent.items[last] : undefined;
  if (!isSeq(parent) || !isNode(item) || !item.range) return undefined;
  const [from, to] = item.range;
  if (parent.flow === true) return { start: from, end: trimmedEnd(text, from, to), flow: true };
  // The dash is not part of the item.
  const dash = text.lastIndexOf('-', from - 1);
  return dash === -1 ? undefined : { start: dash, end: trimmedEnd(text, from, to), flow: false };
}

function pairSpan({ key, value }: Pair, text: string, flow: boolean): Span | undefined {
  if (!isNode(key) || !key.range) return undefined;
  const [start, keyEnd] = key.range;
  const to = isNode(value) && value.range ? value.range[1] : keyEnd;
  return { start, end: trimmedEnd(text, start, Math.max(to, keyEnd)), flow };
}

function trimmedEnd(text: string, start: number, end: number): number {
  return start + text.slice(start, end).trimEnd().length;
}

function commentLines(text: string, { start, end }: Span): string {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const lineEnd = text.indexOf('\n', end) === -1 ? text.length : text.indexOf('\n', end);
  const column = start - lineStart;
  const lines = text.slice(lineStart, lineEnd).split('\n').map((line, index) => {
    if (line.trim() === '') return line;
    // Lines of a block text may begin further left than the key only where they are blank or comments.
    const at = index === 0 ? column : Math.min(column, line.length - line.trimStart().length);
    return `${line.slice(0, at)}# ${line.slice(at)}`;
  });
  return text.slice(0, lineStart) + lines.join('\n') + text.slice(lineEnd);
}

/** Inside `{ }` and `[ ]` nothing can be commented out alone, so it is taken out, and named in a line above. */
function cutFlow(text: string, { start, end }: Span): string {
  const after = /^\s*,[^\S\n]*/.exec(text.slice(end))?.[0] ?? '';
  const before = after === '' ? (/,\s*$/.exec(text.slice(0, start))?.[0] ?? '') : '';
  const from = start - before.length;
  const lineStart = text.lastIndexOf('\n', from - 1) + 1;
  const indent = /^[^\S\n]*/.exec(text.slice(lineStart))?.[0] ?? '';
  const note = `${indent}# taken out below: ${text.slice(start, end).replaceAll(/\s*\n\s*/g, ' ')}\n`;
  return text.slice(0, lineStart) + note + text.slice(lineStart, from) + text.slice(end + after.length);
}
