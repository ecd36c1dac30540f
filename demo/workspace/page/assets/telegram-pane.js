import { perform } from './deeds.js';
import { avatar, drawOnce, growingInput, h, icon, ICONS, reconcile } from './dom.js';
import { telegramMessage } from './telegram-message.js';

const TOAST_MS = 4500;

/** The Telegram half of the page. */
export class TelegramPane {
  state;
  viewer = 1002;
  #chatId;
  #topic;
  #parts;
  #shownAnswers;
  #toastTimer;

  constructor(pane) {
    const input = growingInput({ id: 'telegram-input', placeholder: 'Message', 'aria-label': 'Message' }, () => void this.#send());
    this.#parts = {
      badge: h('span'),
      chat: h('select', { 'aria-label': 'Chat', id: 'telegram-chat', on: { change: (event) => this.#open(Number(event.currentTarget.value)) } }),
      members: h('small'),
      user: h('select', { id: 'telegram-user', on: { change: (event) => this.#become(Number(event.currentTarget.value)) } }),
      away: h('button.away-toggle', { type: 'button', on: { click: () => void perform('telegram/outage', { kind: this.state?.away ? null : 'refuse' }) } }),
      topics: h('div.tg-topics', { role: 'tablist' }),
      pin: h('div.tg-pin', { hidden: true }),
      list: h('div.tg-list.scroll', { id: 'telegram-messages', 'aria-live': 'polite' }),
      menu: h('div.tg-menu.scroll', { hidden: true }),
      toast: h('div.tg-toast', { role: 'status', hidden: true }),
      input,
    };
    const p = this.#parts;
    pane.append(
      h('header.tg-head', {}, p.badge, h('div.tg-title', {}, p.chat, p.members), h('div.right', {}, h('label.who', {}, 'You are', p.user), p.away)),
      p.topics,
      p.pin,
      p.list,
      h(
        'div.tg-composer',
        {},
        h('button.menu', { type: 'button', on: { click: () => (p.menu.hidden = !p.menu.hidden) } }, '☰ Menu'),
        input,
        h('button.send', { type: 'button', id: 'telegram-send', 'aria-label': 'Send', on: { click: () => void this.#send() } }, icon(ICONS.send)),
        p.menu,
      ),
      p.toast,
    );
  }

  draw(state) {
    this.state = state;
    this.#chatId ??= state.chats[0]?.id;
    if (!state.chats.some((chat) => chat.id === this.#chatId)) this.#chatId = state.chats.at(-1)?.id;
    const chat = state.chats.find((one) => one.id === this.#chatId);
    if (chat?.topics && !chat.topics.some((topic) => topic.id === this.#topic)) this.#topic = chat.topics[0]?.id;
    if (!chat?.topics) this.#topic = undefined;
    this.#drawHead(chat);
    this.#drawTopics(chat);
    this.#drawMenu();
    this.#drawMessages();
    this.#showAnswers();
  }

  /** Whether this person pressed the button and planb has not answered yet. */
  isWaiting(message, key) {
    return this.state.presses.some(
      (press) => !press.answer && press.userId === this.viewer && press.chatId === message.chatId && press.messageId === message.id && press.data === key.callback_data,
    );
  }

  async press(button, message, key) {
    button.setAttribute('aria-busy', 'true');
    await perform('telegram/press', { user: this.viewer, chat: message.chatId, message: message.id, revision: message.edits, data: key.callback_data }).catch((error) => this.#toast(error.message));
  }

  #visible() {
    return this.state.messages.filter((message) => message.chatId === this.#chatId && (this.#topic === undefined || message.topic === this.#topic));
  }

  #drawHead(chat) {
    const { state } = this;
    const p = this.#parts;
    const title = (one) => one.title ?? `planb and ${state.users.find((user) => user.id === one.id)?.firstName ?? one.id}`;
    const chats = state.chats.filter((one) => one.type !== 'private' || one.id === this.viewer);
    drawOnce(p.chat, [chats, this.#chatId], () => chats.map((one) => h('option', { value: one.id, selected: one.id === this.#chatId }, title(one))));
    if (chat) drawOnce(p.badge, chat.title, () => [avatar(title(chat))]);
    p.members.textContent = chat?.type === 'private' ? 'Telegram · bot' : `Telegram · ${state.users.length + 1} members`;
    drawOnce(p.user, state.users, () => state.users.map((user) => h('option', { value: user.id, selected: user.id === this.viewer }, user.firstName)));
    p.away.textContent = state.away ? 'Bring Telegram back' : 'Take Telegram away';
    p.away.setAttribute('aria-pressed', String(Boolean(state.away)));
    const pinned = this.#visible().findLast((message) => message.pinned);
    p.pin.hidden = !pinned;
    drawOnce(p.pin, pinned?.text, () => [h('div', {}, h('b', {}, 'Pinned message'), h('span', {}, pinned?.text.split('\n')[0] ?? ''))]);
  }

  #drawTopics(chat) {
    this.#parts.topics.hidden = !chat?.topics;
    drawOnce(this.#parts.topics, [chat?.topics, this.#topic], () =>
      (chat?.topics ?? []).map((topic) =>
        h('button', { type: 'button', role: 'tab', 'aria-selected': String(topic.id === this.#topic), on: { click: () => this.#openTopic(topic.id) } }, topic.name),
      ),
    );
  }

  #drawMenu() {
    const commands = this.state.commands.length > 0 ? this.state.commands : [{ command: 'rollback', description: 'Take a release back' }];
    drawOnce(this.#parts.menu, commands, () =>
      commands.map((one) =>
        h('button', { type: 'button', on: { click: () => this.#choose(`/${one.command} `) } }, h('b', {}, `/${one.command}`), h('small', {}, one.description)),
      ),
    );
  }

  #drawMessages() {
    const waiting = (message) => message.keyboard.flat().filter((key) => this.isWaiting(message, key)).length;
    reconcile(this.#parts.list, this.#visible(), {
      keyOf: (message) => `${message.chatId}/${message.id}`,
      versionOf: (message) => `${message.edits} ${this.viewer} ${waiting(message)} ${message.document?.fileId ?? ''}`,
      render: (message) => telegramMessage(message, this),
      empty: () => h('div.tg-empty', {}, 'No messages here yet'),
    });
  }

  /** Shows answers to this person's buttons that came since the page was opened. */
  #showAnswers() {
    const answered = this.state.presses.filter((press) => press.answer);
    this.#shownAnswers ??= new Set(answered.map((press) => press.id));
    for (const press of answered) {
      if (this.#shownAnswers.has(press.id)) continue;
      this.#shownAnswers.add(press.id);
      if (press.userId === this.viewer && press.answer.text) this.#toast(press.answer.text);
    }
  }

  #toast(text) {
    const { toast } = this.#parts;
    toast.textContent = text;
    toast.hidden = false;
    clearTimeout(this.#toastTimer);
    this.#toastTimer = setTimeout(() => (toast.hidden = true), TOAST_MS);
  }

  #become(userId) {
    this.viewer = userId;
    this.draw(this.state);
  }

  #open(chatId) {
    this.#chatId = chatId;
    this.draw(this.state);
  }

  #openTopic(topicId) {
    this.#topic = topicId;
    this.draw(this.state);
  }

  #choose(text) {
    this.#parts.menu.hidden = true;
    this.#parts.input.value = text;
    this.#parts.input.focus();
  }

  async #send() {
    const { input } = this.#parts;
    this.#parts.menu.hidden = true;
    const text = input.value.trim();
    if (!text) return;
    input.value = '';
    input.dispatchEvent(new Event('input'));
    const topic = this.#topic === undefined ? {} : { topic: this.#topic };
    await perform('telegram/say', { user: this.viewer, chat: this.#chatId, text, ...topic }).catch((error) => this.#toast(error.message));
  }
}
