import { randomBytes } from 'node:crypto';
import type { Changes } from '../changes.js';
import type { SlackBlock } from './blocks/blocks.js';
import type { SlackChannel, SlackDelivery, SlackFile, SlackMessage, SlackUser, SlackView } from './model.js';

export interface SlackIdentity {
  teamId: string;
  teamDomain: string;
  appId: string;
  botId: string;
  botUserId: string;
  botName: string;
}

interface NewMessage {
  channel: string;
  user: string;
  text: string;
  blocks?: SlackBlock[];
  threadTs?: string | undefined;
  broadcast?: boolean;
  metadata?: unknown;
  ephemeralFor?: string | undefined;
}

/** Everything the Slack workspace remembers. */
export class SlackStore {
  readonly users = new Map<string, SlackUser>();
  readonly channels = new Map<string, SlackChannel>();
  readonly messages: SlackMessage[] = [];
  readonly deliveries: SlackDelivery[] = [];
  readonly views = new Map<string, SlackView>();
  readonly uploads = new Map<string, SlackFile>();
  readonly identity: SlackIdentity;
  readonly #changes: Changes;
  #lastTs = 0;

  constructor(identity: SlackIdentity, users: SlackUser[], channels: SlackChannel[], changes: Changes) {
    this.identity = identity;
    this.#changes = changes;
    for (const user of users) this.users.set(user.id, user);
    this.users.set(identity.botUserId, { id: identity.botUserId, name: identity.botName, realName: identity.botName, isBot: true });
    for (const channel of channels) this.channels.set(channel.id, channel);
  }

  changed(kind: string): void {
    this.#changes.announce('slack', kind);
  }

  /** A user, or an error naming the known ones: an unknown user is a mistake of the test, not of planb. */
  user(id: string): SlackUser {
    const user = this.users.get(id);
    if (!user) throw new Error(`no Slack user ${id}; known: ${[...this.users.keys()].join(', ')}`);
    return user;
  }

  /** The conversation of one user with the bot, opened when it does not exist yet. */
  directChannel(user: SlackUser): SlackChannel {
    const id = `D${user.id.slice(1)}`;
    const channel = this.channels.get(id) ?? { id, name: user.name, isPrivate: true };
    this.channels.set(id, channel);
    return channel;
  }

  add(message: NewMessage): SlackMessage {
    const blocks = message.blocks ?? [];
    const at = Date.now();
    const added: SlackMessage = {
      ts: this.newTs(),
      channel: message.channel,
      user: message.user,
      text: message.text,
      blocks,
      ...(message.threadTs === undefined ? {} : { threadTs: message.threadTs }),
      ...(message.broadcast === true ? { broadcast: true } : {}),
      ...(message.metadata === undefined ? {} : { metadata: message.metadata }),
      ...(message.ephemeralFor === undefined ? {} : { ephemeralFor: message.ephemeralFor }),
      deleted: false,
      reactions: [],
      files: [],
      history: [{ at, text: message.text, blocks }],
    };
    this.messages.push(added);
    this.changed(message.ephemeralFor ? 'ephemeral' : 'message');
    return added;
  }

  edit(message: SlackMessage, text: string, blocks: SlackBlock[]): void {
    message.text = text;
    message.blocks = blocks;
    message.history.push({ at: Date.now(), text, blocks });
    this.changed('edit');
  }

  remove(message: SlackMessage): void {
    message.deleted = true;
    this.changed('delete');
  }

  find(channel: string, ts: string): SlackMessage | undefined {
    return this.messages.find((message) => message.channel === channel && message.ts === ts && !message.deleted);
  }

  /** The view on top of a user's stack. */
  topView(userId: string): SlackView | undefined {
    return [...this.views.values()].filter((view) => view.userId === userId).at(-1);
  }

  newTs(): string {
    this.#lastTs = Math.max(this.#lastTs + 1, Date.now() * 1000);
    return `${Math.floor(this.#lastTs / 1_000_000)}.${String(this.#lastTs % 1_000_000).padStart(6, '0')}`;
  }

  newId(prefix: string): string {
    return prefix + randomBytes(6).toString('hex').toUpperCase().slice(0, 10);
  }
}
