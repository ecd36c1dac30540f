import type { Changes } from '../changes.js';
import { Outage, type OutageKind } from '../outage.js';
import type { SlackApiParts, SlackCall } from './api.js';
import { Deliveries } from './deliveries.js';
import { actionables, type FormValues, labelOf } from './interactive.js';
import { type SlackLimits, PUBLISHED_SLACK_LIMITS, SlackRateLimiter } from './limits.js';
import type { SlackAttempt, SlackChannel, SlackDelivery, SlackMessage, SlackUser, SlackView } from './model.js';
import { type ClickOptions, SlackPeople, type Submission } from './people.js';
import { readMessage } from './reading.js';
import { ResponseUrls } from './response-urls.js';
import { SocketMode } from './socket-mode.js';
import { SlackStore } from './store.js';
import { Triggers } from './triggers.js';

export interface SlackOptions {
  botToken?: string;
  appToken?: string;
  signingSecret?: string;
  teamId?: string;
  appId?: string;
  botUserId?: string;
  /** Name of the bot and of its handle. Default `planb`. */
  botName?: string;
  users?: SlackUser[];
  channels?: SlackChannel[];
  /** `published` (default), `off`, or some of them changed. */
  limits?: 'published' | 'off' | Partial<SlackLimits>;
  /** Block types that answer `invalid_blocks`, for example `['plan', 'task_card']`. */
  unsupportedBlocks?: string[];
  /** Default `['app_mention']`; add `message.channels` or `message.im` to be told of every message. */
  subscribedEvents?: string[];
  /** How long Slack waits for an acknowledgement. Default 3,000 ms. */
  ackTimeoutMs?: number;
  /** Life of a trigger_id. Default 3,000 ms. */
  triggerLifeMs?: number;
  /** Life of a response_url. Default 30 minutes. */
  responseUrlLifeMs?: number;
  /** When an unacknowledged event is sent again. Default at once, after 1 and after 5 minutes. */
  eventRetryDelaysMs?: number[];
}

/** A message, by itself or by where it is. */
export type MessageReference = SlackMessage | { channel: string; ts: string };

/** The Slack half of the workspace: what planb's adapter is configured with, and what people do and see. */
export class SlackWorkspace {
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  readonly store: SlackStore;
  /** Every Web API call of planb, with Slack's answer. */
  readonly calls: SlackCall[] = [];
  readonly socketMode: SocketMode;
  readonly #outage = new Outage();
  readonly #deliveries: Deliveries;
  readonly #people: SlackPeople;
  readonly #origin: () => string;
  /** What the HTTP server needs; not for tests. */
  readonly api: SlackApiParts;

  constructor(options: SlackOptions, users: SlackUser[], channels: SlackChannel[], changes: Changes, origin: () => string) {
    this.botToken = options.botToken ?? 'xoxb-workspace-bot';
    this.appToken = options.appToken ?? 'xapp-workspace-app';
    this.signingSecret = options.signingSecret ?? 'workspace-signing-secret';
    this.#origin = origin;
    const botUserId = options.botUserId ?? 'U0PLANB';
    const appId = options.appId ?? 'A0PLANB';
    const identity = { teamId: options.teamId ?? 'T0WORKSPACE', teamDomain: 'acme', appId, botId: 'B0PLANB', botUserId, botName: options.botName ?? 'planb' };
    this.store = new SlackStore(identity, users, channels, changes);
    this.socketMode = new SocketMode(appId, () => this.store.changed('socket'));
    const responseUrls = new ResponseUrls(options.responseUrlLifeMs ?? 30 * 60_000);
    const context = {
      store: this.store,
      triggers: new Triggers(options.triggerLifeMs ?? 3_000),
      unsupportedBlocks: options.unsupportedBlocks ?? [],
      origin,
      socketUrl: () => origin().replace(/^http/, 'ws') + this.socketMode.issuePath(),
    };
    const settings = {
      signingSecret: this.signingSecret,
      ackTimeoutMs: options.ackTimeoutMs ?? 3_000,
      eventRetryDelaysMs: options.eventRetryDelaysMs ?? [0, 60_000, 300_000],
    };
    this.#deliveries = new Deliveries(settings, this.store, this.socketMode);
    this.#people = new SlackPeople({ context, deliveries: this.#deliveries, responseUrls, subscribedEvents: options.subscribedEvents ?? ['app_mention'] });
    const limits = options.limits ?? 'published';
    const limiter = limits === 'off' ? undefined : new SlackRateLimiter({ ...PUBLISHED_SLACK_LIMITS, ...(limits === 'published' ? {} : limits) });
    const record = (call: SlackCall): void => {
      this.calls.push(call);
      this.store.changed(`call ${call.method}`);
    };
    this.api = { context, botToken: this.botToken, appToken: this.appToken, limiter, outage: this.#outage, responseUrls, record };
  }

  /** Base of the Web API, with a slash at the end: SLACK_API_URL. */
  get apiUrl(): string {
    return `${this.#origin()}/api/`;
  }

  /** Where signed requests go while no Socket Mode client is connected, for example `http://127.0.0.1:3000/slack/events`. */
  connectTo(requestUrl: string): void {
    this.#deliveries.requestUrl = requestUrl;
  }

  /** Sends `url_verification`, as Slack does when a request URL is entered. */
  async verifyUrl(challenge = 'challenge-1'): Promise<SlackDelivery> {
    return this.#deliveries.send('url_verification', 'USLACKBOT', { token: 'workspace-legacy-token', challenge, type: 'url_verification' });
  }

  /** Types a slash command: `slash('U01ALICE', 'C0123456', '/rollback shop')`. */
  async slash(userId: string, channelId: string, line: string): Promise<SlackDelivery> {
    const [, command, text] = /^(\/\S+)\s*(.*)$/s.exec(line) ?? [];
    if (command === undefined) throw new Error(`"${line}" is no slash command`);
    return this.#people.slash(userId, channelId, command, text ?? '');
  }

  /** Writes in a channel or thread; planb is told when it is mentioned (`<@U0PLANB>`). */
  async say(userId: string, channelId: string, text: string, threadTs?: string): Promise<{ message: SlackMessage; delivery: SlackDelivery | undefined }> {
    return this.#people.say(userId, channelId, text, threadTs);
  }

  /** `@planb <text>`, in a thread when `threadTs` is given. */
  async mention(userId: string, channelId: string, text: string, threadTs?: string): Promise<SlackDelivery> {
    const { delivery } = await this.say(userId, channelId, `<@${this.store.identity.botUserId}> ${text}`, threadTs);
    if (!delivery) throw new Error('a mention was not delivered');
    return delivery;
  }

  /** Clicks a button (or uses a select) by its text or action_id. */
  async click(userId: string, reference: MessageReference, button: string, options: ClickOptions = {}): Promise<SlackDelivery> {
    return this.#people.click(userId, this.message(reference), button, options);
  }

  /** Clicks a button, or chooses `value` in a select, of the user's modal; `values` are the other fields, as in {@link submitView}. */
  async clickInView(userId: string, button: string, value?: string, values: FormValues = {}): Promise<SlackDelivery> {
    return this.#people.clickInView(userId, button, value, values);
  }

  /** Fills in and submits the modal that the user sees; fields by block_id, action_id or label. */
  async submitView(userId: string, values: FormValues): Promise<Submission> {
    return this.#people.submit(userId, values);
  }

  async closeView(userId: string): Promise<SlackDelivery | undefined> {
    return this.#people.close(userId);
  }

  /** The modal that the user sees now. */
  view(userId: string): SlackView | undefined {
    return this.store.topView(userId);
  }

  /** What is to be read in a channel: nothing deleted, nothing ephemeral; replies included. */
  messages(channelId: string): SlackMessage[] {
    return this.store.messages.filter((one) => one.channel === channelId && !one.deleted && one.ephemeralFor === undefined);
  }

  /** Only planb's messages, newest last. */
  posted(channelId: string): SlackMessage[] {
    return this.messages(channelId).filter((one) => one.user === this.store.identity.botUserId);
  }

  replies(reference: MessageReference): SlackMessage[] {
    return this.messages(reference.channel).filter((one) => one.threadTs === reference.ts);
  }

  /** What only this user sees, newest last. */
  ephemerals(userId: string): SlackMessage[] {
    return this.store.messages.filter((one) => one.ephemeralFor === userId && !one.deleted);
  }

  message(reference: MessageReference): SlackMessage {
    const found = this.store.messages.find((one) => one.channel === reference.channel && one.ts === reference.ts && !one.deleted);
    if (!found) throw new Error(`no message ${reference.ts} in ${reference.channel}`);
    return found;
  }

  /** All that a person reads on a message, blocks and buttons included, a text a line. */
  read(reference: MessageReference): string {
    return readMessage(this.message(reference));
  }

  /** The texts of a message's buttons and selects, in order. */
  buttons(reference: MessageReference): string[] {
    return actionables(this.message(reference).blocks).map((one) => labelOf(one.element));
  }

  /** Sends the same delivery `times` more, all at once: Slack's retries, or copies that a network made. */
  async redeliver(delivery: SlackDelivery, times = 1, reason = 'http_timeout'): Promise<SlackAttempt[]> {
    return Promise.all(Array.from({ length: times }, async (_unused, index) => this.#deliveries.attempt(delivery, index + 1, reason)));
  }

  /** A delivery's body and signed headers; `seconds` claims another Unix time. To be sent by {@link sendRaw}. */
  signed(delivery: SlackDelivery, seconds?: number): { body: string; headers: Record<string, string> } {
    return this.#deliveries.httpForm(delivery, seconds);
  }

  /** Posts anything to the request URL: unsigned, stale, replayed. */
  async sendRaw(body: string, headers: Record<string, string>): Promise<{ status: number; body: string }> {
    return this.#deliveries.sendRaw(body, headers);
  }

  /** Takes Slack away (`undefined` brings it back). `refuse` also cuts the Socket Mode connections. */
  outage(kind: OutageKind | undefined): void {
    this.#outage.set(kind);
    if (kind === 'refuse') this.socketMode.cut();
    this.store.changed('outage');
  }

  get away(): OutageKind | undefined {
    return this.#outage.kind;
  }

  /** How planb behaved: 429s provoked, refusals, edits a message, acknowledgement times. */
  statistics(): { calls: number; ratelimited: number; refused: SlackCall[]; edits: Map<string, number>; ackMs: number[] } {
    const fine = new Set(['ok', 'ratelimited', 'outage']);
    return {
      calls: this.calls.length,
      ratelimited: this.calls.filter((one) => one.outcome === 'ratelimited').length,
      refused: this.calls.filter((one) => !fine.has(one.outcome)),
      edits: new Map(this.store.messages.filter((one) => one.history.length > 1).map((one) => [one.ts, one.history.length - 1])),
      ackMs: this.store.deliveries.flatMap((one) => one.attempts.map((attempt) => attempt.durationMs)),
    };
  }

  async close(): Promise<void> {
    this.#outage.set(undefined);
    this.#deliveries.stop();
    await this.socketMode.close();
  }
}
