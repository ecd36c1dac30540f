/** The signs that planb's boards use. Drawn by signs.css, because many machines have no font for them; the character stays as text. */
const NAMES = {
  '✅': 'good', '❌': 'bad', '❓': 'question', '🔄': 'running', '▶': 'go', '🔎': 'look', '🗳': 'vote', '⏹': 'ended', '✋': 'hand', '🚫': 'no', '⏭': 'skip', '▫': 'todo',
};

// Followed by the selector that asks for the coloured form, or not.
const SIGN = new RegExp(`(${Object.keys(NAMES).join('|')})\\uFE0F?`, 'u');

/** A text as nodes: its signs as elements, everything else as it is. */
export function withSigns(text) {
  const nodes = [];
  let rest = text;
  for (let match = SIGN.exec(rest); match !== null; match = SIGN.exec(rest)) {
    if (match.index > 0) nodes.push(rest.slice(0, match.index));
    const sign = document.createElement('span');
    sign.className = `sign sign-${NAMES[match[1]]}`;
    sign.textContent = match[0];
    nodes.push(sign);
    rest = rest.slice(match.index + match[0].length);
  }
  if (rest !== '') nodes.push(rest);
  return nodes;
}
