import { type Rate, SlidingWindow } from '../sliding-window.js';

/** Telegram's published limits (https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this). */
export interface TelegramLimits {
  /** About one message a second in one chat, short bursts tolerated. */
  perChat: Rate;
  /** In one group. */
  perGroup: Rate;
  /** All chats together. */
  overall: Rate;
  /** Whether edits count as messages. They do on the real servers, though the page speaks of messages only. */
  countEdits: boolean;
}

export const PUBLISHED_TELEGRAM_LIMITS: TelegramLimits = {
  perChat: { max: 4, perMs: 4_000 },
  perGroup: { max: 20, perMs: 60_000 },
  overall: { max: 30, perMs: 1_000 },
  countEdits: true,
};

const SENDING = new Set(['sendmessage', 'senddocument']);
const EDITING = new Set(['editmessagetext', 'editmessagereplymarkup']);

export class TelegramRateLimiter {
  readonly #limits: TelegramLimits;
  readonly #perChat: SlidingWindow;
  readonly #perGroup: SlidingWindow;
  readonly #overall: SlidingWindow;

  constructor(limits: TelegramLimits) {
    this.#limits = limits;
    this.#perChat = new SlidingWindow(limits.perChat);
    this.#perGroup = new SlidingWindow(limits.perGroup);
    this.#overall = new SlidingWindow(limits.overall);
  }

  /** Milliseconds to wait, 0 when the call was let through (and counted). `method` in lower case. */
  take(method: string, chatId: string | undefined, now: number): number {
    const counts = SENDING.has(method) || (this.#limits.countEdits && EDITING.has(method));
    if (!counts || chatId === undefined) return 0;
    const windows: [SlidingWindow, string][] = [
      [this.#perChat, chatId],
      [this.#overall, 'all'],
    ];
    if (chatId.startsWith('-')) windows.push([this.#perGroup, chatId]);
    const delay = Math.max(...windows.map(([window, key]) => window.delay(key, now)));
    if (delay === 0) for (const [window, key] of windows) window.accept(key, now);
    return delay;
  }
}
