import { TelegramError } from 'telegraf';

import { ChatError } from '../../src/ports/chat.js';

/** What Telegram says (as "Bad Request: …") when a message, topic or chat can never be written to again. */
const GONE =
  /message to (be )?(edit|reply|replied)\w* not found|message can't be edited|message_id_invalid|message identifier is not specified|chat not found|message thread not found|group chat was (deactivated|deleted)|bot was (kicked|blocked)|bot is not a member|user is deactivated/i;

/**
 * Maps what telegraf threw for `method` to a ChatError. telegraf masks the token in a fetch error's message but not in its stack, so the
 * original never becomes the cause: a log would carry the token.
 */
export function toChatError(error: unknown, method: string): ChatError {
  if (error instanceof ChatError) return error;
  if (error instanceof TelegramError) return fromAnswer(error, method);
  const message = error instanceof Error ? error.message : String(error);
  const masked = message.replaceAll(/\d+:[A-Za-z0-9_-]{20,}/g, '[token]');
  return new ChatError('unavailable', `Telegram ${method}: no answer: ${masked}`, { cause: new Error(masked) });
}

function fromAnswer(error: TelegramError, method: string): ChatError {
  const says = `Telegram ${method}: ${String(error.code)} ${error.description}`;
  const cause = new Error(error.message);
  const { migrate_to_chat_id: movedTo, retry_after: retryAfter } = error.parameters ?? {};
  if (movedTo !== undefined) return new ChatError('moved', says, { cause, movedTo: String(movedTo) });
  if (error.code === 429) return new ChatError('rate-limited', says, { cause, retryAfterMs: (retryAfter ?? 1) * 1000 });
  if (error.code >= 500) return new ChatError('unavailable', says, { cause });
  return new ChatError(GONE.test(error.description) ? 'gone' : 'refused', says, { cause });
}

/** Whether an edit failed only because the message already has this content, which counts as done. */
export function isNotModified(error: unknown): boolean {
  return error instanceof ChatError && error.code === 'refused' && /message is not modified/i.test(error.message);
}

/** Whether a callback can no longer be answered: it is older than Telegram remembers, or was answered before. */
export function isStaleCallback(error: unknown): boolean {
  return error instanceof ChatError && error.code === 'refused' && /query is too old|query_id_invalid|query id is invalid/i.test(error.message);
}

/** Another getUpdates or a webhook uses the same token (409). */
export function isConflict(error: unknown): boolean {
  return error instanceof ChatError && error.code === 'refused' && /: 409 /.test(error.message);
}

/** The token is wrong or revoked: 401, or 404 for a token that is not even shaped like one. */
export function isBadToken(error: unknown): boolean {
  return error instanceof ChatError && error.code === 'refused' && /: (401|404) /.test(error.message);
}
