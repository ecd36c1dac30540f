import { h } from './dom.js';
import { date, emoji, link, userMention } from './mrkdwn.js';

function styled(node, style = {}) {
  let result = node;
  if (style.code) result = h('code', {}, result);
  if (style.bold) result = h('b', {}, result);
  if (style.italic) result = h('i', {}, result);
  if (style.strike) result = h('s', {}, result);
  if (style.underline) result = h('u', {}, result);
  return result;
}

function withBreaks(text) {
  return text.split('\n').flatMap((line, index) => (index > 0 ? [h('br'), line] : [line]));
}

function inlineNode(element, context) {
  switch (element.type) {
    case 'text':
      return styled(h('span', {}, withBreaks(element.text)), element.style);
    case 'link':
      return styled(link(element.url, element.text ?? element.url), element.style);
    case 'emoji':
      return emoji(element.name);
    case 'user':
      return userMention(element.user_id, context);
    case 'channel':
      return h('span.mention', {}, `#${context.channel(element.channel_id)}`);
    case 'broadcast':
      return h('span.mention', {}, `@${element.range}`);
    case 'date':
      return date(element.timestamp, element.format, element.fallback ?? '');
    default:
      return h('span.mention', {}, `@${element.usergroup_id ?? element.type}`);
  }
}

const inlines = (elements, context) => elements.map((element) => inlineNode(element, context));

/** A rich_text block as DOM nodes. */
export function richText(block, context) {
  return block.elements.map((part) => {
    switch (part.type) {
      case 'rich_text_list':
        return h(part.style === 'ordered' ? 'ol' : 'ul', {}, part.elements.map((item) => h('li', {}, inlines(item.elements, context))));
      case 'rich_text_quote':
        return h('blockquote', {}, inlines(part.elements, context));
      case 'rich_text_preformatted':
        return h('pre', {}, part.elements.map((element) => element.text ?? element.url));
      default:
        return h('p', {}, inlines(part.elements, context));
    }
  });
}
