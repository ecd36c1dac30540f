import { isObject } from '../http/request.js';
import { checkView } from './blocks/validate.js';
import type { Deliveries } from './deliveries.js';
import { actionPayload, fillForm, findActionable, type FormValues } from './interactive.js';
import { type MethodContext, SlackRefusal } from './method.js';
import { lastAttempt, type SlackChannel, type SlackDelivery, type SlackMessage, type SlackView } from './model.js';
import * as payloads from './payloads.js';
import { apply, type ResponseUrls } from './response-urls.js';
import { closeViews, pushView, replaceView } from './view-methods.js';

export interface ClickOptions {
  /** The chosen option's value, for selects and radio buttons. */
  value?: string;
  /** Click what the message showed at this revision (0 = as posted): a screen that has not caught up. */
  revision?: number;
}

/** What a person did in a modal: sent, or held back by Slack itself because a field is wrong. */
export interface Submission {
  /** Undefined when Slack did not send anything. */
  delivery: SlackDelivery | undefined;
  /** By block_id: from Slack's own checks or from planb's `response_action: errors`. */
  errors: Record<string, string>;
}

export interface PeopleParts {
  context: MethodContext;
  deliveries: Deliveries;
  responseUrls: ResponseUrls;
  /** `message` events reach planb only when the app subscribed to them. */
  subscribedEvents: string[];
}

/** What people do in Slack. Everything resolves when planb has acknowledged, or failed to. */
export class SlackPeople {
  readonly #parts: PeopleParts;

  constructor(parts: PeopleParts) {
    this.#parts = parts;
  }

  async slash(userId: string, channelId: string, command: string, text: string): Promise<SlackDelivery> {
    const { context, deliveries, responseUrls } = this.#parts;
    const { store } = context;
    const user = store.user(userId);
    const channel = this.channel(channelId);
    const responseUrl = context.origin() + responseUrls.issue({ channel: channelId, userId });
    const payload = payloads.slashPayload(store, user, channel, command, text, { responseUrl, triggerId: context.triggers.issue(userId) });
    const delivery = await deliveries.send('slash_commands', userId, payload);
    const { failure, body } = lastAttempt(delivery);
    if (failure !== undefined) {
      const error = failure === 'http_timeout' ? 'operation_timeout' : 'dispatch_failed';
      this.#notice(channelId, userId, `${command} failed with the error "${error}"`);
    } else if (isObject(body) && (typeof body['text'] === 'string' || body['blocks'] !== undefined)) {
      this.#answer(channelId, userId, body);
    } else if (typeof body === 'string' && body.trim() !== '') {
      this.#answer(channelId, userId, { text: body });
    }
    return delivery;
  }

  /** Writes a message; mentions of the bot become an `app_mention` event. Undefined when planb is not told. */
  async say(userId: string, channelId: string, text: string, threadTs?: string): Promise<{ message: SlackMessage; delivery: SlackDelivery | undefined }> {
    const { context, deliveries, subscribedEvents } = this.#parts;
    const { store } = context;
    this.channel(channelId);
    const message = store.add({ channel: channelId, user: store.user(userId).id, text, threadTs });
    const events: ('app_mention' | 'message')[] = [];
    if (text.includes(`<@${store.identity.botUserId}>`)) events.push('app_mention');
    const messageEvent = channelId.startsWith('D') ? 'message.im' : 'message.channels';
    if (subscribedEvents.includes(messageEvent)) events.push('message');
    const sent = events.map(async (type) =>
      deliveries.send('events_api', userId, payloads.eventPayload(store, payloads.messageEvent(type, message, store))),
    );
    return { message, delivery: (await Promise.all(sent))[0] };
  }

  async click(userId: string, message: SlackMessage, reference: string, options: ClickOptions = {}): Promise<SlackDelivery> {
    const { context, deliveries, responseUrls } = this.#parts;
    const { store } = context;
    if (message.ephemeralFor !== undefined && message.ephemeralFor !== userId) throw new Error(`${userId} cannot see this message`);
    const shown = options.revision === undefined ? message : message.history[options.revision];
    if (!shown) throw new Error(`the message has no revision ${options.revision}`);
    const action = actionPayload(findActionable(shown.blocks, reference), options.value, store.newTs());
    const responseUrl =
      context.origin() + responseUrls.issue({ channel: message.channel, userId, threadTs: message.threadTs, originalTs: message.ts });
    const occasion = { responseUrl, triggerId: context.triggers.issue(userId) };
    const asShown = { ...message, blocks: shown.blocks, text: shown.text };
    const payload = payloads.messageActionPayload(store, store.user(userId), this.channel(message.channel), asShown, action, occasion);
    return deliveries.send('interactive', userId, payload);
  }

  /** Acts on a button or select inside the modal that the user sees; `values` is what the other fields hold by then. */
  async clickInView(userId: string, reference: string, value?: string, values: FormValues = {}): Promise<SlackDelivery> {
    const { context, deliveries } = this.#parts;
    const { store, triggers } = context;
    const view = this.view(userId);
    const actionable = findActionable(view.definition.blocks, reference);
    const action = actionPayload(actionable, value, store.newTs());
    const isField = view.definition.blocks.some((block) => block.type === 'input' && block.element === actionable.element);
    const { state } = fillForm(view, isField && value !== undefined ? { ...values, [actionable.blockId]: value } : values);
    return deliveries.send('interactive', userId, payloads.viewActionPayload(store, store.user(userId), view, action, state, triggers.issue(userId)));
  }

  async submit(userId: string, values: FormValues): Promise<Submission> {
    const { context, deliveries } = this.#parts;
    const view = this.view(userId);
    const { state, errors } = fillForm(view, values);
    if (Object.keys(errors).length > 0) {
      view.errors = errors;
      context.store.changed('view');
      return { delivery: undefined, errors };
    }
    const triggerId = context.triggers.issue(userId);
    const payload = payloads.viewSubmissionPayload(context.store, context.store.user(userId), view, state, triggerId);
    const delivery = await deliveries.send('interactive', userId, payload);
    this.#afterSubmission(view, delivery);
    return { delivery, errors: view.errors };
  }

  /** Closes the modal without submitting; planb is told only when the view asked for it. */
  async close(userId: string): Promise<SlackDelivery | undefined> {
    const { context, deliveries } = this.#parts;
    const view = this.view(userId);
    closeViews(context.store, view, false);
    if (!view.definition.notify_on_close) return undefined;
    return deliveries.send('interactive', userId, payloads.viewClosedPayload(context.store, context.store.user(userId), view));
  }

  view(userId: string): SlackView {
    const view = this.#parts.context.store.topView(userId);
    if (!view) throw new Error(`${userId} has no modal open`);
    return view;
  }

  channel(id: string): SlackChannel {
    const { channels, users } = this.#parts.context.store;
    const partner = users.get(`U${id.slice(1)}`);
    const channel = channels.get(id) ?? (id.startsWith('D') && partner ? this.#parts.context.store.directChannel(partner) : undefined);
    if (!channel) throw new Error(`no Slack channel ${id}; known: ${[...channels.keys()].join(', ')}`);
    return channel;
  }

  /** Something that only Slack itself says, such as a command's failure. */
  #notice(channel: string, userId: string, text: string): void {
    this.#parts.context.store.add({ channel, user: 'USLACKBOT', text, ephemeralFor: userId });
  }

  #answer(channel: string, userId: string, body: Record<string, unknown>): void {
    try {
      apply({ channel, userId }, body, this.#parts.context);
    } catch (error) {
      if (!(error instanceof SlackRefusal)) throw error;
      this.#notice(channel, userId, `The command's answer was refused: ${error.code} ${error.problems.join('; ')}`);
    }
  }

  /** What the acknowledgement of a submission does to the modal; a failure keeps it open, as Slack does. */
  #afterSubmission(view: SlackView, delivery: SlackDelivery): void {
    const { store } = this.#parts.context;
    const { failure, body } = lastAttempt(delivery);
    const action = isObject(body) ? body['response_action'] : undefined;
    view.errors = {};
    if (failure !== undefined) {
      view.errors = { '': 'We had some trouble connecting. Try again?' };
    } else if (action === 'errors' && isObject(body) && isObject(body['errors'])) {
      view.errors = Object.fromEntries(Object.entries(body['errors']).map(([block, text]) => [block, String(text)]));
    } else if ((action === 'update' || action === 'push') && isObject(body)) {
      const checked = checkView(body['view']);
      if (!checked.ok) view.errors = { '': checked.problems.join('; ') };
      else if (action === 'update') replaceView(store, view, checked.value);
      else pushView(store, view.userId, checked.value);
    } else {
      closeViews(store, view, action === 'clear');
    }
    store.changed('view');
  }
}
