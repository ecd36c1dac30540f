import type { Config, Locale } from '../src/config.js';
import type { BoardAddress } from '../src/ports/store.js';
import type { RunState } from '../src/run/state.js';

/** A place for a board and the language spoken there. */
export type LocalBoard = BoardAddress & { readonly locale: Locale; /** The channel is told and has no say: no buttons. */ readonly told?: true };

/**
 * Where a run's boards stand: the target's channel on every platform that it is on, the place where it was asked for when that is another one, and the
 * channels that are only told. The same for the whole life of a run while planb.yaml stays the same.
 */
export function boardAddresses(config: Config, state: RunState): readonly LocalBoard[] {
  const target = config.targets[state.target];
  const own = target === undefined ? [] : channelBoards(config, target.channel);
  const { place } = state;
  const asked: readonly LocalBoard[] = place === undefined || place.platform === 'cli' ? [] : [{
    platform: place.platform, channel: place.channel, locale: localeAt(config, place.platform, place.channel) ?? own[0]?.locale ?? 'en',
    // A Slack thread is where the board's details go, not a place of its own; a Telegram topic is.
    ...(place.platform === 'telegram' && place.thread !== undefined ? { thread: place.thread } : {}),
  }];
  const told = (target?.notify ?? []).flatMap((channel) => channelBoards(config, channel)).map((board) => ({ ...board, told: true as const }));
  const known = new Set<string>();
  return [...own, ...asked, ...told].filter((board) => {
    const key = `${board.platform} ${board.channel} ${board.thread ?? ''}`;
    return !known.has(key) && known.add(key);
  });
}

/** Who is told stage by stage: every place of the channels under `notify`, Telegram first. */
export function stageAddresses(config: Config, target: string): readonly LocalBoard[] {
  const places = (config.targets[target]?.notify ?? []).flatMap((channel) => channelBoards(config, channel));
  return [...places.filter(({ platform }) => platform === 'telegram'), ...places.filter(({ platform }) => platform === 'slack')];
}

/** The language of a place that is a channel of planb.yaml, though not the target's own. */
function localeAt(config: Config, platform: 'slack' | 'telegram', channel: string): Locale | undefined {
  return Object.values(config.channels).find((one) => (platform === 'slack' ? one.slack : one.telegram?.channel) === channel)?.locale;
}

function channelBoards(config: Config, id: string): readonly LocalBoard[] {
  const channel = config.channels[id];
  if (channel === undefined) return [];
  const { slack, telegram, locale } = channel;
  return [...(slack === undefined ? [] : [{ platform: 'slack' as const, channel: slack, locale }]), ...(telegram === undefined ? [] : [{ platform: 'telegram' as const, ...telegram, locale }])];
}
