import { h } from './dom.js';
import { link } from './mrkdwn.js';

function wrap(entity, children, text) {
  switch (entity.type) {
    case 'bold':
      return h('b', {}, children);
    case 'italic':
      return h('i', {}, children);
    case 'underline':
      return h('u', {}, children);
    case 'strikethrough':
      return h('s', {}, children);
    case 'spoiler':
      return h('span.spoiler', {}, children);
    case 'code':
      return h('code', {}, children);
    case 'pre':
      return h('pre', {}, children);
    case 'bot_command':
      return h('span.command', {}, children);
    case 'text_link':
      // tg: links point at people or chats; here they are only coloured.
      return entity.url.startsWith('tg:') ? h('span.command', {}, children) : link(entity.url, h('span', {}, children));
    case 'blockquote':
      return h('blockquote', {}, children);
    case 'expandable_blockquote':
      return folded(children, text.slice(entity.offset, entity.offset + entity.length), entity.offset);
    default:
      return h('span', {}, children);
  }
}

/** A quote that shows three lines until it is opened. */
function folded(children, inside, offset) {
  if (inside.split('\n').length <= 3 && inside.length < 170) return h('blockquote', {}, children);
  const button = h('button.tg-fold', { type: 'button', 'aria-label': 'Unfold' }, '▾');
  const quote = h('blockquote.folded', { data: { fold: `quote-${offset}` } }, children, button);
  quote.addEventListener('click', () => {
    quote.dataset.touched = '1';
    button.textContent = quote.classList.toggle('open') ? '▴' : '▾';
  });
  return quote;
}

/** A Telegram text with its entities as DOM nodes. Entities nest and never cross. */
export function telegramText(text, entities, from = 0, to = text.length) {
  const nodes = [];
  let at = from;
  let index = 0;
  while (index < entities.length) {
    const entity = entities[index];
    const end = entity.offset + entity.length;
    const inner = [];
    index += 1;
    while (index < entities.length && entities[index].offset < end) {
      inner.push(entities[index]);
      index += 1;
    }
    if (entity.offset > at) nodes.push(text.slice(at, entity.offset));
    nodes.push(wrap(entity, telegramText(text, inner, entity.offset, end), text));
    at = end;
    // A block element brings its own line break.
    if (/pre|blockquote/.test(entity.type) && text[at] === '\n') at += 1;
  }
  if (at < to) nodes.push(text.slice(at, to));
  return nodes;
}
