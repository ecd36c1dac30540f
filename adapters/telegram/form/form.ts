import type { Delivery } from '../../../src/command/command.js';
import type { Actor, Place } from '../../../src/person.js';
import type { AcceptDelivery, ReadFormChoices } from '../../../src/ports/chat.js';
import type { BotApi } from '../bot-api.js';
import { isNotModified } from '../chat-error.js';
import { editText, sendText } from '../send.js';
import type { FormData } from './data.js';
import { nextStep, type FormStep } from './step.js';
import { FORM_WORDS, type Locale } from './words.js';

export interface FormPress {
  readonly form: FormData;
  readonly actor: Actor;
  /** The form's own message. */
  readonly place: Place & { readonly message: string };
  readonly locale: Locale;
  readonly replyHandle?: string;
  /** Written as a reply to the form's last question. */
  readonly reason?: string;
}

export interface FormContext {
  readonly api: BotApi;
  readonly accept: AcceptDelivery;
  readonly choices: ReadFormChoices;
  readonly commandName: string;
  readonly botId: string;
  /** Runs something that may fail or take long without holding up the next update. */
  readonly inBackground: (what: string, work: () => Promise<void>) => void;
}

/** The bare command: posts the first keyboard as a reply. Throws ChatError, and whatever reading the choices throws. */
export async function openForm(context: FormContext, asked: { readonly actor: Actor; readonly place: Place; readonly locale: Locale }): Promise<void> {
  const step = nextStep({ user: asked.actor.userId }, await context.choices(), FORM_WORDS[asked.locale], context.commandName);
  if (step.kind !== 'ask' && step.kind !== 'closed') return;
  const to = { channel: asked.place.channel, ...(asked.place.thread === undefined ? {} : { thread: asked.place.thread }) };
  const replying = asked.place.message === undefined ? {} : { replyTo: asked.place.message };
  await sendText(context.api, to, step.text, step.kind === 'ask' ? { ...replying, keyboard: step.keyboard } : replying);
}

/**
 * One press on the form. Resolves when the final choice is stored; the words for a popup are returned where the press is not served.
 * Rejects where reading the choices or storing failed: Telegram then delivers the press again.
 */
export async function pressForm(context: FormContext, press: FormPress): Promise<{ readonly stored: boolean; readonly popup?: string }> {
  const words = FORM_WORDS[press.locale];
  if (press.actor.userId !== press.form.user) return { stored: false, popup: words.notYours };
  const step = nextStep(press.form, await context.choices(), words, context.commandName, press.reason);
  if (step.kind === 'outdated') return { stored: false, popup: words.outdated };
  if (step.kind === 'send') await context.accept(deliveryOf(context, press, step));
  context.inBackground('show the next step of a form', () => showStep(context.api, press.place, step));
  return { stored: step.kind === 'send' };
}

/** One form message makes one request, however often its last button was tapped. */
function deliveryOf(context: FormContext, press: FormPress, step: Extract<FormStep, { kind: 'send' }>): Delivery {
  return {
    id: `telegram:form:${context.botId}:${press.place.channel}:${press.place.message}:${press.form.user}`,
    actor: press.actor,
    place: press.place,
    command: step.command,
    ...(press.replyHandle === undefined ? {} : { replyHandle: press.replyHandle }),
  };
}

async function showStep(api: BotApi, place: FormPress['place'], step: Exclude<FormStep, { kind: 'outdated' }>): Promise<void> {
  const ref = { channel: place.channel, message: place.message };
  try {
    await editText(api, ref, step.text, step.kind === 'ask' ? step.keyboard : { inline_keyboard: [] });
  } catch (error) {
    // The same button tapped twice.
    if (!isNotModified(error)) throw error;
  }
}
