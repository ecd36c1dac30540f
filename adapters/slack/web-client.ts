import { LogLevel, type Logger, type webApi } from '@slack/bolt';
import type { SlackLog } from './options.js';

/** Slack waits 3 s for an acknowledgement; a board can wait longer than one call, but not for ever. */
const CALL_TIMEOUT_MS = 10_000;

export const DEFAULT_API_URL = 'https://slack.com/api/';

/** The Web API without the SDK's own retries and waits: planb's shared limiter repeats (ports/chat.ts). */
export function webClientOptions(apiUrl: string | undefined, log: SlackLog): webApi.WebClientOptions {
  return {
    slackApiUrl: withSlash(apiUrl ?? DEFAULT_API_URL),
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: CALL_TIMEOUT_MS,
    allowAbsoluteUrls: false,
    logger: boltLogger(log),
  };
}

function withSlash(url: string): string {
  return url.endsWith('/') ? url : `${url}/`;
}

/**
 * Bolt's and the SDK's messages in planb's log. Their debug and info levels are dropped: they print whole payloads, and with
 * those response URLs and trigger ids.
 */
export function boltLogger(log: SlackLog): Logger {
  const line = (parts: readonly unknown[]): string => parts.map((part) => (part instanceof Error ? part.message : String(part))).join(' ');
  return {
    debug: () => undefined,
    info: () => undefined,
    warn: (...parts: unknown[]) => log.warn({ from: 'slack sdk' }, line(parts)),
    error: (...parts: unknown[]) => log.error({ from: 'slack sdk' }, line(parts)),
    setLevel: () => undefined,
    getLevel: () => LogLevel.WARN,
    setName: () => undefined,
  };
}
