import { z } from 'zod';

/** Only what planb reads of the Bot API's objects (https://core.telegram.org/bots/api#update); everything else is ignored. */
const User = z.object({
  id: z.int(),
  is_bot: z.boolean().default(false),
  first_name: z.string().default(''),
  last_name: z.string().optional(),
  username: z.string().optional(),
  language_code: z.string().optional(),
});
export type User = z.infer<typeof User>;

const Chat = z.object({ id: z.int(), type: z.string(), title: z.string().optional(), username: z.string().optional() });

const Keyboard = z.object({ inline_keyboard: z.array(z.array(z.object({ callback_data: z.string().optional() }))) });

const RepliedMessage = z.object({ message_id: z.int(), from: User.optional(), reply_markup: Keyboard.optional() });

export const Message = z.object({
  message_id: z.int(),
  /** A topic's id, or (where `is_topic_message` is absent) merely the first message of a reply chain. */
  message_thread_id: z.int().optional(),
  is_topic_message: z.boolean().optional(),
  from: User.optional(),
  /** Set where the sender is not a person: an anonymous administrator or a channel. */
  sender_chat: Chat.optional(),
  chat: Chat,
  text: z.string().optional(),
  reply_to_message: RepliedMessage.optional(),
  migrate_to_chat_id: z.int().optional(),
  migrate_from_chat_id: z.int().optional(),
});
export type Message = z.infer<typeof Message>;

const CallbackQuery = z.object({
  id: z.string(),
  from: User,
  /** Absent for inline messages, which planb never sends. */
  message: Message.optional(),
  data: z.string().optional(),
});
export type CallbackQuery = z.infer<typeof CallbackQuery>;

export const Update = z.object({
  update_id: z.int(),
  message: Message.optional(),
  channel_post: Message.optional(),
  callback_query: CallbackQuery.optional(),
});
export type Update = z.infer<typeof Update>;

/** What planb asks Telegram for; edits of old messages are not commands. */
export const ALLOWED_UPDATES = ['message', 'channel_post', 'callback_query'] as const;

/** At least the number of an update that planb otherwise does not understand, so that the poller can step over it. */
export const NumberedUpdate = z.looseObject({ update_id: z.int() });

export const Me = z.object({ id: z.int(), username: z.string() });
export type Me = z.infer<typeof Me>;
