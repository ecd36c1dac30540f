import { z } from 'zod';
import { reachableChat } from './message-methods.js';
import { badRequest, type TelegramMethod, TelegramRefusal } from './method.js';
import type { TelegramChat, TelegramUser } from './model.js';
import type { TelegramStore } from './store.js';
import { chatToWire, userToWire } from './wire.js';

/** Longer callback answers are refused. */
const MAX_CALLBACK_ANSWER = 200;
const MAX_POLL_SECONDS = 50;

const commandsSchema = z
  .array(z.object({ command: z.string().regex(/^[a-z0-9_]{1,32}$/), description: z.string().min(1).max(256) }))
  .max(100);

const getMe: TelegramMethod = (_args, { store }) => ({
  ...userToWire(store.bot),
  can_join_groups: true,
  can_read_all_group_messages: false,
  supports_inline_queries: false,
});

const getUpdates: TelegramMethod = async (args, { updates }, gone) => {
  updates.allow(args.structured('allowed_updates'));
  const seconds = Math.min(args.integer('timeout') ?? 0, MAX_POLL_SECONDS);
  return updates.poll(args.integer('offset') ?? 0, args.integer('limit') ?? 100, seconds, gone);
};

const setWebhook: TelegramMethod = (args, { updates }) => {
  const url = args.text('url') ?? '';
  const secret = args.text('secret_token');
  if (secret !== undefined && !/^[A-Za-z0-9_-]{1,256}$/.test(secret)) throw badRequest('secret token contains unallowed characters');
  updates.allow(args.structured('allowed_updates'));
  // The real servers insist on https; the workspace and planb share a machine.
  if (url !== '' && !/^https?:\/\//.test(url)) throw badRequest('bad webhook: An HTTPS URL must be provided for webhook');
  updates.setWebhook(url === '' ? undefined : { url, secret }, args.flag('drop_pending_updates'));
  return true;
};

const deleteWebhook: TelegramMethod = (args, { updates }) => {
  updates.setWebhook(undefined, args.flag('drop_pending_updates'));
  return true;
};

const getWebhookInfo: TelegramMethod = (_args, { updates }) => ({
  url: updates.webhook?.url ?? '',
  has_custom_certificate: false,
  pending_update_count: updates.pending,
  ...(updates.webhook?.lastError
    ? { last_error_date: updates.webhook.lastError.date, last_error_message: updates.webhook.lastError.message }
    : {}),
});

const answerCallbackQuery: TelegramMethod = (args, { store, callbackLifeMs }) => {
  const press = store.presses.find((one) => one.id === args.text('callback_query_id'));
  const fresh = press !== undefined && Date.now() - press.at <= callbackLifeMs;
  if (!fresh) throw badRequest('query is too old and response timeout expired or query ID is invalid');
  const text = args.text('text') ?? '';
  if (Array.from(text).length > MAX_CALLBACK_ANSWER) throw badRequest('MESSAGE_TOO_LONG');
  press.answer = { text, showAlert: args.flag('show_alert'), at: Date.now() };
  store.changed('callback answer');
  return true;
};

const setMyCommands: TelegramMethod = (args, { store }) => {
  const parsed = commandsSchema.safeParse(args.structured('commands'));
  if (!parsed.success) throw badRequest('BOT_COMMAND_INVALID');
  store.commands = parsed.data;
  store.changed('commands');
  return true;
};

const getChat: TelegramMethod = (args, context) => chatToWire(reachableChat(args, context), context.store);

function memberToWire(chat: TelegramChat, user: TelegramUser, store: TelegramStore): Record<string, unknown> {
  const status = store.status(chat, user.id);
  return { status, user: userToWire(user), ...(status === 'creator' || status === 'administrator' ? { is_anonymous: false } : {}) };
}

const getChatMember: TelegramMethod = (args, context) => {
  const chat = reachableChat(args, context);
  const id = args.integer('user_id') ?? 0;
  const user = id === context.store.bot.id ? context.store.bot : context.store.users.get(id);
  if (!user) throw badRequest('PARTICIPANT_ID_INVALID');
  return memberToWire(chat, user, context.store);
};

const getChatAdministrators: TelegramMethod = (args, context) => {
  const chat = reachableChat(args, context);
  if (chat.type === 'private') throw badRequest('there are no administrators in the private chat');
  return [...context.store.users.values(), context.store.bot]
    .map((user) => memberToWire(chat, user, context.store))
    .filter((member) => member['status'] === 'creator' || member['status'] === 'administrator');
};

const getFile: TelegramMethod = (args, { store }) => {
  const document = store.documents.get(args.text('file_id') ?? '');
  if (!document) throw new TelegramRefusal(400, 'Bad Request: wrong file_id or the file is temporarily unavailable');
  return { file_id: document.fileId, file_unique_id: document.fileId, file_size: document.content.length, file_path: `documents/${document.fileId}` };
};

export const botMethods: Record<string, TelegramMethod> = {
  getme: getMe,
  getupdates: getUpdates,
  setwebhook: setWebhook,
  deletewebhook: deleteWebhook,
  getwebhookinfo: getWebhookInfo,
  answercallbackquery: answerCallbackQuery,
  setmycommands: setMyCommands,
  getmycommands: (_args, { store }) => store.commands,
  deletemycommands: (_args, { store }) => {
    store.commands = [];
    return true;
  },
  getchat: getChat,
  getchatmember: getChatMember,
  getchatadministrators: getChatAdministrators,
  getfile: getFile,
};
