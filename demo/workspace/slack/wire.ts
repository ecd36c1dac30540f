import type { SlackChannel, SlackMessage, SlackUser, SlackView } from './model.js';
import type { SlackStore } from './store.js';

/** A message as Slack's API and payloads show it. */
export function toWire(message: SlackMessage, store: SlackStore): Record<string, unknown> {
  const { identity } = store;
  const byBot = message.user === identity.botUserId;
  const edited = message.history.length > 1 ? { edited: { user: message.user, ts: message.ts } } : {};
  return {
    type: 'message',
    user: message.user,
    ts: message.ts,
    text: message.text,
    team: identity.teamId,
    ...(byBot ? { bot_id: identity.botId, app_id: identity.appId, bot_profile: { id: identity.botId, app_id: identity.appId, name: identity.botName } } : {}),
    ...(message.blocks.length > 0 ? { blocks: withBlockIds(message.blocks) } : {}),
    ...(message.threadTs === undefined ? {} : { thread_ts: message.threadTs }),
    ...(message.broadcast === true ? { subtype: 'thread_broadcast' } : {}),
    ...(message.metadata === undefined ? {} : { metadata: message.metadata }),
    ...(message.ephemeralFor === undefined ? {} : { is_ephemeral: true }),
    ...edited,
  };
}

/** Slack names the blocks that the app left unnamed. */
export function withBlockIds<T extends { block_id?: string | undefined }>(blocks: T[]): (T & { block_id: string })[] {
  return blocks.map((block, index) => ({ ...block, block_id: block.block_id ?? `b${index}` }));
}

export function userToWire(user: SlackUser, store: SlackStore): Record<string, unknown> {
  return {
    id: user.id,
    team_id: user.teamId ?? store.identity.teamId,
    name: user.name,
    real_name: user.realName,
    deleted: user.deleted ?? false,
    is_bot: user.isBot ?? false,
    is_restricted: user.isGuest ?? false,
    is_ultra_restricted: false,
    is_stranger: user.teamId !== undefined && user.teamId !== store.identity.teamId,
    tz: 'Etc/UTC',
    profile: { real_name: user.realName, display_name: user.name, email: `${user.name}@example.com` },
  };
}

export function channelToWire(channel: SlackChannel): Record<string, unknown> {
  return {
    id: channel.id,
    name: channel.name,
    is_channel: !channel.isPrivate,
    is_private: channel.isPrivate ?? false,
    is_archived: channel.isArchived ?? false,
    is_member: !channel.botMissing,
  };
}

/** A modal with the values that a person gave, as `view_submission` carries it. */
export function viewToWire(view: SlackView, store: SlackStore, values: Record<string, unknown> = {}): Record<string, unknown> {
  const { identity } = store;
  const { definition } = view;
  return {
    private_metadata: '',
    callback_id: '',
    clear_on_close: false,
    notify_on_close: false,
    submit: null,
    close: null,
    ...definition,
    blocks: withBlockIds(definition.blocks),
    id: view.id,
    team_id: identity.teamId,
    state: { values },
    hash: view.hash,
    previous_view_id: view.previousId ?? null,
    root_view_id: view.id,
    app_id: identity.appId,
    external_id: definition.external_id ?? '',
    app_installed_team_id: identity.teamId,
    bot_id: identity.botId,
  };
}
