import type { Locale } from '../src/config.js';
import { ChatError, type ChatPlatform, type MessageRef } from '../src/ports/chat.js';
import { StoreError, type BoardAddress, type BoardRecord, type OutgoingMessage } from '../src/ports/store.js';
import { NewerPlanb } from '../src/run/newer-planb.js';
import { openQuestions } from '../src/run/waiting.js';
import { claimMs, noteResult, underClaim } from './chat-claim.js';
import { retryAfterFailure, retryAfterFault, retryOfNewer, retryUntilBoard, retryWithoutToken, type ChatWork, untilTurn } from './chat-retry.js';
import { mentionsOn } from './mentions.js';
import { loadRun } from './record.js';
import { readReport } from './report-file.js';


/** What came of trying to send: as the store takes it. */
type Result = { readonly message?: string } | { readonly failed: string; readonly again: boolean; readonly retryAfterMs?: number };

/**
 * Sends one stored message. A platform that is away is tried again for as long as it takes, by way of the outbox; what it refuses for good is kept with the reason.
 */
export async function sendMessage(parts: ChatWork, id: string): Promise<void> {
  const claimed = await parts.store.claimMessage(id, claimMs);
  if (claimed === undefined) return;
  const { waitedMs, ...message } = claimed;
  const result = await underClaim((forMs) => parts.store.extendMessageClaim(id, forMs), async () => trySending(parts, await whereItIsNow(parts, message), waitedMs).catch((error: unknown): Result => {
    if (error instanceof NewerPlanb) return againOrNever(error.message, retryOfNewer(waitedMs));
    throw error;
  }));
  await noteResult(() => parts.store.messageSent(id, result));
}

async function trySending(parts: ChatWork, message: OutgoingMessage, waitedMs: number): Promise<Result> {
  const name = await platformOf(parts, message);
  // What belongs in a thread needs its board first, and whoever is called by a notice looks for the board above it.
  const boardComesMs = await isBeforeItsBoard(parts, message) ? retryUntilBoard(waitedMs) : undefined;
  if (boardComesMs !== undefined) return againOrNever('its board is not posted yet', boardComesMs);
  // The command line reads its answer itself.
  if (name === 'cli' || name === undefined) return {};
  const platform = parts.platforms.get(name);
  if (platform === undefined) return againOrNever(`this bot has no token for ${name}`, retryWithoutToken(waitedMs));
  const awayMs = parts.away.wait(name);
  if (awayMs > 0) return againOrNever(`${name} does not answer`, awayMs);
  if (await isOvertaken(parts, message)) return { failed: 'the question was closed or asked again before this could be sent', again: false };
  const channel = await channelOf(parts, message);
  const permitted = channel === undefined ? { ok: true as const } : await parts.limiter.acquire(message.kind === 'file' || message.kind === 'report' ? 'file' : 'post', name, channel, true, message.key);
  if (!permitted.ok) return againOrNever('waits for the platform\'s limit', untilTurn(permitted.retryAfterMs));
  parts.away.calling(name);
  try {
    const ref = await send(parts, platform, name, message);
    parts.away.answered(name);
    return ref === undefined ? {} : { message: ref.message };
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const retryAfterMs = error instanceof ChatError ? await retryAfterFailure(parts, name, channel, waitedMs, error) : retryAfterFault(waitedMs);
    if (retryAfterMs === undefined || !(error instanceof ChatError)) parts.log.error({ message: message.key, platform: name, error }, 'a message could not be sent');
    return againOrNever(error instanceof Error ? error.message : String(error), retryAfterMs);
  }
}

function againOrNever(failed: string, retryAfterMs: number | undefined): Result {
  return retryAfterMs === undefined ? { failed, again: false } : { failed, again: true, retryAfterMs };
}

/** A Telegram group that became a supergroup has another id, and planb.yaml may still name the old one. */
async function whereItIsNow(parts: ChatWork, message: OutgoingMessage): Promise<OutgoingMessage> {
  const place = message.kind === 'notice' || message.kind === 'report' ? message.to : message.kind === 'reply' ? message.place : undefined;
  if (place?.platform !== 'telegram') return message;
  const channel = await parts.store.movedChat('telegram', place.channel);
  if (channel === undefined) return message;
  if (message.kind === 'notice' || message.kind === 'report') return { ...message, to: { ...message.to, channel } };
  return message.kind === 'reply' ? { ...message, place: { ...message.place, channel } } : message;
}

/** After an outage nobody is to be woken for a question that somebody has answered since, nor three times for one. */
async function isOvertaken(parts: ChatWork, message: OutgoingMessage): Promise<boolean> {
  if (message.kind !== 'notice' || message.asks === undefined || message.run === undefined) return false;
  const { question, nth } = message.asks;
  const { state } = await loadRun(parts, message.run);
  return !openQuestions(state).some(({ key }) => key === question) || (state.reminders[question]?.count ?? 0) > nth + 1;
}

/** A run may end sooner than its board is posted. A board that the platform will not have (given up: it shows a version, and no message) is not waited for. */
async function isBeforeItsBoard(parts: ChatWork, message: OutgoingMessage): Promise<boolean> {
  if (message.run === undefined || message.kind === 'reply' || message.kind === 'details') return false;
  const board = boardOfMessage(await parts.store.boardsOf(message.run), message);
  return board?.message === undefined && board?.shownVersion === 0;
}

async function platformOf(parts: ChatWork, message: OutgoingMessage): Promise<'slack' | 'telegram' | 'cli' | undefined> {
  switch (message.kind) {
    case 'notice':
    case 'report':
      return message.to.platform;
    case 'reply':
      return message.place.platform;
    case 'details':
    case 'file':
      return (await boardOf(parts, message))?.platform;
    default:
      throw new NewerPlanb(`the message ${JSON.stringify((message satisfies never as OutgoingMessage).kind)}`);
  }
}

async function boardOf(parts: ChatWork, message: OutgoingMessage): Promise<(MessageRef & { readonly platform: 'slack' | 'telegram' }) | undefined> {
  if (message.run === undefined) return undefined;
  const board = boardOfMessage(await parts.store.boardsOf(message.run), message);
  if (board?.message === undefined) return undefined;
  return { platform: board.platform, channel: board.channel, message: board.message, ...(board.thread === undefined ? {} : { thread: board.thread }) };
}

function boardOfMessage(boards: readonly BoardRecord[], message: OutgoingMessage): BoardRecord | undefined {
  if (message.kind === 'details' || message.kind === 'file') return boards.find(({ id }) => id === message.board);
  return message.kind === 'reply' ? undefined : boards.find((board) => standsAt(board, message.to));
}

function standsAt(board: BoardRecord, { platform, channel, thread }: BoardAddress): boolean {
  return board.platform === platform && board.channel === channel && board.thread === thread;
}

/**
 * The channel whose limits the message counts against. Slack's answers are ephemeral and have limits of their own; Telegram knows no such difference, but the answer
 * to a pressed button is free and must not wait: the button spins until it comes.
 */
async function channelOf(parts: ChatWork, message: OutgoingMessage): Promise<string | undefined> {
  if (message.kind === 'notice' || message.kind === 'report') return message.to.channel;
  if (message.kind !== 'reply') return (await boardOf(parts, message))?.channel;
  return message.place.platform === 'telegram' && message.replyHandle === undefined ? message.place.channel : undefined;
}

async function send(parts: ChatWork, platform: ChatPlatform, name: 'slack' | 'telegram', message: OutgoingMessage): Promise<MessageRef | undefined> {
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
    case 'file': {
      const board = await boardOf(parts, message);
      if (board !== undefined) await platform.postFile(board, message.file);
      return undefined;
    }
    case 'report': {
      const board = await boardOf(parts, message);
      const file = board === undefined || message.run === undefined ? undefined : await readReport(parts, message.run, boardLocale(await parts.store.boardsOf(message.run), message.to));
      if (board !== undefined && file !== undefined) await platform.postFile(board, file);
      return undefined;
    }
    default:
      throw new Error(`unreachable: ${JSON.stringify(message satisfies never)}`);
  }
}

function boardLocale(boards: readonly BoardRecord[], to: BoardAddress): Locale | undefined {
  return boards.find((board) => standsAt(board, to))?.locale;
}
