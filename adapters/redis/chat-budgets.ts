import type { ChatSending } from '../../src/ports/chat-limiter.js';

/** At most `points` sendings in any span of `seconds`, wherever it begins. */
export interface Budget {
  /** Part of the Redis key. */
  readonly name: string;
  readonly points: number;
  readonly seconds: number;
}

/** Added to every span: sendings that were let through a whole span apart may reach the platform a little closer together. */
export const SPAN_MARGIN_MS = 100;

/**
 * The published limits, a little below them. Sources: docs.slack.dev/apis/web-api/rate-limits,
 * core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this. `…-progress` is the part that progress edits may use: the rest is kept for final
 * states, questions and approvals.
 */
const SLACK = {
  /** About one message a second in a channel. */
  channel: { name: 'slack-channel', points: 1, seconds: 1 },
  /** "Several hundred a minute" in the workspace. */
  posts: { name: 'slack-posts', points: 240, seconds: 60 },
  /** chat.update is tier 3, 50 a minute. */
  edits: { name: 'slack-edits', points: 48, seconds: 60 },
  progress: { name: 'slack-edits-progress', points: 30, seconds: 60 },
  /** files.getUploadURLExternal and files.completeUploadExternal are tier 4, 100 a minute each. */
  files: { name: 'slack-files', points: 90, seconds: 60 },
} as const satisfies Record<string, Budget>;

/** Telegram counts edits like messages. */
const TELEGRAM = {
  chat: { name: 'telegram-chat', points: 1, seconds: 1 },
  /** 20 a minute in a group. */
  group: { name: 'telegram-group', points: 19, seconds: 60 },
  groupProgress: { name: 'telegram-group-progress', points: 10, seconds: 60 },
  /** 30 a second over all chats. */
  overall: { name: 'telegram-overall', points: 28, seconds: 1 },
  overallProgress: { name: 'telegram-overall-progress', points: 16, seconds: 1 },
} as const satisfies Record<string, Budget>;

export interface Charge {
  readonly budget: Budget;
  readonly key: string;
}

const EVERYWHERE = 'all';

/** Everything that one sending counts against. One bot token is one Slack workspace. */
export function budgetsFor(kind: ChatSending, platform: 'slack' | 'telegram', channel: string, urgent: boolean): readonly Charge[] {
  if (platform === 'slack') {
    const post = [{ budget: SLACK.channel, key: channel }, { budget: SLACK.posts, key: EVERYWHERE }];
    if (kind === 'post') return post;
    if (kind === 'file') return [...post, { budget: SLACK.files, key: EVERYWHERE }];
    return [...(urgent ? [] : [{ budget: SLACK.progress, key: EVERYWHERE }]), { budget: SLACK.edits, key: EVERYWHERE }];
  }
  const isGroup = channel.startsWith('-');
  return [
    { budget: TELEGRAM.chat, key: channel },
    ...(urgent || !isGroup ? [] : [{ budget: TELEGRAM.groupProgress, key: channel }]),
    ...(urgent ? [] : [{ budget: TELEGRAM.overallProgress, key: EVERYWHERE }]),
    { budget: TELEGRAM.overall, key: EVERYWHERE },
    ...(isGroup ? [{ budget: TELEGRAM.group, key: channel }] : []),
  ];
}
