import { createHmac } from 'node:crypto';

/**
 * The headers with which Slack proves that a request is its own
 * (https://docs.slack.dev/authentication/verifying-requests-from-slack). `seconds` is the Unix time to claim.
 */
export function signatureHeaders(secret: string, body: string, seconds = Math.floor(Date.now() / 1000)): Record<string, string> {
  const digest = createHmac('sha256', secret).update(`v0:${seconds}:${body}`).digest('hex');
  return { 'x-slack-request-timestamp': String(seconds), 'x-slack-signature': `v0=${digest}` };
}
