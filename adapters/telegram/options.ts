import type { IncomingMessage, ServerResponse } from 'node:http';

import type { ChatCommand } from '../../src/command/command.js';
import type { Actor } from '../../src/person.js';
import type { AcceptDelivery, ChatPlatform, ReadFormChoices } from '../../src/ports/chat.js';
import type { Log } from '../../src/ports/log.js';
import type { Store } from '../../src/ports/store.js';

/** The parsers of `src/command`, bound to the configured command name. */
export interface ParseWords {
  /** The words behind the command's name, "" for the bare command. */
  command(words: string): ChatCommand;
  /** A word that answers a run where it is said ("retry"); undefined for anything else that people say. */
  word(text: string): ChatCommand | undefined;
}

export interface TelegramOptions {
  readonly token: string;
  /** Another base URL for the Bot API, for example a local Bot API server. */
  readonly apiRoot?: string;
  /** Present: Telegram calls `url`; absent: planb polls. The secret is 1–256 characters of A–Z a–z 0–9 _ -. */
  readonly webhook?: { readonly url: string; readonly secret: string };
  /** The command's name without the slash; 1–32 of a–z 0–9 _. */
  readonly command: string;
  /** Default: the parsers of `src/command`, which then do not know the targets' names. */
  readonly parse?: ParseWords;
  readonly accept: AcceptDelivery;
  readonly formChoices: ReadFormChoices;
  /** Whether planb.yaml knows the sender: to anybody else the form would show what runs here. Default: everybody. */
  readonly knows?: (actor: Actor) => boolean;
  /** The language of a chat, where planb.yaml has one; else the person's own. */
  readonly localeOf?: (channel: string) => 'en' | 'ru' | undefined;
  /** Telegram takes one poller a token, so one process at a time polls for all. */
  readonly leadership: Pick<Store, 'withLeadership'>;
  readonly log: Log;
  /** Times that only tests change, in milliseconds. */
  readonly timing?: Partial<TelegramTiming>;
}

export interface TelegramTiming {
  /** How long Telegram holds a getUpdates open. */
  readonly longPollMs: number;
  /** First and longest pause after a failure. */
  readonly backoffMs: { readonly first: number; readonly longest: number };
  /** A pressed button whose answer has not come by then stops spinning without one. */
  readonly spinnerMs: number;
}

export const DEFAULT_TIMING: TelegramTiming = { longPollMs: 50_000, backoffMs: { first: 500, longest: 30_000 }, spinnerMs: 4_000 };

export interface TelegramAdapter extends ChatPlatform {
  readonly platform: 'telegram';
  /** Begins to receive; returns at once and goes on by itself while Telegram is away. */
  start(): void;
  /** Ends the long poll and all waiting at once; resolves when nothing of this adapter runs any more. */
  stop(): Promise<void>;
  /** Whether Telegram has answered and the last contact worked; for /readyz. */
  health(): { readonly ok: boolean; readonly reason?: string };
  /** POST /telegram/webhook; absent when polling. */
  readonly handle?: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}
