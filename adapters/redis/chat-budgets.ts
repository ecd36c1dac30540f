import type { ChatSending } from '../../src/ports/chat-limiter.js';

/** At most `points` sendings in a window of `seconds` that begins with the first of them. */
export interface Budget {
  /** Part of the Redis key. */
  readonly name: string;
  readonly points: number;
  readonly seconds: number;
}

/** Added to every window; see chat-limiter.ts. */
export const WINDOW_MARGIN_MS = 100;

/**
 * The platforms count in moving windows, ours stand next to each other: any 60 s can touch one window more than fit into it. So a limit of N a
 * minute is kept by windows of w seconds with N / (60 / w + 1) points, whatever the phase. Sources: docs.slack.dev/apis/web-api/rate-limits,
 * core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this. `…-progress` is the part that progress edits may use: the rest is kept
 * for final states, questions and approvals.
 */
const SLACK = {
  /** About one message a second in a channel. */
  channel: { name: 'slack-channel', points: 1, seconds: 1 },
  /** "Several hundred a minute" in the workspace: five windows of 60 in any minute are 300. */
  posts: { name: 'slack-posts', points: 60, seconds: 15 },
  /** chat.update is tier 3, 50 a minute: sixteen windows of three in any minute are 48. */
  edits: { name: 'slack-edits', points: 3, seconds: 4 },
  progress: { name: 'slack-edits-progress', points: 2, seconds: 4 },
} as const satisfies Record<string, Budget>;

/** Telegram counts edits like messages. */
const TELEGRAM = {
  chat: { name: 'telegram-chat', points: 1, seconds: 1 },
  /** 20 a minute in a group: five windows of four in any minute. */
  group: { name: 'telegram-group', points: 4, seconds: 15 },
  groupProgress: { name: 'telegram-group-progress', points: 2, seconds: 15 },
  /** 30 a second over all chats: any second touches two windows of fifteen. */
  overall: { name: 'telegram-overall', points: 15, seconds: 1 },
  overallProgress: { name: 'telegram-overall-progress', points: 9, seconds: 1 },
} as const satisfies Record<string, Budget>;

/** After a 429: filled for as long as the platform said. */
export const PENALTY: Budget = { name: 'penalty', points: 1, seconds: 1 };

export interface Charge {
  readonly budget: Budget;
  readonly key: string;
}

const EVERYWHERE = 'all';

/** Everything that one sending counts against, in the order in which it is taken. One bot token is one Slack workspace. */
export function budgetsFor(kind: ChatSending, platform: 'slack' | 'telegram', channel: string, urgent: boolean): readonly Charge[] {
  if (platform === 'slack') {
    if (kind === 'post') return [{ budget: SLACK.channel, key: channel }, { budget: SLACK.posts, key: EVERYWHERE }];
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
