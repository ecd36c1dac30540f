import { askConfirmation } from './confirm.js';
import { perform } from './deeds.js';
import { drawOnce, growingInput, h, icon, ICONS, reconcile } from './dom.js';
import { names } from './mrkdwn.js';
import { messageNode } from './slack-message.js';
import { SlackModal } from './slack-modal.js';

/** The Slack half of the page. */
export class SlackPane {
  state;
  viewer = 'U01ALICE';
  channel;
  openThreads = new Set();
  #pane;
  #thread;
  #dismissed = new Set();
  #seen = new Map();
  #parts;
  #modal;

  constructor(pane) {
    this.#pane = pane;
    const input = growingInput({ id: 'slack-input', 'aria-label': 'Message' }, () => void this.#send());
    const userSelect = h('select', { id: 'slack-user', on: { change: (event) => this.#become(event.currentTarget.value) } });
    this.#parts = {
      channels: h('nav', { 'aria-label': 'Channels' }),
      title: h('h2'),
      list: h('div.slack-list.scroll', { id: 'slack-messages', 'aria-live': 'polite' }),
      away: h('button.away-toggle', { type: 'button', on: { click: () => void perform('slack/outage', { kind: this.state?.away ? null : 'refuse' }) } }),
      threadBar: h('div.composer-thread', { hidden: true }),
      input,
      userSelect,
    };
    const p = this.#parts;
    pane.append(
      h(
        'aside.slack-side',
        {},
        h('div.slack-team', {}, 'Acme'),
        h('div.slack-group', {}, 'Channels'),
        p.channels,
        h('label.who', {}, 'You are', userSelect),
      ),
      h(
        'div.slack-main',
        {},
        h('header.slack-head', {}, p.title, h('span.brand', {}, 'Slack', p.away)),
        p.list,
        h(
          'div.composer',
          {},
          p.threadBar,
          h('div.composer-row', {}, input, h('button.send', { type: 'button', id: 'slack-send', 'aria-label': 'Send', on: { click: () => void this.#send() } }, icon(ICONS.send))),
        ),
      ),
    );
    this.#modal = new SlackModal(pane, {
      submit: (values) => void perform('slack/submit', { user: this.viewer, values }),
      close: () => void perform('slack/close', { user: this.viewer }),
      act: async (action, value, confirm, values) => this.#act('slack/view-click', { action, values }, value, confirm),
      names: () => names(this.state, this.viewer),
    });
  }

  draw(state) {
    this.state = state;
    this.channel ??= state.channels[0]?.id;
    this.#drawUsers();
    this.#drawChannels();
    this.#drawMessages();
    this.#parts.away.textContent = state.away ? 'Bring Slack back' : 'Take Slack away';
    this.#parts.away.setAttribute('aria-pressed', String(Boolean(state.away)));
    this.#modal.draw(state.views.filter((view) => view.userId === this.viewer).at(-1));
  }

  /** What blocks need to draw mentions and to act. A press is on what this screen shows, which may be an edit behind. */
  contextFor(message) {
    return {
      ...names(this.state, this.viewer),
      act: async (action, value, confirm) => this.#act('slack/click', { channel: message.channel, ts: message.ts, revision: message.edits, action }, value, confirm),
    };
  }

  replyIn(message) {
    this.#thread = message.ts;
    this.openThreads.add(message.ts);
    this.#parts.threadBar.hidden = false;
    this.#parts.threadBar.replaceChildren(
      h('span', {}, `Replying in the thread of “${message.text.slice(0, 50)}”`),
      h('button', { type: 'button', on: { click: () => this.#leaveThread() } }, '× back to the channel'),
    );
    this.#parts.input.focus();
  }

  dismiss(event, message) {
    event.preventDefault();
    this.#dismissed.add(message.ts);
    this.#drawMessages();
  }

  async #act(deed, target, value, confirm) {
    if (confirm && !(await askConfirmation(this.#pane, confirm, names(this.state, this.viewer)))) return null;
    const answer = await perform(deed, { user: this.viewer, ...target, ...(value === undefined ? {} : { value }) }).catch((error) => ({ failure: error.message }));
    return answer.failure;
  }

  #leaveThread() {
    this.#thread = undefined;
    this.#parts.threadBar.hidden = true;
  }

  #become(userId) {
    this.viewer = userId;
    if (this.channel.startsWith('D')) this.channel = this.state.channels[0].id;
    this.draw(this.state);
  }

  async #send() {
    const { input } = this.#parts;
    const text = input.value.trim();
    if (!text) return;
    input.value = '';
    input.dispatchEvent(new Event('input'));
    await perform('slack/say', { user: this.viewer, channel: this.channel, text, ...(this.#thread ? { thread: this.#thread } : {}) });
  }

  #drawUsers() {
    const { userSelect } = this.#parts;
    const people = this.state.users.filter((user) => !user.isBot);
    drawOnce(userSelect, people, () => people.map((user) => h('option', { value: user.id, selected: user.id === this.viewer }, user.realName)));
  }

  #visible(channel) {
    return this.state.messages.filter(
      (message) =>
        message.channel === channel && !this.#dismissed.has(message.ts) && (message.ephemeralFor === undefined || message.ephemeralFor === this.viewer),
    );
  }

  #drawChannels() {
    this.#seen.set(this.channel, this.#visible(this.channel).length);
    const mine = (channel) => !channel.id.startsWith('D') || channel.id === `D${this.viewer.slice(1)}`;
    const entries = this.state.channels.filter(mine).map((channel) => ({
      ...channel,
      current: channel.id === this.channel,
      unread: this.#visible(channel.id).length > (this.#seen.get(channel.id) ?? 0),
    }));
    drawOnce(this.#parts.channels, entries, () =>
      entries.map((channel) =>
        h(
          'button.slack-channel',
          { type: 'button', 'aria-current': String(channel.current), class: channel.unread ? 'unread' : '', on: { click: () => this.#open(channel.id) } },
          h('span.glyph', {}, channel.id.startsWith('D') ? '@' : channel.isPrivate ? '◆' : '#'),
          channel.id.startsWith('D') ? 'planb' : channel.name,
        ),
      ),
    );
    const name = this.channel?.startsWith('D') ? '@planb' : `#${this.state.channels.find((channel) => channel.id === this.channel)?.name ?? ''}`;
    this.#parts.title.textContent = name;
    this.#parts.input.placeholder = `Message ${name}, or a command such as /rollback`;
  }

  #open(channelId) {
    this.channel = channelId;
    this.#leaveThread();
    this.draw(this.state);
    this.#parts.list.scrollTop = this.#parts.list.scrollHeight;
  }

  #drawMessages() {
    const visible = this.#visible(this.channel);
    const repliesTo = (message) => visible.filter((one) => one.threadTs === message.ts);
    reconcile(this.#parts.list, visible.filter((message) => message.threadTs === undefined || message.broadcast), {
      keyOf: (message) => message.ts,
      versionOf: (message) => [message, ...repliesTo(message)].map((one) => `${one.ts}.${one.edits}.${one.reactions.length}.${one.files.length}`).concat(this.viewer).join(' '),
      render: (message) => messageNode(message, message.ephemeralFor || message.broadcast ? undefined : repliesTo(message), this, message.broadcast),
      empty: () => h('p.slack-empty', {}, 'Nothing here yet. Type /rollback below.'),
    });
  }
}
