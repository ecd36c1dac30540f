import { h } from './dom.js';
import { textNode } from './blocks.js';

/** Shows a button's confirm dialog over the pane; resolves with whether the person went on. */
export async function askConfirmation(pane, confirm, context) {
  return new Promise((resolve) => {
    const finish = (answer) => {
      shade.remove();
      resolve(answer);
    };
    const yes = h('button.btn', { type: 'button', class: confirm.style ?? 'primary', on: { click: () => finish(true) } }, confirm.confirm.text);
    const shade = h(
      'div.shade',
      {},
      h(
        'div.confirm',
        { role: 'alertdialog', 'aria-modal': 'true', 'aria-label': confirm.title.text },
        h('h3', {}, confirm.title.text),
        textNode(confirm.text, context),
        h('footer', {}, h('button.btn', { type: 'button', on: { click: () => finish(false) } }, confirm.deny.text), yes),
      ),
    );
    pane.append(shade);
    yes.focus();
  });
}
