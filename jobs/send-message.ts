import { ChatError, type ChatPlatform, type MessageRef } from '../src/ports/chat.js';
import type { OutgoingMessage } from '../src/ports/store.js';
import { mentionsOn } from './mentions.js';
import type { ChatParts } from './show-board.js';

const claimMs = 30_000;
const unavailableMs = 2_000;

/** Sends one stored message. A platform that is away is tried again for as long as it takes; what it refuses for good is kept with the reason. */
export async function sendMessage(parts: ChatParts, id: string): Promise<void> {
  const message = await parts.store.claimMessage(id, claimMs);
  if (message === undefined) return;
  const name = await platformOf(parts, message);
  if (name === 'cli' || name === undefined) {
    // The command line reads its answer itself.
    await parts.store.messageSent(id, {});
    return;
  }
  const platform = parts.platforms.get(name);
  if (platform === undefined) {
    await parts.store.messageSent(id, { failed: `this bot has no token for ${name}`, again: true });
    return;
  }
  const channel = await channelOf(parts, message);
  const permitted = channel === undefined ? { ok: true as const } : await parts.limiter.acquire('post', name, channel, true);
  if (!permitted.ok) return later(parts, id, 'waits for the platform\'s limit', permitted.retryAfterMs);
  try {
    const ref = await send(parts, platform, name, message);
    await parts.store.messageSent(id, ref === undefined ? {} : { message: ref.message });
  } catch (error) {
    await afterFailure(parts, id, name, channel, error);
  }
}

async function platformOf(parts: ChatParts, message: OutgoingMessage): Promise<'slack' | 'telegram' | 'cli' | undefined> {
  switch (message.kind) {
    case 'notice':
      return message.to.platform;
    case 'reply':
      return message.place.platform;
    case 'details':
      return (await boardOf(parts, message))?.platform;
    default:
      throw new Error(`unreachable: ${JSON.stringify(message satisfies never)}`);
  }
}

async function boardOf(parts: ChatParts, message: OutgoingMessage): Promise<(MessageRef & { readonly platform: 'slack' | 'telegram' }) | undefined> {
  if (message.run === undefined) return undefined;
  const boards = await parts.store.boardsOf(message.run);
  const board = message.kind === 'details' ? boards.find((one) => one.id === message.board)
    : message.kind === 'notice' ? boards.find((one) => one.platform === message.to.platform && one.channel === message.to.channel && one.thread === message.to.thread)
      : undefined;
  if (board?.message === undefined) return undefined;
  return { platform: board.platform, channel: board.channel, message: board.message, ...(board.thread === undefined ? {} : { thread: board.thread }) };
}

/**
 * The channel whose limits the message counts against. Slack's answers are ephemeral and have limits of their own; Telegram knows no such difference, but the answer
 * to a pressed button is free and must not wait: the button spins until it comes.
 */
async function channelOf(parts: ChatParts, message: OutgoingMessage): Promise<string | undefined> {
  if (message.kind === 'notice') return message.to.channel;
  if (message.kind === 'details') return (await boardOf(parts, message))?.channel;
  return message.place.platform === 'telegram' && message.replyHandle === undefined ? message.place.channel : undefined;
}

async function send(parts: ChatParts, platform: ChatPlatform, name: 'slack' | 'telegram', message: OutgoingMessage): Promise<MessageRef | undefined> {
  const mentions = mentionsOn(parts.config, name);
  switch (message.kind) {
    case 'notice':
      return platform.postNotice(message.to, message.notice, await boardOf(parts, message), mentions);
    case 'reply':
      await platform.reply(message, message.reply, mentions);
      return undefined;
    case 'details': {
      const board = await boardOf(parts, message);
      if (board !== undefined) await platform.postDetails(board, message.details, mentions);
      return undefined;
    }
    default:
      throw new Error(`unreachable: ${JSON.stringify(message satisfies never)}`);
  }
}

async function afterFailure(parts: ChatParts, id: string, platform: 'slack' | 'telegram', channel: string | undefined, error: unknown): Promise<void> {
  if (!(error instanceof ChatError)) {
    await parts.store.messageSent(id, { failed: String(error), again: true });
    throw error;
  }
  if (error.code === 'moved' && error.movedTo !== undefined && channel !== undefined && platform === 'telegram') await parts.store.moveChat('telegram', channel, error.movedTo);
  if (error.retryAfterMs !== undefined && channel !== undefined) await parts.limiter.penalize(platform, channel, error.retryAfterMs);
  if (error.retryable) return later(parts, id, error.message, error.retryAfterMs ?? unavailableMs);
  parts.log.error({ message: id, platform, error }, 'a message could not be sent');
  await parts.store.messageSent(id, { failed: error.message, again: false });
}

async function later(parts: ChatParts, id: string, why: string, retryAfterMs: number): Promise<void> {
  await parts.store.messageSent(id, { failed: why, again: true });
  await parts.queue.publish([{ queue: 'chat', do: 'message', id }], retryAfterMs);
}
