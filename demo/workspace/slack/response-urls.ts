import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { isObject } from '../http/request.js';
import { replyJson } from '../http/reply.js';
import { readContent } from './chat-methods.js';
import { MethodArguments, type MethodContext, SlackRefusal } from './method.js';

interface ResponseUrl {
  channel: string;
  userId: string;
  threadTs?: string | undefined;
  /** The message whose button was pressed: what replace_original and delete_original mean. */
  originalTs?: string | undefined;
  uses: number;
  expires: number;
}

/** A response_url works 5 times within 30 minutes. */
export class ResponseUrls {
  readonly #issued = new Map<string, ResponseUrl>();
  readonly #lifeMs: number;

  constructor(lifeMs: number) {
    this.#lifeMs = lifeMs;
  }

  /** The path of a new response_url. */
  issue(about: { channel: string; userId: string; threadTs?: string | undefined; originalTs?: string | undefined }): string {
    const id = randomBytes(12).toString('hex');
    this.#issued.set(id, { ...about, uses: 0, expires: Date.now() + this.#lifeMs });
    return `/response/${id}`;
  }

  receive(id: string, fields: Record<string, unknown>, context: MethodContext, response: ServerResponse): void {
    const target = this.#issued.get(id);
    if (!target) return replyJson(response, 404, { ok: false, error: 'invalid_url' });
    if (Date.now() > target.expires) return replyJson(response, 404, { ok: false, error: 'expired_url' });
    if (target.uses >= 5) return replyJson(response, 404, { ok: false, error: 'used_url' });
    target.uses += 1;
    try {
      apply(target, fields, context);
      replyJson(response, 200, { ok: true });
    } catch (error) {
      if (!(error instanceof SlackRefusal)) throw error;
      replyJson(response, 400, { ok: false, error: error.code, response_metadata: { messages: error.problems } });
    }
  }
}

/** What Slack does with a message that answers a command or a button, in an acknowledgement or through a response_url. */
export function apply(target: Omit<ResponseUrl, 'uses' | 'expires'>, fields: Record<string, unknown>, context: MethodContext): void {
  const { store } = context;
  const original = target.originalTs === undefined ? undefined : store.messages.find((one) => one.ts === target.originalTs && !one.deleted);
  if (fields['delete_original'] === true) {
    if (original) store.remove(original);
    return;
  }
  const args = new MethodArguments(isObject(fields) ? fields : {});
  const content = readContent(args, context);
  if (fields['replace_original'] === true && original) {
    store.edit(original, content.text, content.blocks);
    return;
  }
  store.add({
    ...content,
    channel: target.channel,
    user: store.identity.botUserId,
    threadTs: args.text('thread_ts') ?? target.threadTs,
    ephemeralFor: fields['response_type'] === 'in_channel' ? undefined : target.userId,
  });
}
