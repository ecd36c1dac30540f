import type { Notice } from '../../src/board/model.js';
import type { Config, Locale } from '../../src/config.js';
import type { OutgoingMessage } from '../../src/ports/store.js';

/** A notice for a target's own channel, on each platform that it is on; `told`: also for the channels under `notify`. `key` makes a repetition harmless. */
export function channelNotices(config: Config, target: string, key: string, make: (locale: Locale) => Notice, told = false): readonly OutgoingMessage[] {
  const known = config.targets[target];
  const ids = known === undefined ? [] : [...new Set([known.channel, ...(told ? known.notify : [])])];
  return ids.flatMap((id): readonly OutgoingMessage[] => {
    const channel = config.channels[id];
    if (channel === undefined) return [];
    const { slack, telegram, locale } = channel;
    const notice = make(locale);
    return [
      ...(slack === undefined ? [] : [{ kind: 'notice' as const, key: `${key}:${id}:slack`, to: { platform: 'slack' as const, channel: slack }, notice }]),
      ...(telegram === undefined ? [] : [{ kind: 'notice' as const, key: `${key}:${id}:telegram`, to: { platform: 'telegram' as const, ...telegram }, notice }]),
    ];
  });
}
