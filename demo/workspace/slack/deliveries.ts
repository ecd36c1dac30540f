import { randomUUID } from 'node:crypto';
import { post } from '../http/post.js';
import type { SlackAttempt, SlackDelivery } from './model.js';
import { signatureHeaders } from './signing.js';
import type { SocketMode } from './socket-mode.js';
import type { SlackStore } from './store.js';

export interface DeliverySettings {
  signingSecret: string;
  /** Slack waits three seconds. */
  ackTimeoutMs: number;
  /** Waits before an unacknowledged event is sent again; Slack's are at once, 1 and 5 minutes. */
  eventRetryDelaysMs: number[];
}

/** Hands things to planb, over Socket Mode while a client is connected, else by signed HTTP. */
export class Deliveries {
  readonly #settings: DeliverySettings;
  readonly #store: SlackStore;
  readonly #socket: SocketMode;
  readonly #retries = new Set<NodeJS.Timeout>();
  requestUrl: string | undefined;

  constructor(settings: DeliverySettings, store: SlackStore, socket: SocketMode) {
    this.#settings = settings;
    this.#store = store;
    this.#socket = socket;
  }

  async send(kind: SlackDelivery['kind'], userId: string, payload: Record<string, unknown>): Promise<SlackDelivery> {
    const delivery: SlackDelivery = { id: randomUUID(), kind, userId, payload, attempts: [] };
    this.#store.deliveries.push(delivery);
    const attempt = await this.attempt(delivery, 0, undefined);
    if (attempt.failure !== undefined && kind === 'events_api') this.#retryLater(delivery, 1, attempt.failure);
    return delivery;
  }

  /** Sends the same content once more, with a fresh signature or envelope. */
  async attempt(delivery: SlackDelivery, retryNum: number, reason: string | undefined): Promise<SlackAttempt> {
    const overSocket = this.#socket.connections > 0 && delivery.kind !== 'url_verification';
    const began = performance.now();
    const outcome = overSocket ? await this.#overSocket(delivery, retryNum, reason) : await this.#overHttp(delivery, retryNum, reason);
    const attempt: SlackAttempt = {
      transport: overSocket ? 'socket' : 'http',
      retryNum,
      durationMs: performance.now() - began,
      ...outcome,
    };
    delivery.attempts.push(attempt);
    this.#store.changed('acknowledged');
    return attempt;
  }

  /** Sends raw bytes with the given headers: unsigned, stale or forged requests. Resolves with the HTTP status. */
  async sendRaw(body: string, headers: Record<string, string>): Promise<{ status: number; body: string }> {
    if (this.requestUrl === undefined) throw new Error('connectTo(requestUrl) has not been called');
    return post(this.requestUrl, headers, body, this.#settings.ackTimeoutMs);
  }

  /** The request that {@link send} would make, for tests that forge or replay it. */
  httpForm(delivery: SlackDelivery, seconds?: number): { body: string; headers: Record<string, string> } {
    const form = delivery.kind === 'slash_commands' || delivery.kind === 'interactive';
    const body =
      delivery.kind === 'slash_commands'
        ? new URLSearchParams(Object.entries(delivery.payload).map(([key, value]): [string, string] => [key, String(value)])).toString()
        : delivery.kind === 'interactive'
          ? new URLSearchParams({ payload: JSON.stringify(delivery.payload) }).toString()
          : JSON.stringify(delivery.payload);
    const type = form ? 'application/x-www-form-urlencoded' : 'application/json';
    return { body, headers: { 'content-type': type, 'user-agent': 'Slackbot 1.0', ...signatureHeaders(this.#settings.signingSecret, body, seconds) } };
  }

  stop(): void {
    for (const timer of this.#retries) clearTimeout(timer);
    this.#retries.clear();
  }

  #retryLater(delivery: SlackDelivery, retryNum: number, reason: string): void {
    const delay = this.#settings.eventRetryDelaysMs[retryNum - 1];
    if (delay === undefined) return;
    const timer = setTimeout(() => {
      this.#retries.delete(timer);
      void this.attempt(delivery, retryNum, reason).then((attempt) => {
        if (attempt.failure !== undefined) this.#retryLater(delivery, retryNum + 1, attempt.failure);
      });
    }, delay);
    this.#retries.add(timer);
  }

  async #overSocket(
    delivery: SlackDelivery,
    retryNum: number,
    retryReason: string | undefined,
  ): Promise<Pick<SlackAttempt, 'status' | 'body' | 'failure'>> {
    const timeoutMs = this.#settings.ackTimeoutMs;
    const answer = await this.#socket.send(delivery.kind, delivery.payload, { timeoutMs, retryNum, retryReason });
    if (!answer.acked) return { status: undefined, body: undefined, failure: 'http_timeout' };
    return { status: 200, body: answer.payload, failure: undefined };
  }

  async #overHttp(
    delivery: SlackDelivery,
    retryNum: number,
    reason: string | undefined,
  ): Promise<Pick<SlackAttempt, 'status' | 'body' | 'failure'>> {
    if (this.requestUrl === undefined) return { status: undefined, body: undefined, failure: 'connection_failed' };
    // Slack sends again later than this does, so a retry's signature is another one.
    const { body, headers } = this.httpForm(delivery, retryNum === 0 ? undefined : Math.floor(Date.now() / 1000) + retryNum);
    const retry: Record<string, string> = retryNum > 0 ? { 'x-slack-retry-num': String(retryNum), 'x-slack-retry-reason': reason ?? '' } : {};
    try {
      const reply = await post(this.requestUrl, { ...headers, ...retry }, body, this.#settings.ackTimeoutMs);
      const failure = reply.status >= 200 && reply.status < 300 ? undefined : 'http_error';
      return { status: reply.status, body: parseMaybe(reply.body), failure };
    } catch (error) {
      const timedOut = error instanceof Error && error.name === 'TimeoutError';
      return { status: undefined, body: undefined, failure: timedOut ? 'http_timeout' : 'connection_failed' };
    }
  }
}

function parseMaybe(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
