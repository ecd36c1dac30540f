import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';

const ackSchema = z.object({ envelope_id: z.string(), payload: z.unknown().optional() });

/** Slack gives an app at most ten connections. */
const MAX_CONNECTIONS = 10;
const PING_EVERY_MS = 10_000;
const CLOSE_WITHIN_MS = 500;

/** The WebSocket end of Socket Mode: hello, envelopes, acknowledgements, disconnects. */
export class SocketMode {
  readonly #server = new WebSocketServer({ noServer: true });
  readonly #ready: WebSocket[] = [];
  readonly #tickets = new Set<string>();
  readonly #awaited = new Map<string, (payload: unknown) => void>();
  readonly #appId: string;
  readonly #changed: () => void;
  #next = 0;

  constructor(appId: string, changed: () => void) {
    this.#appId = appId;
    this.#changed = changed;
  }

  get connections(): number {
    return this.#open().length;
  }

  /** Connections that are not on their way out. */
  #open(): WebSocket[] {
    return this.#ready.filter((client) => client.readyState === client.OPEN);
  }

  /** A path that may be connected to once. */
  issuePath(): string {
    const ticket = randomUUID();
    this.#tickets.add(ticket);
    return `/link/${ticket}`;
  }

  /** Takes an HTTP upgrade; false when the path is not Socket Mode's. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const [, area, ticket] = new URL(request.url ?? '/', 'http://workspace').pathname.split('/');
    if (area !== 'link') return false;
    if (ticket === undefined || !this.#tickets.delete(ticket) || this.#ready.length >= MAX_CONNECTIONS) {
      socket.end('HTTP/1.1 403 Forbidden\r\nconnection: close\r\n\r\n');
      return true;
    }
    this.#server.handleUpgrade(request, socket, head, (client) => this.#welcome(client));
    return true;
  }

  #welcome(client: WebSocket): void {
    const heartbeat = setInterval(() => client.ping(), PING_EVERY_MS);
    client.on('close', () => {
      clearInterval(heartbeat);
      const index = this.#ready.indexOf(client);
      if (index >= 0) this.#ready.splice(index, 1);
      this.#changed();
    });
    client.on('error', () => client.terminate());
    client.on('message', (data) => this.#receive(data));
    this.#ready.push(client);
    client.send(
      JSON.stringify({
        type: 'hello',
        num_connections: this.#ready.length,
        debug_info: { host: 'applink-1', build_number: 1, approximate_connection_time: 18_060 },
        connection_info: { app_id: this.#appId },
      }),
    );
    this.#changed();
  }

  #receive(data: WebSocket.RawData): void {
    const text = Array.isArray(data) ? Buffer.concat(data).toString('utf8') : Buffer.from(data as Buffer).toString('utf8');
    const ack = ackSchema.safeParse(JSON.parse(text));
    if (!ack.success) return;
    this.#awaited.get(ack.data.envelope_id)?.(ack.data.payload);
    this.#awaited.delete(ack.data.envelope_id);
  }

  /** Sends an envelope over one of the connections, in turn. Resolves with the acknowledgement's payload, or `undefined` in time. */
  async send(
    type: string,
    payload: Record<string, unknown>,
    options: { timeoutMs: number; retryNum: number; retryReason: string | undefined },
  ): Promise<{ acked: true; payload: unknown } | { acked: false }> {
    const open = this.#open();
    const client = open[this.#next++ % Math.max(1, open.length)];
    if (!client) return { acked: false };
    const envelopeId = randomUUID();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#awaited.delete(envelopeId);
        resolve({ acked: false });
      }, options.timeoutMs);
      this.#awaited.set(envelopeId, (answer) => {
        clearTimeout(timer);
        resolve({ acked: true, payload: answer });
      });
      const retry = type === 'events_api' ? { retry_attempt: options.retryNum, retry_reason: options.retryReason ?? '' } : {};
      client.send(JSON.stringify({ envelope_id: envelopeId, type, payload, accepts_response_payload: type !== 'events_api', ...retry }));
    });
  }

  /** Asks every client to reconnect, as Slack does when it recycles a host. */
  disconnect(reason: 'warning' | 'refresh_requested' | 'link_disabled' = 'refresh_requested'): void {
    for (const client of this.#open()) client.send(JSON.stringify({ type: 'disconnect', reason, debug_info: { host: 'applink-1' } }));
  }

  /** Cuts every connection without a close frame. */
  cut(): void {
    for (const client of [...this.#ready]) client.terminate();
  }

  /** Ends every connection politely: Bolt's `stop()` resolves before its own close handshake is over. */
  async close(): Promise<void> {
    const ended = [...this.#ready].map(
      async (client) =>
        new Promise<void>((resolve) => {
          const timer = setTimeout(() => client.terminate(), CLOSE_WITHIN_MS);
          client.once('close', () => {
            clearTimeout(timer);
            resolve();
          });
          client.close(1001);
        }),
    );
    await Promise.all(ended);
    this.#server.close();
  }
}
