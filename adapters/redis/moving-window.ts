/** One count that a sending has to fit into. */
export interface Window {
  readonly key: string;
  readonly points: number;
  readonly spanMs: number;
}

/**
 * Counts sendings in moving windows: a sorted set a window, an entry a sending, its score the millisecond. Looks at all windows first and takes from all or from
 * none, so that a refused sending uses nothing up. KEYS[1] is the pause that a platform asked for. Redis's own clock, so that every bot counts alike. Answers 0, or the
 * milliseconds after which it is worth asking again.
 */
export const TAKE_SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local wait = math.max(redis.call('PTTL', KEYS[1]), 0)
for i = 2, #KEYS do
  local points, span = tonumber(ARGV[2 * i - 2]), tonumber(ARGV[2 * i - 1])
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now - span)
  local count = redis.call('ZCARD', KEYS[i])
  if count >= points then
    local leaves = redis.call('ZRANGE', KEYS[i], count - points, count - points, 'WITHSCORES')
    wait = math.max(wait, leaves[2] + span - now)
  end
end
if wait > 0 then return wait end
for i = 2, #KEYS do
  redis.call('ZADD', KEYS[i], now, ARGV[1])
  redis.call('PEXPIRE', KEYS[i], ARGV[2 * i - 1])
end
return 0
`;

/** The same counting within one process, for as long as Redis is away. */
export class LocalWindows {
  readonly #sent = new Map<string, number[]>();
  readonly #pauses = new Map<string, number>();

  /** 0 when taken, else the milliseconds to wait. `now` is milliseconds of any steady clock. */
  take(pauseKey: string, windows: readonly Window[], now: number): number {
    const waits = windows.map(({ key, points, spanMs }) => {
      const recent = (this.#sent.get(key) ?? []).filter((at) => at > now - spanMs);
      this.#sent.set(key, recent);
      const leaves = recent[recent.length - points];
      return leaves === undefined ? 0 : leaves + spanMs - now;
    });
    const wait = Math.max(0, (this.#pauses.get(pauseKey) ?? now) - now, ...waits);
    if (wait > 0) return wait;
    this.#pauses.delete(pauseKey);
    for (const { key } of windows) this.#sent.get(key)?.push(now);
    return 0;
  }

  pause(pauseKey: string, until: number): void {
    this.#pauses.set(pauseKey, until);
  }
}
