/** A formatted part of a text; offset and length count UTF-16 code units, as in the Bot API. */
export interface Entity {
  type:
    | 'bold'
    | 'italic'
    | 'underline'
    | 'strikethrough'
    | 'spoiler'
    | 'code'
    | 'pre'
    | 'blockquote'
    | 'expandable_blockquote'
    | 'text_link'
    | 'custom_emoji'
    | 'bot_command';
  offset: number;
  length: number;
  url?: string;
  language?: string;
}

export type ParsedHtml = { ok: true; text: string; entities: Entity[] } | { ok: false; description: string };

const SIMPLE_TAGS: Record<string, Entity['type']> = {
  b: 'bold',
  strong: 'bold',
  i: 'italic',
  em: 'italic',
  u: 'underline',
  ins: 'underline',
  s: 'strikethrough',
  strike: 'strikethrough',
  del: 'strikethrough',
  'tg-spoiler': 'spoiler',
  'tg-emoji': 'custom_emoji',
  code: 'code',
  pre: 'pre',
};

const NAMED: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"' };
const START_TAG = /^<([a-zA-Z][a-zA-Z0-9-]*)((?:\s+[a-zA-Z-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>"']+))?)*)\s*>/;
const END_TAG = /^<\/([a-zA-Z][a-zA-Z0-9-]*)\s*>/;

interface Open {
  tag: string;
  offset: number;
  entity: Omit<Entity, 'offset' | 'length'> | undefined;
}

/** Parses Telegram's HTML as the Bot API does (https://core.telegram.org/bots/api#html-style), errors in its wording. */
export function parseHtml(source: string): ParsedHtml {
  const entities: Entity[] = [];
  const open: Open[] = [];
  let text = '';
  let at = 0;
  const fail = (what: string): ParsedHtml => ({ ok: false, description: `can't parse entities: ${what}` });
  const byteOffset = (): number => Buffer.byteLength(source.slice(0, at));
  while (at < source.length) {
    const rest = source.slice(at);
    if (source[at] === '&') {
      const [whole, decoded] = decodeReference(rest);
      text += decoded;
      at += whole.length;
    } else if (rest.startsWith('</')) {
      const end = END_TAG.exec(rest);
      if (!end) return fail(`Unclosed end tag at byte offset ${byteOffset()}`);
      const tag = (end[1] ?? '').toLowerCase();
      const last = open.pop();
      if (!last) return fail(`Unexpected end tag at byte offset ${byteOffset()}`);
      if (last.tag !== tag) return fail(`Unmatched end tag at byte offset ${byteOffset()}, expected "</${last.tag}>", found "</${tag}>"`);
      if (last.entity && text.length > last.offset) entities.push({ ...last.entity, offset: last.offset, length: text.length - last.offset });
      at += end[0].length;
    } else if (source[at] === '<') {
      const start = START_TAG.exec(rest);
      if (!start) return fail(`Unsupported start tag "${/^<([^\s>]*)/.exec(rest)?.[1] ?? ''}" at byte offset ${byteOffset()}`);
      const tag = (start[1] ?? '').toLowerCase();
      const entity = entityFor(tag, attributes(start[2] ?? ''), open.at(-1));
      if (entity === 'unsupported') return fail(`Unsupported start tag "${tag}" at byte offset ${byteOffset()}`);
      if (entity?.type.includes('blockquote') && open.some((one) => one.tag === 'blockquote')) {
        return fail(`Blockquote can't be nested at byte offset ${byteOffset()}`);
      }
      open.push({ tag, offset: text.length, entity });
      at += start[0].length;
    } else {
      const plain = /^[^<&]+/.exec(rest)?.[0] ?? '';
      text += plain;
      at += plain.length;
    }
  }
  const unclosed = open.at(-1);
  if (unclosed) return fail(`Can't find end tag corresponding to start tag "${unclosed.tag}"`);
  return { ok: true, ...trim(text, entities) };
}

function entityFor(tag: string, given: Record<string, string>, parent: Open | undefined): Open['entity'] | 'unsupported' {
  if (tag === 'blockquote') return { type: 'expandable' in given ? 'expandable_blockquote' : 'blockquote' };
  if (tag === 'span') return given['class'] === 'tg-spoiler' ? { type: 'spoiler' } : 'unsupported';
  if (tag === 'a') return given['href'] ? { type: 'text_link', url: given['href'] } : undefined;
  const type = SIMPLE_TAGS[tag];
  if (!type) return 'unsupported';
  const language = /^language-(.+)$/.exec(given['class'] ?? '')?.[1];
  if (tag === 'code' && parent?.tag === 'pre') {
    if (language && parent.entity) parent.entity.language = language;
    return undefined;
  }
  return { type };
}

function attributes(source: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const [, name, quoted, single, bare] of source.matchAll(/([a-zA-Z-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+)))?/g)) {
    found[(name ?? '').toLowerCase()] = decodeAll(quoted ?? single ?? bare ?? '');
  }
  return found;
}

function decodeAll(text: string): string {
  return text.replace(/&[^;&\s]*;?/g, (reference) => {
    const [whole, decoded] = decodeReference(reference);
    return decoded + reference.slice(whole.length);
  });
}

/** Only four names and numbers are known; any other `&` stands for itself. */
function decodeReference(rest: string): [whole: string, decoded: string] {
  const numeric = /^&#(?:x([0-9a-fA-F]+)|([0-9]+));?/.exec(rest);
  if (numeric) {
    const code = numeric[1] === undefined ? Number(numeric[2]) : Number.parseInt(numeric[1], 16);
    if (code > 0 && code <= 0x10ffff) return [numeric[0], String.fromCodePoint(code)];
  }
  const named = /^&([a-z]+);?/.exec(rest);
  const decoded = named ? NAMED[named[1] ?? ''] : undefined;
  return named && decoded !== undefined ? [named[0], decoded] : ['&', '&'];
}

/** Telegram drops white space around the whole message. */
function trim(text: string, entities: Entity[]): { text: string; entities: Entity[] } {
  const start = text.length - text.trimStart().length;
  const end = text.trimEnd().length;
  const kept = entities.flatMap((entity) => {
    const from = Math.max(entity.offset, start);
    const to = Math.min(entity.offset + entity.length, end);
    return to > from ? [{ ...entity, offset: from - start, length: to - from }] : [];
  });
  kept.sort((one, other) => one.offset - other.offset || other.length - one.length);
  return { text: text.trim(), entities: kept };
}
