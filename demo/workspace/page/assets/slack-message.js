import { avatar, clock, fileSize, h, icon, ICONS } from './dom.js';
import { blockNode } from './blocks.js';
import { emoji, mrkdwn } from './mrkdwn.js';

function file(one) {
  const kind = /\.(\w{1,4})$/.exec(one.name)?.[1] ?? 'file';
  return h(
    'a.file',
    { href: `/demo/files/slack/${one.id}`, target: '_blank' },
    h('span.file-icon', {}, kind.toUpperCase()),
    h('span', {}, h('b', {}, one.title), h('small', {}, fileSize(one.size))),
  );
}

function author(message, state) {
  if (message.user === 'USLACKBOT') return { name: 'Slackbot', isApp: false, isBot: true };
  const user = state.users.find((one) => one.id === message.user);
  return { name: user?.realName ?? message.user, isApp: message.user === state.botUserId, isBot: user?.isBot ?? false };
}

/**
 * `replies` undefined: this is a reply itself, or an ephemeral message, and has no thread of its own. `inChannel`: a reply that was also sent to the
 * channel, shown there.
 */
export function messageNode(message, replies, pane, inChannel = false) {
  const { state } = pane;
  const by = author(message, state);
  const context = pane.contextFor(message);
  // A board names many people all the time; only what calls someone is marked.
  const isBoard = message.blocks.some((block) => block.type === 'header');
  const mine = !isBoard && JSON.stringify([message.text, message.blocks]).includes(`<@${pane.viewer}>`);
  const origin = inChannel ? h('div.msg-origin', {}, 'replied to a thread') : undefined;
  const only = message.ephemeralFor
    ? h('div.msg-only', {}, icon(ICONS.eye), 'Only visible to you ', h('a', { href: '#', on: { click: (event) => pane.dismiss(event, message) } }, 'Dismiss'))
    : undefined;
  return h(
    'article.msg',
    {
      class: [message.ephemeralFor ? 'ephemeral' : '', mine ? 'mentions-me' : '', message.user === 'USLACKBOT' ? 'slackbot' : ''].filter(Boolean).join(' '),
      data: { ts: message.ts },
    },
    only,
    origin,
    avatar(by.name, by.isApp),
    h(
      'div.msg-body',
      {},
      h(
        'div.msg-by',
        {},
        h('b', {}, by.name),
        by.isBot ? h('span.msg-app', {}, 'APP') : undefined,
        h('time.msg-time', {}, clock(message.postedAt)),
        message.edits > 0 ? h('span.msg-edited', { title: `edited ${message.edits} times, last ${clock(message.editedAt)}` }, '(edited)') : undefined,
        replies ? h('button.msg-reply', { type: 'button', on: { click: () => pane.replyIn(message) } }, 'Reply in thread') : undefined,
      ),
      message.blocks.length > 0
        ? h('div.blocks', {}, message.blocks.map((block) => blockNode(block, context)))
        : h('div.mrkdwn', {}, mrkdwn(message.text, context)),
      message.files.length > 0 ? h('div.msg-files', {}, message.files.map(file)) : undefined,
      message.reactions.length > 0 ? h('div.msg-reactions', {}, message.reactions.map((one) => h('span', {}, emoji(one.name)))) : undefined,
      replies && replies.length > 0 ? thread(message, replies, pane) : undefined,
    ),
  );
}

function thread(root, replies, pane) {
  const count = replies.length === 1 ? '1 reply' : `${replies.length} replies`;
  const list = h('div.thread-replies', {}, replies.map((reply) => messageNode(reply, undefined, pane)));
  list.hidden = !pane.openThreads.has(root.ts);
  const label = () => (list.hidden ? `▸ ${count}` : `▾ ${count}`);
  const toggle = h('button.thread-toggle', { type: 'button', 'aria-expanded': String(!list.hidden) }, label());
  toggle.addEventListener('click', () => {
    list.hidden = !list.hidden;
    if (list.hidden) pane.openThreads.delete(root.ts);
    else pane.openThreads.add(root.ts);
    toggle.textContent = label();
    toggle.setAttribute('aria-expanded', String(!list.hidden));
  });
  return h('div.thread', {}, toggle, list);
}
