import type { ChatCommand } from '../../../src/command/command.js';
import { said as note, saidToRun } from '../../../src/command/parse-said.js';
import { decodeFormData, FORM_PREFIX } from '../form/data.js';
import type { ParseWords } from '../options.js';
import type { Me, Message } from './schema.js';
import { topicOf } from './sender.js';

/** What a message means to planb. `silent`: it was not addressed to planb. */
export type Meaning =
  | { readonly kind: 'silent' }
  | { readonly kind: 'command'; readonly command: ChatCommand; readonly replyTo?: string }
  | { readonly kind: 'form-reason'; readonly form: NonNullable<ReturnType<typeof decodeFormData>>; readonly formMessage: number; readonly reason: string }
  | { readonly kind: 'moved'; readonly from: string; readonly to: string };

const SILENT: Meaning = { kind: 'silent' };

/** Pure: reads one message with the bot's own name and the parsers of `src/command`. */
export function readMessage(message: Message, me: Me, commandName: string, parse: ParseWords): Meaning {
  const chat = String(message.chat.id);
  if (message.migrate_to_chat_id !== undefined) return { kind: 'moved', from: chat, to: String(message.migrate_to_chat_id) };
  if (message.migrate_from_chat_id !== undefined) return { kind: 'moved', from: String(message.migrate_from_chat_id), to: chat };

  const text = message.text?.trim() ?? '';
  if (text === '') return SILENT;
  const isPrivate = message.chat.type === 'private';
  const replied = repliedTo(message, me);

  const slash = /^\/([a-z0-9_]+)(?:@([a-z0-9_]+))?(?:\s+([\s\S]*))?$/i.exec(text);
  if (slash !== null) return readSlash(slash, { me, commandName, isPrivate, parse, replyTo: replied?.id });

  const mention = new RegExp(`^@${me.username}\\b[\\s,:]*`, 'i').exec(text);
  const said = mention === null ? text : text.slice(mention[0].length);
  // "@bob retry" in a reply to the board is said to Bob.
  const toSomeoneElse = mention === null && text.startsWith('@');
  if (replied !== undefined && !toSomeoneElse) {
    const word = parse.word(said);
    if (word !== undefined) return { kind: 'command', command: word, replyTo: replied.id };
    if (replied.form !== undefined && said !== '') return { kind: 'form-reason', form: replied.form, formMessage: Number(replied.id), reason: said };
  }
  const isNote = replied !== undefined && replied.form === undefined && !toSomeoneElse && said !== '';
  if (mention === null && !isPrivate) return isNote ? { kind: 'command', command: note(said), replyTo: replied.id } : SILENT;
  const command = parse.command(said);
  return { kind: 'command', command: isNote ? saidToRun(said, command) : command, ...(replied === undefined ? {} : { replyTo: replied.id }) };
}

interface SlashContext {
  readonly me: Me;
  readonly commandName: string;
  readonly isPrivate: boolean;
  readonly parse: ParseWords;
  readonly replyTo: string | undefined;
}

function readSlash([, name = '', suffix, words = '']: RegExpExecArray, context: SlashContext): Meaning {
  const forUs = suffix === undefined || suffix.toLowerCase() === context.me.username.toLowerCase();
  if (!forUs) return SILENT;
  const called = name.toLowerCase();
  if (called === context.commandName.toLowerCase()) {
    return { kind: 'command', command: context.parse.command(words.trim()), ...(context.replyTo === undefined ? {} : { replyTo: context.replyTo }) };
  }
  // Telegram's clients send /start themselves when a chat with a bot begins. In a group these words may be another bot's.
  if ((called === 'start' || called === 'help') && (context.isPrivate || suffix !== undefined)) return { kind: 'command', command: { kind: 'help' } };
  return SILENT;
}

/** The message of ours that a message replies to; in a topic every message "replies" to the one that opened it. */
function repliedTo(message: Message, me: Me) {
  const replied = message.reply_to_message;
  if (replied?.from?.id !== me.id || String(replied.message_id) === topicOf(message)) return undefined;
  const data = replied.reply_markup?.inline_keyboard.flat().find((button) => button.callback_data?.startsWith(FORM_PREFIX))?.callback_data;
  return { id: String(replied.message_id), form: data === undefined ? undefined : decodeFormData(data) };
}
