import type { IncomingHttpHeaders } from 'node:http';
import { isValidSlackRequest } from '@slack/bolt';

const STALE_AFTER_S = 5 * 60;

/** A request that Slack signed: its signature, and its timestamp in seconds since the epoch. */
export interface SlackSignature {
  readonly signature: string;
  readonly timestamp: number;
}

/**
 * Whether Slack signed these bytes within the last five minutes: v0 HMAC over timestamp and raw body, compared in constant time by
 * Bolt. Bolt looks for old timestamps only, so one from the future is refused here.
 * https://docs.slack.dev/authentication/verifying-requests-from-slack
 *
 * @returns undefined where it did not
 */
export function verifySignature(signingSecret: string, headers: IncomingHttpHeaders, body: Buffer, nowMs: number): SlackSignature | undefined {
  const signature = headers['x-slack-signature'];
  const timestamp = headers['x-slack-request-timestamp'];
  if (typeof signature !== 'string' || typeof timestamp !== 'string' || !/^[0-9]{1,12}$/.test(timestamp)) return undefined;
  const seconds = Number(timestamp);
  if (Math.abs(nowMs / 1000 - seconds) > STALE_AFTER_S) return undefined;
  const valid = isValidSlackRequest({
    signingSecret,
    body: body.toString('utf8'),
    headers: { 'x-slack-signature': signature, 'x-slack-request-timestamp': seconds },
    nowMilliseconds: nowMs,
  });
  return valid ? { signature, timestamp: seconds } : undefined;
}
