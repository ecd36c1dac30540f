import type { SlackChannel, SlackMessage, SlackUser, SlackView } from './model.js';
import type { SlackStore } from './store.js';
import { toWire, viewToWire } from './wire.js';

/** Slack's old verification token: still sent, no longer to be relied on. */
const LEGACY_TOKEN = 'workspace-legacy-token';

interface Occasion {
  triggerId: string;
  responseUrl: string;
}

export function slashPayload(store: SlackStore, user: SlackUser, channel: SlackChannel, command: string, text: string, occasion: Occasion): Record<string, unknown> {
  const { identity } = store;
  return {
    token: LEGACY_TOKEN,
    team_id: user.teamId ?? identity.teamId,
    team_domain: identity.teamDomain,
    channel_id: channel.id,
    channel_name: channel.id.startsWith('D') ? 'directmessage' : channel.name,
    user_id: user.id,
    user_name: user.name,
    command,
    text,
    api_app_id: identity.appId,
    is_enterprise_install: 'false',
    response_url: occasion.responseUrl,
    trigger_id: occasion.triggerId,
  };
}

function head(store: SlackStore, user: SlackUser): Record<string, unknown> {
  const { identity } = store;
  return {
    user: { id: user.id, username: user.name, name: user.name, team_id: user.teamId ?? identity.teamId },
    api_app_id: identity.appId,
    token: LEGACY_TOKEN,
    team: { id: identity.teamId, domain: identity.teamDomain },
    enterprise: null,
    is_enterprise_install: false,
  };
}

export function messageActionPayload(
  store: SlackStore,
  user: SlackUser,
  channel: SlackChannel,
  message: SlackMessage,
  action: Record<string, unknown>,
  occasion: Occasion,
): Record<string, unknown> {
  return {
    type: 'block_actions',
    ...head(store, user),
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: channel.id,
      is_ephemeral: message.ephemeralFor !== undefined,
      ...(message.threadTs === undefined ? {} : { thread_ts: message.threadTs }),
    },
    trigger_id: occasion.triggerId,
    channel: { id: channel.id, name: channel.name },
    message: toWire(message, store),
    state: { values: {} },
    response_url: occasion.responseUrl,
    actions: [action],
  };
}

/** `values` is what the form holds at that moment, as `view.state.values`. */
export function viewActionPayload(
  store: SlackStore,
  user: SlackUser,
  view: SlackView,
  action: Record<string, unknown>,
  values: Record<string, unknown>,
  triggerId: string,
): Record<string, unknown> {
  return {
    type: 'block_actions',
    ...head(store, user),
    container: { type: 'view', view_id: view.id },
    trigger_id: triggerId,
    view: viewToWire(view, store, values),
    actions: [action],
  };
}

export function viewSubmissionPayload(store: SlackStore, user: SlackUser, view: SlackView, values: Record<string, unknown>, triggerId: string): Record<string, unknown> {
  return { type: 'view_submission', ...head(store, user), trigger_id: triggerId, view: viewToWire(view, store, values), response_urls: [] };
}

export function viewClosedPayload(store: SlackStore, user: SlackUser, view: SlackView): Record<string, unknown> {
  return { type: 'view_closed', ...head(store, user), view: viewToWire(view, store), is_cleared: false };
}

export function eventPayload(store: SlackStore, event: Record<string, unknown>): Record<string, unknown> {
  const { identity } = store;
  return {
    token: LEGACY_TOKEN,
    team_id: identity.teamId,
    api_app_id: identity.appId,
    event,
    type: 'event_callback',
    event_id: store.newId('Ev'),
    event_time: Math.floor(Date.now() / 1000),
    authorizations: [{ enterprise_id: null, team_id: identity.teamId, user_id: identity.botUserId, is_bot: true, is_enterprise_install: false }],
    is_ext_shared_channel: false,
  };
}

export function messageEvent(type: 'app_mention' | 'message', message: SlackMessage, store: SlackStore): Record<string, unknown> {
  const threaded = message.threadTs === undefined ? {} : { thread_ts: message.threadTs };
  return {
    type,
    user: message.user,
    text: message.text,
    ts: message.ts,
    event_ts: message.ts,
    channel: message.channel,
    ...(type === 'message' ? { channel_type: message.channel.startsWith('D') ? 'im' : 'channel' } : {}),
    team: store.user(message.user).teamId ?? store.identity.teamId,
    client_msg_id: store.newId('M'),
    ...threaded,
  };
}
