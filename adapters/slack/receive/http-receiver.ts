import type { IncomingMessage, ServerResponse } from 'node:http';
import type { App, Receiver } from '@slack/bolt';
import type { SlackLog } from '../options.js';
import { AcceptedRequests } from './accepted-requests.js';
import { envelope, isMalformed } from './envelope.js';
import { notStoredProperty } from './not-stored.js';
import { parseBody, readBody } from './read-body.js';
import { verifySignature } from './verify.js';

interface Admitted {
  readonly payload: Record<string, unknown>;
  /** To be called where nothing was stored. */
  readonly mayComeAgain: () => void;
}

/**
 * Bolt's receiver for signed HTTP, as a request handler only: planb has one HTTP port and its server routes `/slack/events` here.
 * Refuses before parsing: what Slack did not sign, what is stale, and the very same request a second time. Slack's own retries are signed
 * anew; they carry the delivery id of their original and are acknowledged like a copy.
 */
export class HttpReceiver implements Receiver {
  readonly #signingSecret: string;
  readonly #log: SlackLog;
  readonly #now: () => number;
  readonly #open = new Set<Promise<void>>();
  readonly #accepted = new AcceptedRequests();
  #app: App | undefined;
  #taking = false;

  constructor(signingSecret: string, log: SlackLog, now: () => number) {
    this.#signingSecret = signingSecret;
    this.#log = log;
    this.#now = now;
  }

  init(app: App): void {
    this.#app = app;
  }

  start(): Promise<void> {
    this.#taking = true;
    return Promise.resolve();
  }

  /** Waits for the requests that are being answered; each has its own deadline. */
  async stop(): Promise<void> {
    this.#taking = false;
    await Promise.allSettled(this.#open);
  }

  readonly handle = (request: IncomingMessage, response: ServerResponse): void => {
    const work = this.#answer(request, response).catch((error: unknown) => {
      this.#log.error({ err: error }, 'a request from Slack failed');
      finish(response, 500);
    });
    this.#open.add(work);
    void work.finally(() => this.#open.delete(work));
  };

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const admitted = await this.#admit(request);
    if ('status' in admitted) {
      finish(response, admitted.status, undefined, admitted.headers);
    } else if (admitted.payload['type'] === 'url_verification') {
      finish(response, 200, { challenge: admitted.payload['challenge'] });
    } else {
      await this.#dispatch(request, response, admitted.payload, admitted.mayComeAgain);
    }
  }

  /** The payload of a request that Slack signed, or the status that anything else gets. */
  async #admit(request: IncomingMessage): Promise<Admitted | { readonly status: number; readonly headers?: Record<string, string> }> {
    if (request.method !== 'POST') return { status: 405, headers: { allow: 'POST' } };
    if (!this.#taking) return { status: 503 };
    const body = await readBody(request);
    if (body === undefined) return { status: 413, headers: { connection: 'close' } };
    const now = this.#now();
    const signed = verifySignature(this.#signingSecret, request.headers, body, now);
    if (signed === undefined) {
      this.#log.warn({ remote: request.socket.remoteAddress }, 'a request to /slack/events was not signed by Slack');
      return { status: 401 };
    }
    if (!this.#accepted.take(signed.signature, signed.timestamp, now)) {
      this.#log.warn({ remote: request.socket.remoteAddress }, 'the very same signed request came to /slack/events again');
      return { status: 401 };
    }
    try {
      return { payload: envelope.parse(parseBody(request.headers['content-type'], body)), mayComeAgain: () => { this.#accepted.release(signed.signature); } };
    } catch (error) {
      this.#log.warn({ err: error }, 'a signed request from Slack could not be parsed');
      return { status: 400 };
    }
  }

  async #dispatch(request: IncomingMessage, response: ServerResponse, payload: Record<string, unknown>, mayComeAgain: () => void): Promise<void> {
    // Bolt acknowledges events before its listeners run. Slack would not send such an event again, so the answer waits until it is stored.
    const isEvent = payload['type'] === 'event_callback';
    const ack = (answer?: unknown): Promise<void> => {
      if (!isEvent) finish(response, 200, answer);
      return Promise.resolve();
    };
    try {
      await this.#app?.processEvent({ body: payload, ack, customProperties: notStoredProperty(mayComeAgain), ...retryOf(request) });
    } catch (error) {
      if (isMalformed(error)) {
        this.#log.warn({ err: error, type: payload['type'] }, 'a signed message is none that Slack sends');
        finish(response, 400);
        return;
      }
      mayComeAgain();
      this.#log.error({ err: error, type: payload['type'] }, 'a message from Slack could not be handled');
      finish(response, 503);
      return;
    }
    finish(response, 200);
  }
}

function retryOf(request: IncomingMessage): { retryNum?: number; retryReason?: string } {
  const num = request.headers['x-slack-retry-num'];
  const reason = request.headers['x-slack-retry-reason'];
  return { ...(typeof num === 'string' ? { retryNum: Number(num) } : {}), ...(typeof reason === 'string' ? { retryReason: reason } : {}) };
}

/** Answers once; a second call does nothing. Words go as JSON, which Slack wants for everything but plain text. */
function finish(response: ServerResponse, status: number, answer?: unknown, headers: Record<string, string> = {}): void {
  if (response.headersSent || response.destroyed) return;
  if (answer === undefined || answer === '') {
    response.writeHead(status, headers).end();
    return;
  }
  response.writeHead(status, { ...headers, 'content-type': 'application/json; charset=utf-8' }).end(JSON.stringify(answer));
}
