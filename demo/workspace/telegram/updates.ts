import { post } from '../http/post.js';
import { TelegramRefusal } from './method.js';

/** An update as planb gets it. */
export type Update = { update_id: number } & Record<string, unknown>;

export interface Webhook {
  url: string;
  secret: string | undefined;
  lastError?: { date: number; message: string };
}

/** One POST of an update to planb's webhook. */
export interface WebhookAttempt {
  updateId: number;
  /** Undefined when nothing answered. */
  status: number | undefined;
  durationMs: number;
}

/** The waiting poll's connection is to be cut without an answer. */
export class PollCut extends Error {}

interface Poll {
  limit: number;
  offset: number;
  resolve: (updates: Update[]) => void;
  reject: (error: Error) => void;
}

export interface UpdatesSettings {
  /** Waits between deliveries of an update that the webhook did not take with 2xx. */
  webhookRetryDelaysMs: number[];
  webhookTimeoutMs: number;
  changed: () => void;
  /** Runs a method that came as the answer to a webhook request. */
  callMethod: (method: string, fields: Record<string, unknown>) => void;
}

/** The bot's update queue: handed out by getUpdates or posted to the webhook. */
export class Updates {
  readonly #settings: UpdatesSettings;
  #queue: Update[] = [];
  /** Sent once more though already confirmed: what a network's copy looks like. */
  #copies: Update[] = [];
  #poll: Poll | undefined;
  #lastId = 700_000;
  #allowed: string[] | undefined;
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly attempts: WebhookAttempt[] = [];
  readonly #sent = new Map<number, Update>();
  webhook: Webhook | undefined;
  #posting = false;
  #paused = false;

  constructor(settings: UpdatesSettings) {
    this.#settings = settings;
  }

  get pending(): number {
    return this.#queue.length;
  }

  /** Whether planb is listening, by a poll that waits or by a webhook. */
  get listening(): boolean {
    return this.#poll !== undefined || this.webhook !== undefined;
  }

  allow(types: unknown): void {
    if (Array.isArray(types)) this.#allowed = types.length === 0 ? undefined : types.map(String);
  }

  /** Queues an update; undefined when planb did not ask for its kind. */
  push(kind: string, content: Record<string, unknown>): Update | undefined {
    if (this.#allowed && !this.#allowed.includes(kind)) return undefined;
    this.#lastId += 1;
    const update: Update = { update_id: this.#lastId, [kind]: content };
    this.#sent.set(update.update_id, update);
    this.#queue.push(update);
    this.#flush();
    return update;
  }

  /** Delivers an update again, confirmed or not. */
  redeliver(updateId: number, times: number): void {
    const update = this.#sent.get(updateId);
    if (!update) throw new Error(`no update ${updateId}`);
    for (let i = 0; i < times; i += 1) {
      if (this.webhook) void this.#post(this.webhook, update);
      else this.#copies.push(update);
    }
    this.#flush();
  }

  /** getUpdates. A poll that already waits loses with 409, as on the real servers: both bots then keep failing each other. */
  async poll(offset: number, limit: number, timeoutSeconds: number, gone: AbortSignal): Promise<Update[]> {
    if (this.webhook) {
      throw new TelegramRefusal(409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first");
    }
    this.interrupt('Conflict: terminated by other getUpdates request; make sure that only one bot instance is running');
    if (offset > 0) this.#queue = this.#queue.filter((update) => update.update_id >= offset);
    else if (offset < 0) this.#queue = this.#queue.slice(offset);
    return new Promise((resolve, reject) => {
      const poll: Poll = { offset, limit, resolve, reject };
      const end = (): void => {
        if (this.#poll === poll) this.#poll = undefined;
        clearTimeout(timer);
        this.#timers.delete(timer);
        this.#settings.changed();
      };
      const timer = setTimeout(() => {
        end();
        resolve([]);
      }, timeoutSeconds * 1000);
      this.#timers.add(timer);
      poll.resolve = (updates) => {
        end();
        resolve(updates);
      };
      poll.reject = (error) => {
        end();
        reject(error);
      };
      gone.addEventListener('abort', () => {
        end();
        resolve([]);
      });
      this.#poll = poll;
      this.#settings.changed();
      this.#flush();
    });
  }

  /** Ends the waiting poll with 409. */
  interrupt(message: string): void {
    this.#poll?.reject(new TelegramRefusal(409, message));
  }

  /** Telegram is away: nothing is delivered, and the waiting poll ends with `error`. Undefined: it is back. */
  pause(error: Error | undefined): void {
    this.#paused = error !== undefined;
    if (error) this.#poll?.reject(error);
    else this.#flush();
  }

  setWebhook(webhook: Webhook | undefined, dropPending: boolean): void {
    this.interrupt('Conflict: terminated by setWebhook request');
    if (dropPending) this.#queue = [];
    this.webhook = webhook;
    this.#flush();
  }

  close(): void {
    this.#poll?.resolve([]);
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
    this.webhook = undefined;
  }

  #flush(): void {
    if (this.#paused) return;
    if (this.webhook) {
      void this.#postAll();
    } else if (this.#poll && (this.#queue.length > 0 || this.#copies.length > 0)) {
      const copies = this.#copies.splice(0);
      // Copies first: a client takes its next offset from the last update of the batch.
      this.#poll.resolve([...copies, ...this.#queue.slice(0, this.#poll.limit)]);
    }
  }

  /** Posts the queue in order; an update that is not taken is tried again, later ones wait. */
  async #postAll(): Promise<void> {
    if (this.#posting) return;
    this.#posting = true;
    try {
      let failures = 0;
      for (let update = this.#queue[0]; update && this.webhook && !this.#paused; update = this.#queue[0]) {
        const taken = await this.#post(this.webhook, update);
        const delay = this.#settings.webhookRetryDelaysMs[failures];
        if (taken || delay === undefined) {
          failures = 0;
          this.#queue = this.#queue.filter((one) => one !== update);
        } else {
          failures += 1;
          await this.#pause(delay);
        }
      }
    } finally {
      this.#posting = false;
    }
  }

  async #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#timers.delete(timer);
        resolve();
      }, ms);
      this.#timers.add(timer);
    });
  }

  async #post(webhook: Webhook, update: Update): Promise<boolean> {
    const secret: Record<string, string> = webhook.secret === undefined ? {} : { 'x-telegram-bot-api-secret-token': webhook.secret };
    const began = performance.now();
    let status: number | undefined;
    try {
      const reply = await post(webhook.url, { 'content-type': 'application/json', ...secret }, JSON.stringify(update), this.#settings.webhookTimeoutMs);
      status = reply.status;
      if (status >= 200 && status < 300) this.#answerInReply(reply.body);
      else webhook.lastError = { date: Math.floor(Date.now() / 1000), message: `Wrong response from the webhook: ${status}` };
    } catch (error) {
      webhook.lastError = { date: Math.floor(Date.now() / 1000), message: error instanceof Error ? error.message : String(error) };
    }
    this.attempts.push({ updateId: update.update_id, status, durationMs: performance.now() - began });
    this.#settings.changed();
    return status !== undefined && status >= 200 && status < 300;
  }

  /** A webhook may answer with a method call instead of making one; telegraf does that for callback answers. */
  #answerInReply(body: string): void {
    if (!body.startsWith('{')) return;
    const { method, ...fields } = JSON.parse(body) as Record<string, unknown>;
    if (typeof method === 'string') this.#settings.callMethod(method, fields);
  }
}
