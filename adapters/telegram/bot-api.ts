import { Telegram } from 'telegraf';

import { toChatError } from './chat-error.js';

/** A file to upload: telegraf sends a payload that holds one as multipart. */
export interface Upload {
  readonly source: Buffer;
  readonly filename: string;
}

/** One call of Telegram's Bot API. Throws ChatError; the answer is whatever Telegram sent and is parsed by whoever needs it. */
export interface BotApi {
  call(method: string, payload: object, options?: { readonly signal?: AbortSignal; readonly timeoutMs?: number }): Promise<unknown>;
}

/**
 * What planb uses of telegraf's client, with wider words: button styles and other fields of newer Bot API versions are unknown
 * to telegraf 4's types but pass through it unchanged, and so does Node's own AbortSignal as `options.signal`.
 */
interface TelegrafClient {
  callApi(method: string, payload: object, options: object): Promise<unknown>;
}

/** A send must not outlive the patience of its caller: telegraf itself would wait 500 s. */
const CALL_TIMEOUT_MS = 15_000;

/** Calls Telegram through telegraf; never retries, so that waiting stays with the shared limiter and the outbox. */
export function createBotApi(token: string, apiRoot?: string): BotApi {
  const client: TelegrafClient = new Telegram(token, apiRoot === undefined ? {} : { apiRoot });
  return {
    async call(method, payload, { signal, timeoutMs = CALL_TIMEOUT_MS } = {}) {
      // Not AbortSignal.timeout: Node 20 loses it within AbortSignal.any at the next garbage collection.
      const late = new AbortController();
      const timer = setTimeout(() => { late.abort(); }, timeoutMs);
      try {
        return await client.callApi(method, payload, { signal: signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]) });
      } catch (error) {
        throw toChatError(error, method);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
