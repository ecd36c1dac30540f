import { webApi } from '@slack/bolt';
import { ChatError } from '../../../src/ports/chat.js';

// Error words: https://docs.slack.dev/reference/methods/chat.postMessage#errors and chat.update#errors
const GONE = new Set(['message_not_found', 'channel_not_found', 'thread_not_found', 'is_archived', 'edit_window_closed']);
const PASSING = new Set(['internal_error', 'fatal_error', 'service_unavailable', 'request_timeout', 'team_added_to_org', 'external_channel_migrating']);
const LIMITED = new Set(['ratelimited', 'rate_limited', 'message_limit_exceeded']);

/** Slack's error word, where Slack answered with one. */
export function slackErrorOf(error: unknown): string | undefined {
  return error instanceof webApi.WebAPIPlatformError ? error.data.error : undefined;
}

/** What a failed call means for the caller, who holds the limiter and repeats. `doing` names the call for the message. */
export function toChatError(error: unknown, doing: string): ChatError {
  if (error instanceof ChatError) return error;
  const message = `Slack: ${doing}: ${error instanceof Error ? error.message : String(error)}`;
  if (error instanceof webApi.WebAPIRateLimitedError) return new ChatError('rate-limited', message, { cause: error, retryAfterMs: error.retryAfter * 1000 });
  if (error instanceof webApi.WebAPIPlatformError) return platformError(error, message);
  if (error instanceof webApi.WebAPIHTTPError) return new ChatError(error.statusCode >= 500 ? 'unavailable' : 'refused', message, { cause: error });
  if (error instanceof webApi.WebAPIRequestError) return new ChatError('unavailable', message, { cause: error });
  // web-api 8 throws a bare Error for a 429 without a usable Retry-After, and for an upload URL that did not answer 200.
  if (error instanceof Error && error.message.startsWith('Retry header')) return new ChatError('rate-limited', message, { cause: error });
  if (error instanceof Error && error.message.startsWith('Failed to upload file')) return new ChatError('unavailable', message, { cause: error });
  throw error;
}

function platformError(error: webApi.WebAPIPlatformError, message: string): ChatError {
  const word = error.data.error;
  const details = error.data.response_metadata?.messages?.join('; ');
  const full = details === undefined || details === '' ? message : `${message} (${details})`;
  if (GONE.has(word)) return new ChatError('gone', full, { cause: error });
  if (PASSING.has(word)) return new ChatError('unavailable', full, { cause: error });
  if (!LIMITED.has(word)) return new ChatError('refused', full, { cause: error });
  const seconds = error.data.response_metadata?.retryAfter;
  return new ChatError('rate-limited', full, { cause: error, ...(seconds === undefined ? {} : { retryAfterMs: seconds * 1000 }) });
}
