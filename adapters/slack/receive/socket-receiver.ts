import { type App, type Receiver, SocketModeReceiver, type webApi } from '@slack/bolt';
import { z } from 'zod';
import { ChatError } from '../../../src/ports/chat.js';
import { DeadlineError, withDeadline } from '../deadline.js';
import type { SlackLog } from '../options.js';
import { boltLogger } from '../web-client.js';

const CONNECT_WITHIN_MS = 15_000;
const DISCONNECT_WITHIN_MS = 3000;
const BACKOFF_MS = { first: 500, last: 30_000 } as const;

/** Opened by hand so that events are acknowledged after they are stored, and so that planb reconnects at once. */
type SocketClient = SocketModeReceiver['client'];

const envelope = z.object({
  body: z.record(z.string(), z.unknown()),
  ack: z.custom<(answer?: object) => Promise<void>>((value) => typeof value === 'function'),
  retry_num: z.number().optional(),
  retry_reason: z.string().optional(),
});

/**
 * Bolt's Socket Mode with two differences. Bolt acknowledges events before its listeners run; here they are acknowledged when they
 * are stored. Its client waits five seconds before it reconnects after Slack recycled a host, leaving commands unanswered, and ends
 * the process by an unhandled rejection where that fails; here it reconnects at once and goes on trying.
 */
export class SocketReceiver implements Receiver {
  readonly #client: SocketClient;
  readonly #log: SlackLog;
  readonly #open = new Set<Promise<void>>();
  #app: App | undefined;
  #stopping: AbortController | undefined;
  #connection: Promise<void> | undefined;

  constructor(appToken: string, clientOptions: webApi.WebClientOptions, log: SlackLog) {
    // The receiver is made for its client only: nothing else of Bolt's exports one.
    this.#client = new SocketModeReceiver({ appToken, logger: boltLogger(log), autoReconnectEnabled: false, installerOptions: { clientOptions } }).client;
    this.#log = log;
    this.#client.on('slack_event', (args: unknown) => {
      const work = this.#take(args).catch((error: unknown) => this.#log.error({ err: error }, 'a message from Slack could not be handled'));
      this.#open.add(work);
      void work.finally(() => this.#open.delete(work));
    });
  }

  init(app: App): void {
    this.#app = app;
  }

  /** Resolves when the first connection stands. Throws what Slack answered where it does not take the token. */
  async start(): Promise<void> {
    if (this.#stopping !== undefined) return;
    const stopping = new AbortController();
    this.#stopping = stopping;
    try {
      const connected = await this.#connect();
      // A stop that came meanwhile had nothing to disconnect yet.
      if (stopping.signal.aborted) await this.#client.disconnect();
      else this.#connection = this.#stayConnected(connected, stopping.signal);
    } catch (error) {
      if (this.#stopping === stopping) this.#stopping = undefined;
      throw error;
    }
  }

  /** Disconnects, then waits for what is being stored. */
  async stop(): Promise<void> {
    this.#stopping?.abort();
    this.#stopping = undefined;
    await Promise.allSettled(this.#open);
    const ended = Promise.all([this.#client.disconnect(), this.#connection]);
    await withDeadline(ended, DISCONNECT_WITHIN_MS, 'disconnecting from Slack').catch((error: unknown) => {
      this.#log.warn({ err: error }, 'Slack did not confirm the end of the connection');
    });
  }

  /** Connects, and resolves to a promise of the connection's end. */
  async #connect(): Promise<{ readonly end: Promise<void> }> {
    let ended: () => void = () => undefined;
    const end = new Promise<void>((resolve) => {
      ended = resolve;
    });
    this.#client.once('disconnected', ended);
    try {
      await withDeadline(this.#client.start(), CONNECT_WITHIN_MS, 'connecting to Slack');
      return { end };
    } catch (error) {
      this.#client.removeListener('disconnected', ended);
      // Slack's client rejects with nothing where the connection closed before its hello.
      if (error instanceof Error && !(error instanceof DeadlineError)) throw error;
      this.#client.disconnect().catch((failure: unknown) => { this.#log.warn({ err: failure }, 'a connection to Slack that did not come up could not be closed'); });
      throw new ChatError('unavailable', 'Slack: the Socket Mode connection did not come up', { cause: error });
    }
  }

  async #stayConnected(first: { readonly end: Promise<void> }, stopping: AbortSignal): Promise<void> {
    await first.end;
    const stopped = (): boolean => stopping.aborted;
    let backoff: number = BACKOFF_MS.first;
    while (!stopped()) {
      try {
        const connection = await this.#connect();
        backoff = BACKOFF_MS.first;
        // A stop that came while this connected had nothing to disconnect yet.
        if (stopped()) await this.#client.disconnect();
        await connection.end;
      } catch (error) {
        this.#log.warn({ err: error, retryInMs: backoff }, 'the connection to Slack is down');
        await pause(backoff, stopping);
        backoff = Math.min(backoff * 2, BACKOFF_MS.last);
      }
    }
  }

  async #take(args: unknown): Promise<void> {
    const { body, ack, retry_num: retryNum, retry_reason: retryReason } = envelope.parse(args);
    const isEvent = body['type'] === 'event_callback';
    let acknowledged = false;
    const acknowledge = async (answer?: object): Promise<void> => {
      if (acknowledged) return;
      acknowledged = true;
      await ack(answer);
    };
    await this.#app?.processEvent({
      body,
      ack: async (answer?: object) => (isEvent ? undefined : acknowledge(answer)),
      ...(retryNum === undefined ? {} : { retryNum }),
      ...(retryReason === undefined ? {} : { retryReason }),
    });
    await acknowledge();
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
