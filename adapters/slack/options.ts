import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from 'pino';
import type { Actor } from '../../src/person.js';
import type { AcceptDelivery, ChatPlatform, ReadFormChoices } from '../../src/ports/chat.js';

export interface SlackOptions {
  /** Bot token, `xoxb-…`. */
  readonly botToken: string;
  /** Needed without an app token: proves that an HTTP request comes from Slack. */
  readonly signingSecret?: string;
  /** App-level token, `xapp-…`: Socket Mode instead of HTTP. */
  readonly appToken?: string;
  /** Another base URL of the Web API, for tests and proxies. */
  readonly apiUrl?: string;
  /** The slash command's name without the slash. */
  readonly command: string;
  /** The targets of planb.yaml, so that a mistyped command is not taken for one. */
  readonly targets?: readonly string[];
  readonly accept: AcceptDelivery;
  readonly formChoices: ReadFormChoices;
  /** Whether planb.yaml knows the sender: to anybody else the form would show what runs here. Default: everybody. */
  readonly knows?: (actor: Actor) => boolean;
  /** Of the adapter's own sentences: the form, and "could not store". Boards bring their own. */
  readonly locale: 'en' | 'ru';
  readonly log: SlackLog;
  /** Milliseconds since the epoch; tests move it. */
  readonly now?: () => number;
}

export type SlackLog = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>;

export interface SlackAdapter extends ChatPlatform {
  readonly platform: 'slack';
  /** Checks the token, and with an app token connects. Throws ChatError; safe to call again after it did. */
  start(): Promise<void>;
  /** Takes nothing new and waits for what is being acknowledged. */
  stop(): Promise<void>;
  /** Signed HTTP: what `/slack/events` is routed to. Absent in Socket Mode. */
  readonly handle?: (request: IncomingMessage, response: ServerResponse) => void;
}
