/** The chat platforms, and the command line as a third place to type. */
export type Platform = 'slack' | 'telegram' | 'cli';

/** A key under `people:` in planb.yaml. One human has exactly one. */
export type PersonId = string;

/** Who sent something, as the platform vouches for it; not yet a person. */
export interface Actor {
  readonly platform: Platform;
  /** Slack user id, Telegram user id in decimals, or the person id that the command line was given. */
  readonly userId: string;
  /** As the platform shows it; for sentences only, never for a decision. */
  readonly displayName: string;
  /** Slack workspace (team) id, where the platform has one. */
  readonly workspace?: string;
  /** Why this sender can never be a person, as far as the platform tells. */
  readonly barred?: 'bot' | 'guest' | 'anonymous-admin' | 'other-workspace';
  /** The sender's own time-based code, where one was given: on the command line it says who sits there, in chat it is the second factor. */
  readonly totp?: string;
}

/** Where something was said, and so where the answer goes. */
export interface Place {
  readonly platform: Platform;
  /** Slack channel id or Telegram chat id in decimals; empty on the command line. */
  readonly channel: string;
  /** Slack thread timestamp or Telegram topic id. */
  readonly thread?: string;
  /** The message that carried the command or the pressed button. */
  readonly message?: string;
  /** Telegram: the message that a text replies to, so that "retry" in a reply finds its run. */
  readonly replyTo?: string;
}
