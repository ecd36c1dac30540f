import type { ChatError, ChatPlatform } from '../src/ports/chat.js';
import type { ChatLimiter } from '../src/ports/chat-limiter.js';
import type { Log } from '../src/ports/log.js';
import type { Queue } from '../src/ports/queue.js';
import type { Signer } from '../src/ports/signer.js';
import type { Store } from '../src/ports/store.js';
import type { Config } from '../src/config.js';
import type { AwayPlatforms } from './away-platforms.js';

/** What a bot works with: the platforms that it has tokens for. */
export interface ChatParts {
  readonly store: Store;
  readonly queue: Queue;
  readonly config: Config;
  readonly platforms: ReadonlyMap<string, ChatPlatform>;
  readonly limiter: ChatLimiter;
  readonly log: Log;
  /** Signs the head of the record that a report tells of. */
  readonly signer?: Signer;
}

/** One bot's share of the chat work, with what it has seen of the platforms. */
export interface ChatWork extends ChatParts {
  readonly away: AwayPlatforms;
}

const unavailableMs = { first: 2_000, longest: 15_000 } as const;
const noTokenMs = { first: 250, longest: 10 * 60_000 } as const;
const newerMs = { first: 250, longest: 5 * 60_000 } as const;
const faultMs = { first: 5_000, longest: 60_000 } as const;
const boardMs = { first: 250, longest: 60_000 } as const;
const soonMs = 2_000;
/** Hundreds may stand there, and each look costs some milliseconds. */
const longestTurnMs = 20_000;
/** Nobody reads a message of the day before yesterday. */
const tooLateMs = 2 * 24 * 60 * 60_000;

/** Pauses grow with the time that was waited already: each is about as long as all before it. */
function pause(waitedMs: number, { first, longest }: { readonly first: number; readonly longest: number }): number {
  return Math.min(longest, Math.max(first, waitedMs));
}

/**
 * This bot has no token for the platform. Another bot that has may take the next wake-up, so the first one comes soon; where nobody has (doctor says so), it
 * comes more and more rarely, and after two days not at all: undefined.
 */
export function retryWithoutToken(waitedMs: number): number | undefined {
  return waitedMs > tooLateMs ? undefined : pause(waitedMs, noTokenMs);
}

/** A fault of planb's own with this board or message, which the log has. It must not keep what comes after it waiting for long. */
export function retryAfterFault(waitedMs: number): number | undefined {
  return waitedMs > faultMs.longest ? undefined : pause(waitedMs, faultMs);
}

/** Only a bot of a newer planb understands it. Such a one may take the next wake-up; where there is none, the channel's other messages must not wait for ever: undefined after five minutes. */
export function retryOfNewer(waitedMs: number): number | undefined {
  return waitedMs > newerMs.longest ? undefined : pause(waitedMs, newerMs);
}

/** The board that a message belongs to is about to be posted. After a minute the message goes without it: undefined. */
export function retryUntilBoard(waitedMs: number): number | undefined {
  return waitedMs > boardMs.longest ? undefined : pause(waitedMs, boardMs);
}

/** When to ask again for a turn that is foretold in `waitMs`: about half way, since who stands before it may leave the line, and a free budget must not lie idle. The place is kept meanwhile. */
export function untilTurn(waitMs: number): number {
  return waitMs <= soonMs ? waitMs : Math.min(Math.max(waitMs / 2, soonMs), longestTurnMs);
}

/** What a platform's failure means for what was to be sent. Undefined: it will never be taken. */
export async function retryAfterFailure(parts: ChatWork, platform: 'slack' | 'telegram', channel: string | undefined, waitedMs: number, error: ChatError): Promise<number | undefined> {
  if (error.code === 'unavailable') parts.away.failed(platform);
  else parts.away.answered(platform);
  if (error.code === 'moved' && error.movedTo !== undefined && channel !== undefined && platform === 'telegram') {
    await parts.store.moveChat('telegram', channel, error.movedTo);
    return 0;
  }
  if (error.retryAfterMs !== undefined && channel !== undefined) await parts.limiter.penalize(platform, channel, error.retryAfterMs);
  if (!error.retryable) return undefined;
  return error.retryAfterMs ?? pause(waitedMs, unavailableMs);
}
