import { avatar, clock, fileSize, h, icon, ICONS, nameColor } from './dom.js';
import { telegramText } from './telegram-text.js';

function documentNode(document) {
  return h(
    'a.tg-doc',
    { href: `/demo/files/telegram/${document.fileId}`, target: '_blank' },
    h('span.icon', {}, icon(ICONS.file)),
    h('span', {}, h('b', {}, document.name), h('small', {}, fileSize(document.size))),
  );
}

function keyboardNode(message, pane) {
  return h(
    'div.tg-keys',
    {},
    message.keyboard.map((row) =>
      h(
        'div.tg-row',
        {},
        row.map((key) =>
          key.callback_data === undefined
            ? h('a.tg-key', { class: key.style ?? '', href: /^https?:/.test(key.url ?? '') ? key.url : undefined, target: '_blank' }, `${key.text} ↗`)
            : h(
                'button.tg-key',
                {
                  type: 'button',
                  class: key.style ?? '',
                  'aria-busy': pane.isWaiting(message, key) ? 'true' : undefined,
                  on: { click: (event) => void pane.press(event.currentTarget, message, key) },
                },
                key.text,
              ),
        ),
      ),
    ),
  );
}

function serviceText(message) {
  if (message.service.migrate_to_chat_id) return 'This group became a supergroup';
  if (message.service.migrate_from_chat_id) return 'The group was upgraded to a supergroup';
  return Object.keys(message.service).join(', ');
}

/** One message of the Telegram pane. */
export function telegramMessage(message, pane) {
  if (message.service) return h('div.tg-service', {}, serviceText(message));
  const { state } = pane;
  const chat = state.chats.find((one) => one.id === message.chatId);
  const mine = message.from.id === pane.viewer && !message.anonymous;
  const name = message.anonymous ? (chat?.title ?? 'Group') : message.from.firstName;
  const role = chat?.members?.[message.from.id];
  const original = message.replyTo === null ? undefined : state.messages.find((one) => one.chatId === message.chatId && one.id === message.replyTo);
  return h(
    'article.tg-msg',
    { class: mine ? 'mine' : '', data: { id: message.id } },
    avatar(name, message.from.id === state.bot.id),
    h(
      'div.tg-bubble',
      {},
      mine ? undefined : h('div.tg-by', { ink: message.from.id === state.bot.id ? '#0d9b6c' : nameColor(name) }, name, role && role !== 'member' ? h('span.role', {}, message.anonymous ? 'anonymous admin' : role === 'creator' ? 'owner' : 'admin') : undefined),
      original ? h('div.tg-quote', {}, h('b', {}, original.from.firstName), h('span', {}, original.text.split('\n')[0])) : undefined,
      message.document ? documentNode(message.document) : undefined,
      h('span.tg-text', {}, telegramText(message.text, message.entities)),
      h('span.tg-meta', { title: message.edits > 0 ? `edited ${message.edits} times` : undefined }, message.edits > 0 ? 'edited ' : '', clock(message.postedAt)),
    ),
    message.keyboard.length > 0 ? keyboardNode(message, pane) : undefined,
  );
}
