import { z } from 'zod';
import { TelegramRefusal } from './method.js';

const button = z
  .object({
    text: z.string().min(1),
    callback_data: z.string().optional(),
    url: z.string().optional(),
    switch_inline_query_current_chat: z.string().optional(),
    copy_text: z.object({ text: z.string().min(1).max(256) }).optional(),
    // Since Bot API 9.4.
    style: z.enum(['danger', 'success', 'primary']).optional(),
  })
  .strip();

const markup = z.object({ inline_keyboard: z.array(z.array(button)) });

export type InlineButton = z.infer<typeof button>;
export type InlineKeyboard = InlineButton[][];

/** Telegram allows this many buttons on a message. */
const MAX_BUTTONS = 100;

/** An inline keyboard as Telegram judges it; undefined and an empty one both mean none. */
export function readKeyboard(value: unknown): InlineKeyboard {
  if (value === undefined || value === null) return [];
  if (typeof value === 'object' && !('inline_keyboard' in value)) return [];
  const parsed = markup.safeParse(value);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new TelegramRefusal(400, `Bad Request: can't parse inline keyboard button: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
  }
  const rows = parsed.data.inline_keyboard.filter((row) => row.length > 0);
  for (const one of rows.flat()) check(one);
  if (rows.flat().length > MAX_BUTTONS) throw new TelegramRefusal(400, 'Bad Request: REPLY_MARKUP_TOO_LONG');
  return rows;
}

function check(one: InlineButton): void {
  const kinds = [one.callback_data, one.url, one.switch_inline_query_current_chat, one.copy_text].filter((kind) => kind !== undefined);
  if (kinds.length === 0) {
    throw new TelegramRefusal(400, "Bad Request: can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard");
  }
  if (one.callback_data === undefined) return;
  const bytes = Buffer.byteLength(one.callback_data);
  if (bytes < 1 || bytes > 64) throw new TelegramRefusal(400, 'Bad Request: BUTTON_DATA_INVALID');
}
