import { withSigns } from './signs.js';

/**
 * Builds an element. Text always becomes a text node, so nothing that came over the wire can turn into markup.
 * `props`: `class`, `on` (listeners by event name), `data`, anything else an attribute; false and undefined are left out.
 */
export function h(tag, props = {}, ...children) {
  const [name, ...classes] = tag.split('.');
  const element = document.createElement(name || 'div');
  if (classes.length > 0) element.className = classes.join(' ');
  for (const [key, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (key === 'class') element.className = [element.className, value].filter(Boolean).join(' ');
    else if (key === 'on') for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    else if (key === 'data') Object.assign(element.dataset, value);
    else if (key === 'color') element.style.backgroundColor = value;
    else if (key === 'ink') element.style.color = value;
    else element.setAttribute(key, value === true ? '' : String(value));
  }
  const shown = children.flat(Infinity).filter((child) => child !== undefined && child !== null && child !== false);
  element.append(...shown.flatMap((child) => (typeof child === 'string' ? withSigns(child) : [child])));
  return element;
}

/** An icon of one SVG path on a 16×16 grid. */
export function icon(path, label) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('width', '16');
  svg.setAttribute('height', '16');
  if (label) svg.setAttribute('aria-label', label);
  else svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  line.setAttribute('d', path);
  line.setAttribute('fill', 'none');
  line.setAttribute('stroke', 'currentColor');
  line.setAttribute('stroke-width', '2');
  line.setAttribute('stroke-linecap', 'round');
  line.setAttribute('stroke-linejoin', 'round');
  svg.append(line);
  return svg;
}

export const ICONS = {
  check: 'M3 8.5l3.3 3.3L13 4.8',
  cross: 'M4 4l8 8M12 4l-8 8',
  send: 'M2.5 8h10M8 3l5 5-5 5',
  eye: 'M1 8s2.6-4.5 7-4.5S15 8 15 8s-2.6 4.5-7 4.5S1 8 1 8zM8 9.6a1.6 1.6 0 100-3.2 1.6 1.6 0 000 3.2z',
  file: 'M4 1.5h5.5L13 5v9.5H4zM9.3 1.7V5H13',
};

const COLORS = ['#e8912d', '#2f80ed', '#9b51e0', '#219653', '#d6453d', '#0d8f94', '#b5527d'];

/** A square or round with initials, its colour from the name. */
export function avatar(name, isApp = false) {
  if (isApp) return h('img.avatar', { src: '/page/icon.svg', alt: '' });
  const sum = [...name].reduce((total, letter) => total + (letter.codePointAt(0) ?? 0), 0);
  return h('span.avatar', { color: COLORS[sum % COLORS.length], 'aria-hidden': 'true' }, name.slice(0, 1).toUpperCase());
}

export function nameColor(name) {
  const sum = [...name].reduce((total, letter) => total + (letter.codePointAt(0) ?? 0), 0);
  return COLORS[sum % COLORS.length];
}

export function clock(ms) {
  return new Date(ms).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
}

export function fileSize(bytes) {
  return bytes < 1024 ? `${bytes} B` : bytes < 1_048_576 ? `${(bytes / 1024).toFixed(1)} kB` : `${(bytes / 1_048_576).toFixed(1)} MB`;
}

/**
 * Brings a list's children in line with `items`: only what is new or changed (another `versionOf`) is drawn again,
 * so that a reader's open folds, focus and scroll position survive an edit. Follows new items when at the end.
 */
export function reconcile(list, items, { keyOf, versionOf, render, empty }) {
  const following = list.scrollHeight - list.scrollTop - list.clientHeight < 60;
  const before = new Map([...list.children].map((child) => [child.dataset.key, child]));
  const wanted = items.map((item) => {
    const key = String(keyOf(item));
    const version = String(versionOf(item));
    const old = before.get(key);
    if (old?.dataset.version === version) return old;
    const fresh = render(item);
    fresh.dataset.key = key;
    fresh.dataset.version = version;
    if (old) keepFolds(old, fresh);
    return fresh;
  });
  if (wanted.length === 0 && empty) wanted.push(empty());
  let same = wanted.length === list.children.length;
  wanted.forEach((child, index) => (same &&= list.children[index] === child));
  if (same) return;
  list.replaceChildren(...wanted);
  if (following) list.scrollTop = list.scrollHeight;
}

/** Draws a small list again only when `signature` changed: an open menu or a half-done click must survive an update. */
export function drawOnce(container, signature, build) {
  const text = JSON.stringify(signature);
  if (container.dataset.signature === text) return;
  container.dataset.signature = text;
  container.replaceChildren(...build());
}

/** What a person folded or unfolded stays so when a message is drawn again; what nobody touched follows the new one. */
function keepFolds(old, fresh) {
  const olds = [...old.querySelectorAll('[data-fold]')];
  for (const fold of fresh.querySelectorAll('[data-fold]')) {
    const was = olds.find((one) => one.dataset.fold === fold.dataset.fold && one.dataset.touched);
    if (!was) continue;
    fold.dataset.touched = '1';
    if (fold instanceof HTMLDetailsElement) fold.open = was.open;
    else fold.classList.toggle('open', was.classList.contains('open'));
  }
}

/** A textarea that grows, and sends with Enter. */
export function growingInput(attributes, onSend) {
  const input = h('textarea', { rows: '1', spellcheck: 'false', autocomplete: 'off', ...attributes });
  input.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    onSend();
  });
  input.addEventListener('input', () => {
    input.style.height = 'auto';
    input.style.height = `${Math.min(input.scrollHeight, 110)}px`;
  });
  return input;
}
