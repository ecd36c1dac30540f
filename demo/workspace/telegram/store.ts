import { randomBytes } from 'node:crypto';
import type { Changes } from '../changes.js';
import type { CallbackPress, MemberStatus, TelegramChat, TelegramDocument, TelegramMessage, TelegramRevision, TelegramUser } from './model.js';

type NewMessage = Omit<TelegramMessage, 'id' | 'at' | 'deleted' | 'pinned' | 'history' | 'entities' | 'keyboard'> &
  Partial<Pick<TelegramMessage, 'entities' | 'keyboard'>>;

/** Everything the Telegram side remembers. */
export class TelegramStore {
  readonly users = new Map<number, TelegramUser>();
  readonly chats = new Map<number, TelegramChat>();
  readonly messages: TelegramMessage[] = [];
  readonly presses: CallbackPress[] = [];
  readonly documents = new Map<string, TelegramDocument>();
  readonly bot: TelegramUser;
  commands: { command: string; description: string }[] = [];
  readonly #changes: Changes;
  readonly #lastId = new Map<number, number>();

  constructor(bot: TelegramUser, users: TelegramUser[], chats: TelegramChat[], changes: Changes) {
    this.bot = bot;
    this.#changes = changes;
    for (const user of users) this.users.set(user.id, user);
    for (const chat of chats) this.chats.set(chat.id, chat);
  }

  changed(kind: string): void {
    this.#changes.announce('telegram', kind);
  }

  /** A user, or an error naming the known ones: an unknown user is a mistake of the test, not of planb. */
  user(id: number): TelegramUser {
    const user = this.users.get(id);
    if (!user) throw new Error(`no Telegram user ${id}; known: ${[...this.users.keys()].join(', ')}`);
    return user;
  }

  chat(id: number): TelegramChat {
    const chat = this.chats.get(id);
    if (!chat) throw new Error(`no Telegram chat ${id}; known: ${[...this.chats.keys()].join(', ')}`);
    return chat;
  }

  /** A person who writes to the bot opens the private chat with it. */
  openPrivateChat(userId: number): void {
    if (!this.chats.has(userId)) this.chats.set(userId, { id: userId, type: 'private' });
  }

  add(message: NewMessage): TelegramMessage {
    const id = (this.#lastId.get(message.chatId) ?? 0) + 1;
    this.#lastId.set(message.chatId, id);
    const revision = { at: Date.now(), text: message.text, entities: message.entities ?? [], keyboard: message.keyboard ?? [] };
    const added: TelegramMessage = { ...message, ...revision, id, deleted: false, pinned: false, history: [revision] };
    this.messages.push(added);
    this.changed('message');
    return added;
  }

  edit(message: TelegramMessage, revision: Omit<TelegramRevision, 'at'>): void {
    const edited = { ...revision, at: Date.now() };
    Object.assign(message, revision);
    message.history.push(edited);
    this.changed('edit');
  }

  find(chatId: number, messageId: number): TelegramMessage | undefined {
    return this.messages.find((one) => one.chatId === chatId && one.id === messageId && !one.deleted);
  }

  status(chat: TelegramChat, userId: number): MemberStatus {
    if (userId === this.bot.id) return chat.botKicked ? 'kicked' : (chat.members?.[userId] ?? 'administrator');
    return chat.members?.[userId] ?? (this.users.has(userId) ? 'member' : 'left');
  }

  newFileId(): string {
    return `BQACAgIAAx${randomBytes(9).toString('hex')}`;
  }
}
