import { type Method, SlackRefusal } from './method.js';
import { channelToWire, toWire, userToWire } from './wire.js';

const authTest: Method = (_args, { store, origin }) => {
  const { identity } = store;
  return {
    url: `${origin()}/`,
    team: identity.teamDomain,
    user: identity.botName,
    team_id: identity.teamId,
    user_id: identity.botUserId,
    bot_id: identity.botId,
    is_enterprise_install: false,
  };
};

const usersInfo: Method = (args, { store }) => {
  const user = store.users.get(args.required('user'));
  if (!user) throw new SlackRefusal('user_not_found');
  return { user: userToWire(user, store) };
};

const usersLookupByEmail: Method = (args, { store }) => {
  const name = args.required('email').split('@')[0];
  const user = [...store.users.values()].find((one) => one.name === name);
  if (!user) throw new SlackRefusal('users_not_found');
  return { user: userToWire(user, store) };
};

const usersList: Method = (_args, { store }) => ({
  members: [...store.users.values()].map((user) => userToWire(user, store)),
  response_metadata: { next_cursor: '' },
});

const conversationsInfo: Method = (args, { store }) => {
  const channel = store.channels.get(args.required('channel'));
  if (!channel) throw new SlackRefusal('channel_not_found');
  return { channel: channelToWire(channel) };
};

const conversationsList: Method = (_args, { store }) => ({
  channels: [...store.channels.values()].map(channelToWire),
  response_metadata: { next_cursor: '' },
});

const conversationsReplies: Method = (args, { store }) => {
  const channel = args.required('channel');
  if (!store.channels.has(channel)) throw new SlackRefusal('channel_not_found');
  const ts = args.required('ts');
  const found = store.find(channel, ts);
  if (!found) throw new SlackRefusal('thread_not_found');
  const root = found.threadTs ?? found.ts;
  const messages = store.messages
    .filter((one) => one.channel === channel && !one.deleted && one.ephemeralFor === undefined)
    .filter((one) => one.ts === root || one.threadTs === root)
    .map((one) => toWire(one, store));
  return { messages, has_more: false };
};

const connectionsOpen: Method = (_args, { socketUrl }) => ({ url: socketUrl() });

export const lookupMethods: Record<string, Method> = {
  'auth.test': authTest,
  'users.info': usersInfo,
  'users.lookupByEmail': usersLookupByEmail,
  'users.list': usersList,
  'conversations.info': conversationsInfo,
  'conversations.list': conversationsList,
  'conversations.replies': conversationsReplies,
  'apps.connections.open': connectionsOpen,
};
