import type { SlackMessage } from './model.js';

/** Keys whose strings a person reads, in the order in which blocks hold them. */
const READ = new Set(['text', 'title', 'alt_text', 'url', 'fallback']);

/** Everything a person reads on a message: the texts of its blocks, buttons included, a line each; else its plain text. */
export function readMessage(message: SlackMessage): string {
  return message.blocks.length === 0 ? message.text : texts(message.blocks).join('\n');
}

function texts(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(texts);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => {
    // A confirm dialog is read only after a click.
    if (key === 'confirm') return [];
    return typeof one === 'string' ? (READ.has(key) ? [one] : []) : texts(one);
  });
}
