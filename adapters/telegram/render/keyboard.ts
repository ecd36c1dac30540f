import type { Button } from '../../../src/board/model.js';
import { clip, neutraliseLine } from './text.js';

/** An inline button. `style` exists since Bot API 9.4; older clients ignore it. */
export interface InlineButton {
  readonly text: string;
  readonly callback_data: string;
  readonly style?: 'danger' | 'success' | 'primary';
}

export interface InlineKeyboard {
  readonly inline_keyboard: readonly (readonly InlineButton[])[];
}

/** More would cut the labels on a phone. */
const PER_ROW = 3;

/** An empty keyboard is sent too: without it an edit would leave the old, dead buttons. */
export function renderKeyboard(buttons: readonly Button[]): InlineKeyboard {
  return inRows(buttons.map(renderButton), PER_ROW);
}

export function inRows(buttons: readonly InlineButton[], perRow: number): InlineKeyboard {
  const rows: InlineButton[][] = [];
  for (let start = 0; start < buttons.length; start += perRow) rows.push(buttons.slice(start, start + perRow));
  return { inline_keyboard: rows };
}

function renderButton(button: Button): InlineButton {
  const face = { text: clip(neutraliseLine(button.label), 60), callback_data: button.id };
  if (button.style === 'plain') return face;
  if (button.style === 'danger') return { ...face, style: 'danger' };
  return { ...face, style: button.action === 'approve' || button.action === 'done' || button.action === 'it-was-done' ? 'success' : 'primary' };
}
