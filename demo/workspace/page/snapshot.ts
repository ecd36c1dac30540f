import type { SlackMessage } from '../slack/model.js';
import type { SlackWorkspace } from '../slack/slack.js';
import { withBlockIds } from '../slack/wire.js';
import type { TelegramMessage } from '../telegram/model.js';
import type { TelegramWorkspace } from '../telegram/telegram.js';

/** What the page draws. It filters by the person who looks; nothing here is secret from the person at the machine. */
export function snapshot(slack: SlackWorkspace, telegram: TelegramWorkspace): Record<string, unknown> {
  return { slack: slackSnapshot(slack), telegram: telegramSnapshot(telegram) };
}

function slackSnapshot(slack: SlackWorkspace): Record<string, unknown> {
  const { store } = slack;
  return {
    botUserId: store.identity.botUserId,
    users: [...store.users.values()],
    channels: [...store.channels.values()],
    messages: store.messages.filter((one) => !one.deleted).map(slackMessage),
    views: [...store.views.values()].map((view) => ({ ...view, blocks: withBlockIds(view.definition.blocks) })),
    sockets: slack.socketMode.connections,
    away: slack.away ?? null,
    ratelimited: slack.statistics().ratelimited,
  };
}

function slackMessage(message: SlackMessage): Record<string, unknown> {
  const { history, files, blocks, ...rest } = message;
  return {
    ...rest,
    blocks: withBlockIds(blocks),
    edits: history.length - 1,
    editedAt: history.at(-1)?.at,
    postedAt: history[0]?.at,
    files: files.map(({ id, name, title, content }) => ({ id, name, title, size: content.length })),
  };
}

function telegramSnapshot(telegram: TelegramWorkspace): Record<string, unknown> {
  const { store, updates } = telegram;
  return {
    bot: store.bot,
    users: [...store.users.values()],
    chats: [...store.chats.values()].filter((chat) => chat.migratedTo === undefined),
    messages: store.messages.filter((one) => !one.deleted).map(telegramMessage),
    presses: store.presses.slice(-100),
    commands: store.commands,
    transport: updates.webhook ? 'webhook' : updates.listening ? 'polling' : null,
    away: telegram.away ?? null,
    ratelimited: telegram.statistics().ratelimited,
  };
}

function telegramMessage(message: TelegramMessage): Record<string, unknown> {
  const { history, document, ...rest } = message;
  return {
    ...rest,
    edits: history.length - 1,
    postedAt: history[0]?.at,
    editedAt: history.at(-1)?.at,
    document: document ? { fileId: document.fileId, name: document.name, size: document.content.length } : null,
  };
}
