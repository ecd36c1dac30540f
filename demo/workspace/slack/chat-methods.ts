import { checkBlocks } from './blocks/validate.js';
import type { SlackBlock } from './blocks/blocks.js';
import { type Method, type MethodArguments, type MethodContext, SlackRefusal } from './method.js';
import type { SlackChannel, SlackMessage } from './model.js';
import { toWire } from './wire.js';

/** Text above this is refused; Slack truncates it in messages and refuses it in edits. */
const MAX_TEXT = 40_000;

/** Text and blocks of a message, judged as Slack does. */
export function readContent(args: MethodArguments, context: MethodContext): { text: string; blocks: SlackBlock[] } {
  const text = args.text('text') ?? '';
  const raw = args.structured('blocks', 'invalid_blocks_format');
  if (raw === undefined && text === '') throw new SlackRefusal('no_text');
  if (text.length > MAX_TEXT) throw new SlackRefusal('msg_too_long');
  if (raw === undefined) return { text, blocks: [] };
  const checked = checkBlocks(raw, context.unsupportedBlocks);
  if (!checked.ok) throw new SlackRefusal(checked.error, checked.problems);
  if (checked.value.length === 0 && text === '') throw new SlackRefusal('no_text');
  return { text, blocks: checked.value };
}

/** The channel, by id or #name, that the bot may write to. A user's id means the conversation with them. */
function writableChannel(args: MethodArguments, { store }: MethodContext): SlackChannel {
  const named = args.required('channel');
  const channel = store.channels.get(named) ?? [...store.channels.values()].find((one) => `#${one.name}` === named);
  if (channel) {
    if (channel.botMissing) throw new SlackRefusal('not_in_channel');
    if (channel.isArchived) throw new SlackRefusal('is_archived');
    return channel;
  }
  const user = store.users.get(named);
  if (!user) throw new SlackRefusal('channel_not_found');
  return store.directChannel(user);
}

function ownMessage(args: MethodArguments, context: MethodContext, refusal: string): SlackMessage {
  const channel = writableChannel(args, context);
  const message = context.store.find(channel.id, args.required('ts'));
  // An ephemeral message cannot be reached through the Web API.
  if (!message || message.ephemeralFor !== undefined) throw new SlackRefusal('message_not_found');
  if (message.user !== context.store.identity.botUserId) throw new SlackRefusal(refusal);
  return message;
}

/** The thread's root; Slack accepts an unknown `thread_ts` silently, which hides bugs, so this is stricter. */
function threadOf(args: MethodArguments, { store }: MethodContext, channel: string): string | undefined {
  const ts = args.text('thread_ts');
  if (ts === undefined) return undefined;
  const message = store.find(channel, ts);
  if (!message) throw new SlackRefusal('thread_not_found');
  return message.threadTs ?? message.ts;
}

const postMessage: Method = (args, context) => {
  const { store } = context;
  const channel = writableChannel(args, context);
  const content = readContent(args, context);
  const message = store.add({
    ...content,
    channel: channel.id,
    user: store.identity.botUserId,
    threadTs: threadOf(args, context, channel.id),
    broadcast: args.text('thread_ts') !== undefined && args.flag('reply_broadcast'),
    metadata: args.structured('metadata', 'metadata_must_be_json'),
  });
  return { channel: channel.id, ts: message.ts, message: toWire(message, store) };
};

const update: Method = (args, context) => {
  const message = ownMessage(args, context, 'cant_update_message');
  const content = readContent(args, context);
  context.store.edit(message, content.text, content.blocks);
  return { channel: message.channel, ts: message.ts, text: message.text, message: toWire(message, context.store) };
};

const postEphemeral: Method = (args, context) => {
  const { store } = context;
  const channel = writableChannel(args, context);
  const userId = args.required('user');
  if (!store.users.has(userId)) throw new SlackRefusal('user_not_in_channel');
  const message = store.add({
    ...readContent(args, context),
    channel: channel.id,
    user: store.identity.botUserId,
    threadTs: threadOf(args, context, channel.id),
    ephemeralFor: userId,
  });
  return { message_ts: message.ts };
};

const remove: Method = (args, context) => {
  const message = ownMessage(args, context, 'cant_delete_message');
  context.store.remove(message);
  return { channel: message.channel, ts: message.ts };
};

const getPermalink: Method = (args, { store, origin }) => {
  const channel = args.required('channel');
  if (!store.channels.has(channel)) throw new SlackRefusal('channel_not_found');
  const message = store.find(channel, args.required('message_ts'));
  if (!message) throw new SlackRefusal('message_not_found');
  return { channel, permalink: `${origin()}/archives/${channel}/p${message.ts.replace('.', '')}` };
};

const addReaction: Method = (args, { store }) => {
  const message = store.find(args.required('channel'), args.required('timestamp'));
  if (!message) throw new SlackRefusal('message_not_found');
  const reaction = { name: args.required('name'), user: store.identity.botUserId };
  if (message.reactions.some((one) => one.name === reaction.name && one.user === reaction.user)) throw new SlackRefusal('already_reacted');
  message.reactions.push(reaction);
  store.changed('reaction');
  return {};
};

export const chatMethods: Record<string, Method> = {
  'chat.postMessage': postMessage,
  'chat.update': update,
  'chat.postEphemeral': postEphemeral,
  'chat.delete': remove,
  'chat.getPermalink': getPermalink,
  'reactions.add': addReaction,
};
