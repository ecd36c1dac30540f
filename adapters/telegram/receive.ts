import type { ChatCommand, Delivery } from '../../src/command/command.js';
import type { Actor, Place } from '../../src/person.js';
import { ChatError } from '../../src/ports/chat.js';
import { StoreError } from '../../src/ports/store.js';
import type { BotApi } from './bot-api.js';
import type { CallbackAnswers } from './callback-answers.js';
import { decodeFormData, FORM_PREFIX } from './form/data.js';
import { openForm, pressForm, type FormContext } from './form/form.js';
import { FORM_WORDS, type Locale } from './form/words.js';
import type { ParseWords, TelegramOptions } from './options.js';
import { plain } from './render/text.js';
import { sendText } from './send.js';
import { TROUBLE_WORDS } from './trouble-words.js';
import { readMessage } from './updates/read-message.js';
import { NumberedUpdate, Update, type CallbackQuery, type Me, type Message } from './updates/schema.js';
import { actorOf, placeOf, placeOfPress, senderOf } from './updates/sender.js';

/** Updates whose storing failed are remembered, so that their sender is told once and not at every redelivery. */
const REMEMBERED_MOST = 1000;
/** An update that the database will never take must not keep later votes waiting behind it. */
const HOPELESS_AFTER = 5;

export interface ReceiverParts {
  readonly options: TelegramOptions;
  readonly parse: ParseWords;
  readonly api: BotApi;
  readonly answers: CallbackAnswers;
  readonly inBackground: FormContext['inBackground'];
}

/** `nothing`: the update means nothing to planb, or nothing that has to be stored. */
export type Received = 'stored' | 'nothing';

/** Turns updates into stored deliveries. */
export class Receiver {
  readonly #parts: ReceiverParts;
  readonly #failures = new Map<number, number>();

  constructor(parts: ReceiverParts) {
    this.#parts = parts;
  }

  /** Resolves when the update is durable or means nothing to planb. Rejects where storing failed: Telegram has to deliver it again. */
  async receive(raw: unknown, me: Me): Promise<Received> {
    const parsed = Update.safeParse(raw);
    if (!parsed.success) {
      const number = NumberedUpdate.safeParse(raw);
      this.#parts.options.log.warn({ update: number.data?.update_id, problem: parsed.error.message }, 'a Telegram update was not understood and is left out');
      return 'nothing';
    }
    const { update_id: number, callback_query: press } = parsed.data;
    const message = parsed.data.message ?? parsed.data.channel_post;
    if (press !== undefined) return this.#press(press, number, me);
    return message === undefined ? 'nothing' : this.#message(message, number, me);
  }

  async #message(message: Message, number: number, me: Me): Promise<Received> {
    const { options, parse, inBackground } = this.#parts;
    const meaning = readMessage(message, me, options.command, parse);
    const actor = senderOf(message);
    const locale = this.#locale(String(message.chat.id), message.from?.language_code);
    if (meaning.kind === 'silent') return 'nothing';
    if (meaning.kind === 'moved') {
      return this.#accept(moved(meaning, me), number);
    }
    const place = placeOf(message);
    const tell = (text: 'notStored' | 'dropped') => this.#answerMessage(place, TROUBLE_WORDS[locale][text]);
    if (meaning.kind === 'form-reason') {
      const { form, formMessage, reason } = meaning;
      if (actor.barred !== undefined || actor.userId !== form.user || form.scope === undefined) return 'nothing';
      const press = { form, actor, place: { ...place, message: String(formMessage) }, locale, reason };
      return this.#orTell(number, tell, async () => ((await pressForm(this.#form(me), press)).stored ? 'stored' : 'nothing'));
    }
    if (meaning.command.kind === 'form' && actor.barred === undefined && options.knows?.(actor) !== false) {
      inBackground('open a form', () => this.#openForm(me, actor, place, locale));
      return 'nothing';
    }
    const where: Place = meaning.replyTo === undefined ? place : { ...place, replyTo: meaning.replyTo };
    const received = await this.#orTell(number, tell, () => this.#accept({ actor, place: where, command: meaning.command, id: updateId(me, number) }, number));
    if (received === 'stored') this.#hideCode(meaning.command, place);
    return received;
  }

  /** A code counts once, but nobody needs to read it. Where the bot may not delete (it is no administrator) the message stays. */
  #hideCode(command: ChatCommand, { channel, message }: Place): void {
    if (!('code' in command) || message === undefined) return;
    this.#parts.inBackground('delete a message that holds a code', async () => {
      await this.#parts.api.call('deleteMessage', { chat_id: Number(channel), message_id: Number(message) });
    });
  }

  async #press(query: CallbackQuery, number: number, me: Me): Promise<Received> {
    const { answers, inBackground } = this.#parts;
    const { data } = query;
    if (data === undefined) {
      inBackground('answer a callback without data', () => answers.end(query.id));
      return 'nothing';
    }
    const place = placeOfPress(query);
    const locale = this.#locale(place.channel, query.from.language_code);
    const tell = (text: 'notStored' | 'dropped') => answers.end(query.id, TROUBLE_WORDS[locale][text]);
    // Once a callback was answered, nothing more can be said through it.
    const replyHandle = this.#failures.has(number) ? undefined : answers.begin(query.id);
    const handle = replyHandle === undefined ? {} : { replyHandle };
    if (data.startsWith(FORM_PREFIX)) {
      return this.#orTell(number, tell, () => this.#pressForm(query, place, locale, handle, me));
    }
    const command: ChatCommand = { kind: 'press', button: data };
    return this.#orTell(number, tell, () => this.#accept({ id: updateId(me, number), actor: actorOf(query.from), place, command, ...handle }, number));
  }

  async #pressForm(query: CallbackQuery, place: Place, locale: Locale, handle: { readonly replyHandle?: string }, me: Me): Promise<Received> {
    const { answers, inBackground } = this.#parts;
    const form = decodeFormData(query.data ?? '');
    if (form === undefined || place.message === undefined) {
      inBackground('answer an unknown form button', () => answers.end(query.id, FORM_WORDS[locale].outdated));
      return 'nothing';
    }
    const { stored, popup } = await pressForm(this.#form(me), { form, actor: actorOf(query.from), place: { ...place, message: place.message }, locale, ...handle });
    if (!stored) inBackground('answer a form button', () => answers.end(query.id, popup));
    return stored ? 'stored' : 'nothing';
  }

  async #openForm(me: Me, actor: Actor, place: Place, locale: Locale): Promise<void> {
    try {
      await openForm(this.#form(me), { actor, place, locale });
    } catch (error) {
      if (!(error instanceof ChatError)) await this.#answerMessage(place, FORM_WORDS[locale].unavailable);
      throw error;
    }
  }

  async #accept(delivery: Delivery, number: number): Promise<Received> {
    const result = await this.#parts.options.accept(delivery);
    if (result === 'copy') this.#parts.options.log.info({ delivery: delivery.id, update: number }, 'a Telegram update came again');
    return 'stored';
  }

  /**
   * Storing failed: says so to the person, once, and lets the failure go on so that Telegram keeps the update. One that can never be stored
   * is stepped over after a few tries.
   */
  async #orTell(number: number, tell: (text: 'notStored' | 'dropped') => Promise<void>, work: () => Promise<Received>): Promise<Received> {
    try {
      const received = await work();
      this.#failures.delete(number);
      return received;
    } catch (error) {
      const failures = (this.#failures.get(number) ?? 0) + 1;
      if (this.#failures.size >= REMEMBERED_MOST) this.#failures.clear();
      this.#failures.set(number, failures);
      if (failures === 1) this.#parts.inBackground('say that storing failed', () => tell('notStored'));
      const hopeless = failures >= HOPELESS_AFTER && error instanceof StoreError && !error.retryable;
      if (!hopeless) throw error;
      this.#failures.delete(number);
      this.#parts.options.log.error({ update: number, error: String(error) }, 'a Telegram update can never be stored and is left out');
      this.#parts.inBackground('say that a message is left out', () => tell('dropped'));
      return 'nothing';
    }
  }

  async #answerMessage(place: Place, text: string): Promise<void> {
    const to = { channel: place.channel, ...(place.thread === undefined ? {} : { thread: place.thread }) };
    await sendText(this.#parts.api, to, plain(text), place.message === undefined ? {} : { replyTo: place.message });
  }

  #form(me: Me): FormContext {
    const { options, api, inBackground } = this.#parts;
    return { api, accept: options.accept, choices: options.formChoices, commandName: options.command, botId: String(me.id), inBackground };
  }

  #locale(channel: string, language: string | undefined): Locale {
    return this.#parts.options.localeOf?.(channel) ?? (language?.startsWith('ru') === true ? 'ru' : 'en');
  }
}

function updateId(me: Me, number: number): string {
  return `telegram:update:${String(me.id)}:${String(number)}`;
}

/** Telegram reports a move in both groups; the id makes the second report a copy. It comes from Telegram itself, in nobody's name. */
function moved({ from, to }: { readonly from: string; readonly to: string }, me: Me): Delivery {
  return {
    id: `telegram:moved:${String(me.id)}:${from}:${to}`,
    actor: { platform: 'telegram', userId: String(me.id), displayName: 'Telegram' },
    place: { platform: 'telegram', channel: to },
    command: { kind: 'chat-moved', from, to },
  };
}
