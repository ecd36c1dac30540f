import type { SlackBlock } from './blocks/blocks.js';
import type { ViewDefinition } from './blocks/validate.js';

/** A person or app in the Slack workspace. Everything but the ids has a default. */
export interface SlackUser {
  id: string;
  /** The handle, without @. */
  name: string;
  realName: string;
  /** Defaults to the workspace's own team; another one makes the user a Slack Connect stranger. */
  teamId?: string;
  isBot?: boolean;
  /** Multi-channel guest (`is_restricted`). */
  isGuest?: boolean;
  /** Deactivated. */
  deleted?: boolean;
}

export interface SlackChannel {
  id: string;
  name: string;
  isPrivate?: boolean;
  /** When true posting answers `not_in_channel`. */
  botMissing?: boolean;
  isArchived?: boolean;
}

/** One state that a message had. */
export interface SlackRevision {
  /** Milliseconds since the epoch. */
  at: number;
  text: string;
  blocks: SlackBlock[];
}

export interface SlackFile {
  id: string;
  name: string;
  title: string;
  content: Buffer;
}

export interface SlackMessage {
  ts: string;
  channel: string;
  /** User id of the author; planb's messages have the bot's. */
  user: string;
  text: string;
  blocks: SlackBlock[];
  threadTs?: string;
  /** A reply that is shown in the channel too. */
  broadcast?: boolean;
  metadata?: unknown;
  /** Only this user sees it. */
  ephemeralFor?: string;
  deleted: boolean;
  reactions: { name: string; user: string }[];
  files: SlackFile[];
  /** Every state, the first as posted, the last as it is now. */
  history: SlackRevision[];
}

export interface SlackView {
  id: string;
  userId: string;
  hash: string;
  definition: ViewDefinition;
  /** The view below it in this user's stack. */
  previousId?: string;
  /** Field errors that planb answered the last submission with, by block_id. */
  errors: Record<string, string>;
}

/** One try to hand something to planb, and what came back. */
export interface SlackAttempt {
  transport: 'http' | 'socket';
  retryNum: number;
  /** From sending to the whole acknowledgement, milliseconds. */
  durationMs: number;
  /** HTTP status; 200 for an acknowledged socket envelope; undefined when there was none. */
  status: number | undefined;
  /** The acknowledgement's body, JSON parsed when it is JSON. */
  body: unknown;
  /** Why Slack takes it as failed; undefined when it was acknowledged. */
  failure: 'http_timeout' | 'http_error' | 'connection_failed' | undefined;
}

/** Something sent to planb. Redelivering it sends the same bytes again, freshly signed. */
export interface SlackDelivery {
  id: string;
  kind: 'slash_commands' | 'interactive' | 'events_api' | 'url_verification';
  userId: string;
  payload: Record<string, unknown>;
  attempts: SlackAttempt[];
}

export function lastAttempt(delivery: SlackDelivery): SlackAttempt {
  const attempt = delivery.attempts.at(-1);
  if (!attempt) throw new Error(`delivery ${delivery.id} has not been sent`);
  return attempt;
}
