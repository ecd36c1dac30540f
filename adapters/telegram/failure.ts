import { ChatError } from '../../src/ports/chat.js';
import { isBadToken, isConflict } from './chat-error.js';
import { backoffMs } from './pause.js';

/** A wrong token is not going to be right soon; Telegram must not be hammered with it. */
const BAD_TOKEN_PAUSE_MS = 60_000;

/** One line for a log and for /readyz. */
export function explainFailure(error: unknown): string {
  if (isConflict(error)) return 'another process polls Telegram with this token, or a webhook is set; waiting for it to end';
  if (isBadToken(error)) return 'Telegram does not accept TELEGRAM_BOT_TOKEN';
  if (error instanceof ChatError) return error.code === 'rate-limited' ? 'Telegram asks to wait' : 'Telegram does not answer';
  return 'a Telegram update could not be stored and stays with Telegram';
}

/** Milliseconds until the next try: what Telegram asked for, else a growing, spread pause. */
export function pauseAfter(error: unknown, failures: number, limits: { readonly first: number; readonly longest: number }): number {
  if (error instanceof ChatError && error.retryAfterMs !== undefined) return error.retryAfterMs;
  return isBadToken(error) ? BAD_TOKEN_PAUSE_MS : backoffMs(failures, limits);
}
