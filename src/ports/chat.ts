import type { BoardModel, Details, Notice, Reply } from '../board/model.js';
import type { Delivery } from '../command/command.js';
import type { PersonId } from '../person.js';

/** Where a channel of planb.yaml is on one platform. `channel` is a Slack channel id or a Telegram chat id in decimals; `thread` a Telegram topic. */
export interface ChannelAddress {
  readonly channel: string;
  readonly thread?: string;
}

/** A message that planb posted: Slack channel + ts, Telegram chat id + message id. */
export interface MessageRef {
  readonly channel: string;
  readonly message: string;
  readonly thread?: string;
}

/** How a board stands in its channel. */
export interface ShownBoard {
  /** The platform's limits were too small for it: something was cut or left out. */
  readonly shortened: boolean;
}

/**
 * A platform failed to take a message. `retryAfterMs` is the platform's own word (429) or absent. `gone`: the message or channel no
 * longer exists, so a retry is pointless. `movedTo`: a Telegram group became a supergroup with that id.
 */
export class ChatError extends Error {
  override readonly name = 'ChatError';
  readonly code: 'rate-limited' | 'unavailable' | 'gone' | 'moved' | 'refused';
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;
  readonly movedTo: string | undefined;

  constructor(code: ChatError['code'], message: string, options: { readonly cause?: unknown; readonly retryAfterMs?: number; readonly movedTo?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = code === 'rate-limited' || code === 'unavailable' || code === 'moved';
    this.retryAfterMs = options.retryAfterMs;
    this.movedTo = options.movedTo;
  }
}

/** A text file for people to keep. */
export interface ChatFile {
  readonly name: string;
  /** One line that says what it is. */
  readonly title: string;
  readonly text: string;
}

/** How people are mentioned: planb.yaml's ids on this platform, and a name to fall back on. */
export type Mentions = (person: PersonId) => { readonly id?: string; readonly name: string };

/**
 * One chat platform, as the bot drives it. Every method sends exactly once per call, without retrying and without waiting for limits:
 * the caller holds the shared limiter and repeats. Throws ChatError.
 */
export interface ChatPlatform {
  readonly platform: 'slack' | 'telegram';
  postBoard(to: ChannelAddress, board: BoardModel, mentions: Mentions): Promise<MessageRef & ShownBoard>;
  /** An edit to identical content counts as done. Throws ChatError `gone` where the message was deleted. */
  editBoard(ref: MessageRef, board: BoardModel, mentions: Mentions): Promise<ShownBoard>;
  /** A new message; in the board's thread (Slack, also shown in the channel) or as a reply to it (Telegram) where a board is given. */
  postNotice(to: ChannelAddress, notice: Notice, board: MessageRef | undefined, mentions: Mentions): Promise<MessageRef>;
  /** To the one who asked: ephemeral in Slack, an answered callback or a reply in Telegram. */
  reply(delivery: Pick<Delivery, 'actor' | 'place' | 'replyHandle'>, reply: Reply, mentions: Mentions): Promise<void>;
  /** In the board's thread or as a reply; as a file where it is too long for a message. */
  postDetails(board: MessageRef, details: Details, mentions: Mentions): Promise<void>;
  /** In the board's thread or as a reply to it. Where the platform refuses files, as messages. */
  postFile(board: MessageRef, file: ChatFile): Promise<void>;
}

/** What an adapter does with a verified, parsed message: stored durably when the promise resolves. `copy`: it was known already. */
export type AcceptDelivery = (delivery: Delivery) => Promise<'stored' | 'copy'>;

/** What a form needs to offer choices: read from PostgreSQL, never from the target. */
export interface FormChoices {
  readonly targets: readonly { readonly id: string; readonly title: string; readonly releases: readonly { readonly name: string; readonly note: string }[] }[];
}
export type ReadFormChoices = () => Promise<FormChoices>;
