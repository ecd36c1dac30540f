import { createHmac } from 'node:crypto';
import { z } from 'zod';
import { abortAfter } from '../abort-after.js';
import type { Action, StepContext, StepResult } from '../../src/ports/action.js';
import { sayFetchFailure } from './fetch-failure.js';
import { paste } from './paste.js';
import { failed } from './step-failure.js';

const input = z.union([
  z.strictObject({ channel: z.string().min(1), text: z.string().min(1) }),
  z.strictObject({ webhook: z.string().min(1), secret: z.string().min(1), text: z.string().min(1) }),
]);
type Input = z.output<typeof input>;
type Webhook = Extract<Input, { webhook: string }>;

/** How often a webhook is tried: once and then after 1, 2, 4 and 8 s, as long as the step's time allows. */
const tries = 5;
const requestMs = 10_000;

/**
 * Tells a channel or a signed webhook. A webhook receives JSON with `planb-timestamp` (seconds), `planb-signature: v1=<hex HMAC-SHA256 of
 * "timestamp.body">` and `planb-delivery`, which is the same for every try of a step, so that the receiver can drop copies.
 */
export const notifyAction: Action<Input> = {
  name: 'notify',
  summary: 'Posts a text to a channel, or to a webhook with a signature.',
  input,
  remote: 'irrelevant',
  defaultTimeoutMs: 2 * 60_000,
  describe: (given) => ({
    commands: ['channel' in given ? `# post to channel ${given.channel}: ${given.text}` : paste(['curl', '-X', 'POST', '--json', JSON.stringify({ text: given.text }), given.webhook])],
    effect: 'idempotent',
    destructive: false,
    changes: [],
  }),
  execute: async (context, given) => {
    if ('webhook' in given) return callWebhook(context, given);
    await context.notifyChannel(given.channel, given.text);
    return { ok: true, receipt: { channel: given.channel } };
  },
};

async function callWebhook(context: StepContext, given: Webhook): Promise<StepResult> {
  const delivery = `${context.runId}/${context.step}`;
  const body = JSON.stringify({
    run: context.runId,
    step: context.step,
    target: context.target,
    ...(context.from === undefined ? {} : { from: context.from.name }),
    ...(context.to === undefined ? {} : { to: context.to.name }),
    text: given.text,
  });
  let last = '';
  for (let nth = 0; nth < tries; nth += 1) {
    if (nth > 0) await context.pause(1_000 * 2 ** (nth - 1));
    const answer = await post(context, given, delivery, body);
    if (answer.ok) return { ok: true, receipt: { delivery, status: answer.status, tries: nth + 1 } };
    last = answer.saw;
    context.log(`webhook: ${last}`);
    if (!answer.retryable) return failed('webhook-refused', `the webhook answered ${last}`);
  }
  return failed('webhook-unavailable', `the webhook did not take the message after ${tries} tries: ${last}`, { retryable: true });
}

type Answer = { readonly ok: true; readonly status: number } | { readonly ok: false; readonly retryable: boolean; readonly saw: string };

async function post(context: StepContext, given: Webhook, delivery: string, body: string): Promise<Answer> {
  // Signed anew each time: receivers refuse stale timestamps.
  const timestamp = String(Math.floor(context.now() / 1_000));
  const signature = createHmac('sha256', given.secret).update(`${timestamp}.${body}`).digest('hex');
  try {
    const response = await context.fetch(given.webhook, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/json', 'planb-delivery': delivery, 'planb-timestamp': timestamp, 'planb-signature': `v1=${signature}` },
      body,
      signal: AbortSignal.any([context.signal, abortAfter(requestMs)]),
    });
    await response.body?.cancel();
    if (response.ok) return { ok: true, status: response.status };
    return { ok: false, retryable: response.status >= 500 || response.status === 429, saw: String(response.status) };
  } catch (error) {
    context.signal.throwIfAborted();
    return { ok: false, retryable: true, saw: context.mask(sayFetchFailure(error, requestMs)) };
  }
}
