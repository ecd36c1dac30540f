import { randomInt } from 'node:crypto';
import type { Changes } from '../changes.js';
import { Outage, type OutageKind } from '../outage.js';
import { runMethod, type TelegramApiParts, type TelegramCall } from './api.js';
import { type TelegramLimits, PUBLISHED_TELEGRAM_LIMITS, TelegramRateLimiter } from './limits.js';
import { TelegramArguments, TelegramRefusal } from './method.js';
import type { CallbackPress, TelegramChat, TelegramMessage, TelegramUser } from './model.js';
import { TelegramStore } from './store.js';
import { PollCut, type Update, Updates } from './updates.js';
import { messageToWire, userToWire } from './wire.js';

export interface TelegramOptions {
  botToken?: string;
  /** Without @. Default `planb_bot`. */
  botUsername?: string;
  users?: TelegramUser[];
  chats?: TelegramChat[];
  /** `published` (default), `off`, or some of them changed. */
  limits?: 'published' | 'off' | Partial<TelegramLimits>;
  /** How long a pressed button can be answered. Default 30 s. */
  callbackLifeMs?: number;
  /** Waits between webhook deliveries that failed. Default 1, 2, 4, 8, 16 s. */
  webhookRetryDelaysMs?: number[];
  /** Default 10 s. */
  webhookTimeoutMs?: number;
  /** Whether in groups only commands, mentions and replies reach the bot. Default true, as BotFather sets it. */
  privacyMode?: boolean;
}

export interface SayOptions {
  /** message_thread_id of the topic. */
  topic?: number;
  replyTo?: number;
  /** Write as an anonymous administrator, in the group's name. */
  anonymous?: boolean;
}

/** The Telegram half of the workspace: what planb's adapter is configured with, and what people do and see. */
export class TelegramWorkspace {
  readonly botToken: string;
  readonly store: TelegramStore;
  readonly updates: Updates;
  /** Every Bot API call of planb, with the answer's code. */
  readonly calls: TelegramCall[] = [];
  /** What the HTTP server needs; not for tests. */
  readonly api: TelegramApiParts;
  readonly #outage = new Outage();
  readonly #privacyMode: boolean;
  readonly #origin: () => string;

  constructor(options: TelegramOptions, users: TelegramUser[], chats: TelegramChat[], changes: Changes, origin: () => string) {
    this.botToken = options.botToken ?? '7000000001:workspace-telegram-token';
    this.#origin = origin;
    this.#privacyMode = options.privacyMode ?? true;
    const bot = { id: Number(this.botToken.split(':')[0]), firstName: 'planb', username: options.botUsername ?? 'planb_bot', isBot: true };
    this.store = new TelegramStore(bot, users, chats, changes);
    this.updates = new Updates({
      webhookRetryDelaysMs: options.webhookRetryDelaysMs ?? [1_000, 2_000, 4_000, 8_000, 16_000],
      webhookTimeoutMs: options.webhookTimeoutMs ?? 10_000,
      changed: () => this.store.changed('updates'),
      callMethod: (method, fields) => this.#callFromReply(method, fields),
    });
    const limits = options.limits ?? 'published';
    const limiter = limits === 'off' ? undefined : new TelegramRateLimiter({ ...PUBLISHED_TELEGRAM_LIMITS, ...(limits === 'published' ? {} : limits) });
    const record = (call: TelegramCall): void => {
      this.calls.push(call);
      this.store.changed(`call ${call.method}`);
    };
    const context = { store: this.store, updates: this.updates, callbackLifeMs: options.callbackLifeMs ?? 30_000 };
    this.api = { context, botToken: this.botToken, limiter, outage: this.#outage, record };
  }

  /** Base URL of the Bot API, without a slash at the end: TELEGRAM_API_ROOT. */
  get apiRoot(): string {
    return this.#origin();
  }

  /** Writes a message. Queued for planb when a bot would be told of it; `update` is undefined otherwise. */
  say(userId: number, chatId: number, text: string, options: SayOptions = {}): { message: TelegramMessage; update: Update | undefined } {
    const from = this.store.user(userId);
    if (chatId === userId) this.store.openPrivateChat(userId);
    const chat = this.store.chat(chatId);
    const command = /^\/[A-Za-z0-9_]+(@\w+)?/.exec(text)?.[0];
    const message = this.store.add({
      chatId,
      from,
      text,
      entities: command === undefined ? [] : [{ type: 'bot_command', offset: 0, length: command.length }],
      ...(options.anonymous ? { anonymous: true } : {}),
      ...(options.topic === undefined ? {} : { topic: options.topic }),
      ...(options.replyTo === undefined ? {} : { replyTo: options.replyTo }),
    });
    const update = this.#reachesBot(chat, message, command) ? this.updates.push('message', messageToWire(message, this.store)) : undefined;
    return { message, update };
  }

  /** Presses an inline button by its text or callback_data. Await the answer with `waitFor(() => press.answer)`. */
  press(userId: number, chatId: number, messageId: number, button: string, options: { revision?: number } = {}): CallbackPress & { updateId: number | undefined } {
    const message = this.message(chatId, messageId);
    const shown = options.revision === undefined ? message : message.history[options.revision];
    const buttons = shown?.keyboard.flat() ?? [];
    const pressed = buttons.find((one) => one.text === button) ?? buttons.find((one) => one.callback_data === button);
    if (pressed?.callback_data === undefined) {
      throw new Error(`no button "${button}" on message ${messageId}; there is: ${buttons.map((one) => one.text).join(', ') || 'none'}`);
    }
    const id = String(randomInt(1_000_000_000, 2_000_000_000)) + String(this.store.presses.length).padStart(9, '0');
    const press: CallbackPress = { id, userId, chatId, messageId, data: pressed.callback_data, at: Date.now() };
    this.store.presses.push(press);
    this.store.changed('press');
    const update = this.updates.push('callback_query', {
      id,
      from: userToWire(this.store.user(userId)),
      message: messageToWire({ ...message, ...shown }, this.store),
      chat_instance: String(chatId),
      data: pressed.callback_data,
    });
    return Object.assign(press, { updateId: update?.update_id });
  }

  /** What is to be read in a chat (in a topic when given), nothing deleted. */
  messages(chatId: number, topic?: number): TelegramMessage[] {
    return this.store.messages.filter((one) => one.chatId === chatId && !one.deleted && (topic === undefined || one.topic === topic));
  }

  /** Only planb's messages, newest last. */
  posted(chatId: number, topic?: number): TelegramMessage[] {
    return this.messages(chatId, topic).filter((one) => one.from.id === this.store.bot.id && one.service === undefined);
  }

  message(chatId: number, messageId: number): TelegramMessage {
    const message = this.store.find(chatId, messageId);
    if (!message) throw new Error(`no message ${messageId} in chat ${chatId}`);
    return message;
  }

  /** The texts of a message's buttons, row by row. */
  buttons(chatId: number, messageId: number): string[][] {
    return this.message(chatId, messageId).keyboard.map((row) => row.map((one) => one.text));
  }

  /** Every pressed button with planb's answer, oldest first. */
  get answers(): readonly CallbackPress[] {
    return this.store.presses;
  }

  /** The group becomes a supergroup with a new id; both service messages are delivered. Returns the new id. */
  migrate(chatId: number, newId = Number(`-100${randomInt(1_000_000_000, 1_999_999_999)}`)): number {
    const old = this.store.chat(chatId);
    this.store.chats.set(newId, { ...old, id: newId, type: 'supergroup' });
    const from = [...this.store.users.values()][0] ?? this.store.bot;
    const service = (at: number, extra: Record<string, unknown>): void => {
      const message = this.store.add({ chatId: at, from, text: '', service: extra });
      this.updates.push('message', messageToWire(message, this.store));
    };
    service(chatId, { migrate_to_chat_id: newId });
    service(newId, { migrate_from_chat_id: chatId });
    old.migratedTo = newId;
    return newId;
  }

  /** Delivers an update `times` more, whether it was confirmed or not. */
  redeliver(updateId: number, times = 1): void {
    this.updates.redeliver(updateId, times);
  }

  /** Takes Telegram away (`undefined` brings it back). What people write meanwhile is delivered afterwards. */
  outage(kind: OutageKind | undefined): void {
    this.#outage.set(kind);
    const answers: Record<OutageKind, Error> = {
      refuse: new PollCut(),
      hang: new PollCut(),
      '500': new TelegramRefusal(500, 'Internal Server Error'),
      '429': new TelegramRefusal(429, 'Too Many Requests: retry after 1', { retry_after: 1 }),
    };
    this.updates.pause(kind === undefined ? undefined : answers[kind]);
    this.store.changed('outage');
  }

  get away(): OutageKind | undefined {
    return this.#outage.kind;
  }

  /** How planb behaved: 429s provoked, refusals, edits a message (by `chat/message`). */
  statistics(): { calls: number; ratelimited: number; refused: TelegramCall[]; edits: Map<string, number> } {
    return {
      calls: this.calls.length,
      ratelimited: this.calls.filter((one) => one.status === 429).length,
      refused: this.calls.filter((one) => one.status >= 400 && one.status !== 429),
      edits: new Map(this.store.messages.filter((one) => one.history.length > 1).map((one) => [`${one.chatId}/${one.id}`, one.history.length - 1])),
    };
  }

  close(): void {
    this.#outage.set(undefined);
    this.updates.close();
  }

  #reachesBot(chat: TelegramChat, message: TelegramMessage, command: string | undefined): boolean {
    if (chat.type === 'private' || !this.#privacyMode) return true;
    const addressee = command?.split('@')[1];
    if (command !== undefined) return addressee === undefined || addressee === this.store.bot.username;
    const repliedTo = message.replyTo === undefined ? undefined : this.store.find(chat.id, message.replyTo);
    return message.text.includes(`@${this.store.bot.username ?? ''}`) || repliedTo?.from.id === this.store.bot.id;
  }

  #callFromReply(method: string, fields: Record<string, unknown>): void {
    const at = Date.now();
    try {
      runMethod(this.api, method, new TelegramArguments(fields), new AbortController().signal);
      this.api.record({ method, at, status: 200 });
    } catch (error) {
      // Nobody reads the outcome of a method that came as a webhook's answer.
      if (!(error instanceof TelegramRefusal)) throw error;
      this.api.record({ method, at, status: error.errorCode, description: error.message });
    }
  }
}
