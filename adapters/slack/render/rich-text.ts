import type { RichTextBlock, RichTextElement, RichTextPreformatted, RichTextSection } from '@slack/types';
import type { Line, Span } from '../../../src/board/model.js';
import type { Mentions } from '../../../src/ports/chat.js';
import { cleanText, isWebAddress } from './clean-text.js';

// Rich text is used rather than mrkdwn sections because nothing in it is parsed: no escaping that could be forgotten, no
// `_prisma_migrations` in italics, no link and no @channel from a reason that someone typed.

/** Slack refuses empty text elements, so empty spans vanish. */
export function richSpans(line: Line, mentions: Mentions): RichTextElement[] {
  return line.flatMap((span) => {
    const element = richSpan(span, mentions);
    return element === undefined ? [] : [element];
  });
}

function richSpan(span: Span, mentions: Mentions): RichTextElement | undefined {
  if (typeof span === 'string') return text(span);
  if ('bold' in span) return text(span.bold, { bold: true });
  if ('code' in span) return text(span.code, { code: true });
  if ('person' in span) {
    const { id, name } = mentions(span.person);
    return id === undefined ? text(name) : { type: 'user', user_id: id };
  }
  const label = cleanText(span.link);
  if (!isWebAddress(span.url)) return text(label);
  return label === '' ? { type: 'link', url: span.url } : { type: 'link', url: span.url, text: label };
}

function text(value: string, style?: { readonly bold?: true; readonly code?: true }): RichTextElement | undefined {
  const clean = cleanText(value);
  if (clean === '') return undefined;
  return style === undefined ? { type: 'text', text: clean } : { type: 'text', text: clean, style };
}

/** Lines below each other in one section; undefined where nothing would show. */
export function richLines(lines: readonly Line[], mentions: Mentions): RichTextSection | undefined {
  const elements = lines.flatMap((line, index) => {
    const spans = richSpans(line, mentions);
    return index === 0 ? spans : [{ type: 'text', text: '\n' } satisfies RichTextElement, ...spans];
  });
  return elements.length === 0 ? undefined : { type: 'rich_text_section', elements: joinTexts(elements) };
}

/** Neighbours of one style as one element: each costs some fifty characters of a message's limit. */
function joinTexts(elements: readonly RichTextElement[]): RichTextElement[] {
  const joined: RichTextElement[] = [];
  for (const element of elements) {
    const last = joined.at(-1);
    if (last?.type === 'text' && element.type === 'text' && last.style?.bold === element.style?.bold && last.style?.code === element.style?.code) {
      joined[joined.length - 1] = { ...last, text: last.text + element.text };
    } else {
      joined.push(element);
    }
  }
  return joined;
}

export function preformatted(content: string): RichTextPreformatted | undefined {
  const clean = cleanText(content).replace(/\n+$/, '');
  return clean === '' ? undefined : { type: 'rich_text_preformatted', elements: [{ type: 'text', text: clean }] };
}

export function richBlock(elements: readonly (RichTextSection | RichTextPreformatted | undefined)[], blockId?: string): RichTextBlock | undefined {
  const present = elements.filter((element) => element !== undefined);
  if (present.length === 0) return undefined;
  return { type: 'rich_text', ...(blockId === undefined ? {} : { block_id: blockId }), elements: present };
}
