import { SlidingWindow, type Rate } from '../sliding-window.js';

/** Slack's published limits (https://docs.slack.dev/apis/web-api/rate-limits). */
export interface SlackLimits {
  /** Posting to one channel: about one a second, short bursts tolerated. */
  postPerChannel: Rate;
  /** Posting in the whole workspace: several hundred a minute. */
  postPerWorkspace: Rate;
  /** By method: its tier a minute. Methods not named have `otherMethods`. */
  methods: Record<string, Rate>;
  otherMethods: Rate;
}

const aMinute = (max: number): Rate => ({ max, perMs: 60_000 });
const TIER = { two: aMinute(20), three: aMinute(50), four: aMinute(100) } as const;

export const PUBLISHED_SLACK_LIMITS: SlackLimits = {
  postPerChannel: { max: 4, perMs: 4_000 },
  postPerWorkspace: aMinute(300),
  methods: {
    'chat.update': TIER.three,
    'chat.delete': TIER.three,
    'conversations.info': TIER.three,
    'conversations.replies': TIER.three,
    'reactions.add': TIER.three,
    'chat.postEphemeral': TIER.four,
    'chat.postMessage': aMinute(300),
    'chat.getPermalink': aMinute(300),
    'auth.test': aMinute(300),
    // Tier 1 says "1+ a minute"; Slack lets an app open its 10 connections, so a burst of 20 is realistic.
    'apps.connections.open': TIER.two,
  },
  otherMethods: TIER.four,
};

export class SlackRateLimiter {
  readonly #perChannel: SlidingWindow;
  readonly #perWorkspace: SlidingWindow;
  readonly #perMethod = new Map<string, SlidingWindow>();
  readonly #limits: SlackLimits;

  constructor(limits: SlackLimits) {
    this.#limits = limits;
    this.#perChannel = new SlidingWindow(limits.postPerChannel);
    this.#perWorkspace = new SlidingWindow(limits.postPerWorkspace);
  }

  /** Milliseconds to wait, 0 when the call was let through (and counted). */
  take(method: string, channel: string | undefined, now: number): number {
    const windows: [SlidingWindow, string][] = [[this.#method(method), method]];
    if (method === 'chat.postMessage' && channel !== undefined) {
      windows.push([this.#perChannel, channel], [this.#perWorkspace, 'workspace']);
    }
    const delay = Math.max(...windows.map(([window, key]) => window.delay(key, now)));
    if (delay === 0) for (const [window, key] of windows) window.accept(key, now);
    return delay;
  }

  #method(method: string): SlidingWindow {
    const known = this.#perMethod.get(method);
    if (known) return known;
    const window = new SlidingWindow(this.#limits.methods[method] ?? this.#limits.otherMethods);
    this.#perMethod.set(method, window);
    return window;
  }
}
