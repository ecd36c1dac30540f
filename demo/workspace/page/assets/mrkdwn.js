import { h } from './dom.js';

const EMOJI = {
  white_check_mark: '✅', heavy_check_mark: '✔️', x: '❌', warning: '⚠️', rotating_light: '🚨', hourglass: '⌛', hourglass_flowing_sand: '⏳',
  lock: '🔒', unlock: '🔓', rewind: '⏪', eyes: '👀', tada: '🎉', bell: '🔔', question: '❓', no_entry: '⛔', no_entry_sign: '🚫', thumbsup: '👍', '+1': '👍',
  thumbsdown: '👎', '-1': '👎', fire: '🔥', package: '📦', wrench: '🔧', red_circle: '🔴', large_green_circle: '🟢', large_yellow_circle: '🟡',
  large_blue_circle: '🔵', large_orange_circle: '🟠', white_circle: '⚪', black_circle: '⚫', arrow_right: '➡️', leftwards_arrow_with_hook: '↩️',
  information_source: 'ℹ️', speech_balloon: '💬', clock3: '🕒', construction: '🚧', memo: '📝', bulb: '💡', zap: '⚡', shield: '🛡️',
};

/** What mentions need: the users, channels and the one who looks. */
export function names(state, viewer) {
  return {
    user: (id) => state.users.find((one) => one.id === id)?.name ?? id,
    channel: (id) => state.channels.find((one) => one.id === id)?.name ?? id,
    isViewer: (id) => id === viewer,
  };
}

export function userMention(id, context) {
  return h('span.mention', { class: context.isViewer(id) ? 'me' : '' }, `@${context.user(id)}`);
}

/** A link that leaves the page only to http(s) addresses. */
export function link(url, text) {
  if (!/^(https?:|mailto:|\/)/.test(url)) return text;
  return h('a', { href: url, target: '_blank', rel: 'noopener noreferrer' }, text);
}

const decode = (text) => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

/** Slack's date formats, as far as they are used; anything else shows the fallback. */
export function date(seconds, format, fallback) {
  const when = new Date(Number(seconds) * 1000);
  if (Number.isNaN(when.getTime())) return fallback;
  const day = when.toLocaleDateString([], { month: 'short', day: 'numeric' });
  const time = when.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  return format
    .replace(/\{date(_\w+)?\}/g, day)
    .replace('{time_secs}', when.toLocaleTimeString())
    .replace('{time}', time)
    .replace('{ago}', day);
}

function reference(inside, context) {
  const [target, label] = inside.split('|');
  if (target.startsWith('@')) return userMention(target.slice(1), context);
  if (target.startsWith('#')) return h('span.mention', {}, `#${context.channel(target.slice(1))}`);
  if (target.startsWith('!date^')) {
    const [, seconds, format] = target.split('^');
    return date(seconds, format ?? '', label ?? '');
  }
  if (target.startsWith('!subteam')) return h('span.mention', {}, label ?? '@group');
  if (target.startsWith('!')) return h('span.mention', {}, `@${target.slice(1)}`);
  return link(decode(target), decode(label ?? target));
}

// One alternative a mark-up; bold, italic and strike want a boundary before and after, as in Slack.
const INLINE = /```([\s\S]+?)```\n?|`([^`\n]+)`|<([^<>\s][^<>]*)>|(?<![\w*])\*(?!\s)([^*\n]+?)(?<!\s)\*(?![\w*])|(?<![\w_])_(?!\s)([^_\n]+?)(?<!\s)_(?![\w_])|(?<![\w~])~(?!\s)([^~\n]+?)(?<!\s)~(?![\w~])|:([a-z0-9_+-]+):/g;

/** Nodes for one run of mrkdwn without block quotes. */
function inline(text, context) {
  const nodes = [];
  let at = 0;
  const plain = (piece) => {
    piece.split('\n').forEach((line, index) => {
      if (index > 0) nodes.push(h('br'));
      if (line) nodes.push(decode(line));
    });
  };
  for (const match of text.matchAll(INLINE)) {
    plain(text.slice(at, match.index));
    at = match.index + match[0].length;
    const [whole, pre, code, angle, bold, italic, strike, emoji] = match;
    if (pre !== undefined) nodes.push(h('pre', {}, decode(pre.replace(/^\n|\n$/g, ''))));
    else if (code !== undefined) nodes.push(h('code', {}, decode(code)));
    else if (angle !== undefined) nodes.push(reference(angle, context));
    else if (bold !== undefined) nodes.push(h('b', {}, inline(bold, context)));
    else if (italic !== undefined) nodes.push(h('i', {}, inline(italic, context)));
    else if (strike !== undefined) nodes.push(h('s', {}, inline(strike, context)));
    else nodes.push(EMOJI[emoji] ?? whole);
  }
  plain(text.slice(at));
  return nodes;
}

/** Slack's mrkdwn as DOM nodes: paragraphs and `>` quotes. */
export function mrkdwn(text, context) {
  const nodes = [];
  let run = [];
  let quoting = false;
  let fenced = false;
  const flush = () => {
    if (run.length > 0) nodes.push(quoting ? h('blockquote', {}, inline(run.join('\n'), context)) : h('div', {}, inline(run.join('\n'), context)));
    run = [];
  };
  for (const line of text.split('\n')) {
    const quote = fenced ? null : /^(?:&gt;|>) ?(.*)$/.exec(line);
    if (Boolean(quote) !== quoting) {
      flush();
      quoting = Boolean(quote);
    }
    if ((line.match(/```/g) ?? []).length % 2 === 1) fenced = !fenced;
    run.push(quote ? quote[1] : line);
  }
  flush();
  return nodes;
}

export function emoji(name) {
  return EMOJI[name] ?? `:${name}:`;
}
