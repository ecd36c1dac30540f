import { ChatError } from '../../src/ports/chat.js';
import type { Log } from '../../src/ports/log.js';
import type { BotApi } from './bot-api.js';
import { isStaleCallback } from './chat-error.js';
import { CALLBACK_ANSWER_LIMIT, clip } from './render/text.js';

/** A popup must be tapped away; a shorter text floats by. Refusals are long and must be readable. */
const FLOATING_LIMIT = 60;

/**
 * A pressed button spins until its callback is answered, once. The real answer may come from another bot process, so the handle carries the
 * instant of the press: an answer within the first three quarters of `spinnerMs` uses the callback, a later one is a message, and at
 * `spinnerMs` the process that received the press ends the spinning. The gap between them keeps a text from meeting an answered callback.
 */
export class CallbackAnswers {
  readonly #api: BotApi;
  readonly #spinnerMs: number;
  readonly #log: Log;
  readonly #spinning = new Map<string, NodeJS.Timeout>();

  constructor(api: BotApi, spinnerMs: number, log: Log) {
    this.#api = api;
    this.#spinnerMs = spinnerMs;
    this.#log = log;
  }

  /** The handle to store with the delivery; from now on the spinner will stop in any case. */
  begin(queryId: string): string {
    this.#forget(queryId);
    this.#spinning.set(queryId, setTimeout(() => void this.end(queryId), this.#spinnerMs));
    return `${queryId}@${String(Date.now())}`;
  }

  /** Ends the spinning, with a text where there is one; failures are only logged, since the client gives up by itself. */
  async end(queryId: string, text?: string): Promise<void> {
    try {
      await this.#send(queryId, text);
    } catch (error) {
      if (!isStaleCallback(error)) this.#log.warn({ error: String(error) }, 'could not answer a Telegram callback');
    }
  }

  /**
   * Answers the press behind a handle with `text`; without a text the spinner is ended and a message has to say it. False where a message is
   * needed. Throws ChatError when Telegram is away.
   */
  async tryAnswer(handle: string, text: string | undefined): Promise<boolean> {
    const [queryId = '', at = ''] = handle.split('@');
    const fresh = Date.now() - Number(at) < this.#spinnerMs * 0.75;
    if (!fresh) return false;
    if (text === undefined) {
      await this.end(queryId);
      return false;
    }
    try {
      await this.#send(queryId, text);
      return true;
    } catch (error) {
      if (error instanceof ChatError && error.code === 'refused') return false;
      throw error;
    }
  }

  /** Before the process ends: nothing is left spinning. */
  async endAll(): Promise<void> {
    await Promise.all([...this.#spinning.keys()].map((queryId) => this.end(queryId)));
  }

  async #send(queryId: string, text: string | undefined): Promise<void> {
    this.#forget(queryId);
    const said = text === undefined ? {} : { text: clip(text, CALLBACK_ANSWER_LIMIT), show_alert: text.length > FLOATING_LIMIT };
    await this.#api.call('answerCallbackQuery', { callback_query_id: queryId, ...said });
  }

  #forget(queryId: string): void {
    clearTimeout(this.#spinning.get(queryId));
    this.#spinning.delete(queryId);
  }
}
