/** One count that a sending has to fit into. */
export interface Window {
  readonly key: string;
  readonly points: number;
  readonly spanMs: number;
  /** What stands in the line is counted as sent already: a window that the line is about. */
  readonly inLine: boolean;
}

/** A line of those who were refused; whoever does not come back `graceMs` after its turn has left it. */
export interface Line {
  readonly key: string;
  readonly who: string | undefined;
  readonly urgent: boolean;
  readonly graceMs: number;
}

/** Above any millisecond: progress stands behind everything urgent. */
const PROGRESS_SCORE = 1e14;

/**
 * Counts sendings in moving windows: a sorted set a window, an entry a sending, its score the millisecond. Looks at all windows first and takes from all or from
 * none, so that a refused sending uses nothing up. Redis's own clock, so that every bot counts alike. Answers 0, or the milliseconds after which it is worth asking again.
 *
 * Who is refused stands in line: else hundreds of boards that wait for one window would all ask at the moment when it opens, the luckiest would go first, and progress before a final state. KEYS: the pause that
 * a platform asked for, the line (by rank), the line again (by the moment at which a place is given up), the windows. ARGV: the sending's id, who, the score that its rank adds, the grace, then per window points, span and whether the
 * line is about it.
 */
export const TAKE_SCRIPT = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local line, left, who, band, grace = KEYS[2], KEYS[3], ARGV[2], tonumber(ARGV[3]), tonumber(ARGV[4])
for _, gone in ipairs(redis.call('ZRANGEBYSCORE', left, '-inf', now)) do
  redis.call('ZREM', line, gone)
  redis.call('ZREM', left, gone)
end
local stood = who ~= '' and redis.call('ZSCORE', line, who)
local rank = now + band
if stood then
  rank = math.min(rank, stood % ${String(PROGRESS_SCORE)} + band)
else
  -- Behind everybody of the same millisecond.
  local last = redis.call('ZREVRANGEBYSCORE', line, string.format('(%.0f', band + ${String(PROGRESS_SCORE)}), string.format('%.0f', band), 'WITHSCORES', 'LIMIT', 0, 1)
  if last[2] then rank = math.max(rank, last[2] + 1) end
end
local ahead = redis.call('ZCOUNT', line, '-inf', '(' .. string.format('%.0f', rank))
local wait = math.max(redis.call('PTTL', KEYS[1]), 0)
for i = 4, #KEYS do
  local points, span = tonumber(ARGV[3 * i - 7]), tonumber(ARGV[3 * i - 6])
  local before = ARGV[3 * i - 5] == '1' and ahead or 0
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now - span)
  local count = redis.call('ZCARD', KEYS[i])
  local nth = count + before - points
  if nth >= 0 then
    -- Its turn: when so many of those that count now have left, and after them those of the line.
    if count == 0 then
      wait = math.max(wait, math.floor(before / points) * span)
    else
      local leaves = redis.call('ZRANGE', KEYS[i], nth % count, nth % count, 'WITHSCORES')
      wait = math.max(wait, leaves[2] + span - now + math.floor(nth / count) * span)
    end
  end
end
if wait > 0 then
  wait = math.ceil(wait)
  if who ~= '' then
    redis.call('ZADD', line, rank, who)
    redis.call('ZADD', left, now + wait + grace, who)
    local kept = math.max(redis.call('PTTL', line), wait + grace)
    redis.call('PEXPIRE', line, kept)
    redis.call('PEXPIRE', left, kept)
  end
  return wait
end
if who ~= '' then
  redis.call('ZREM', line, who)
  redis.call('ZREM', left, who)
end
for i = 4, #KEYS do
  redis.call('ZADD', KEYS[i], now, ARGV[1])
  redis.call('PEXPIRE', KEYS[i], ARGV[3 * i - 6])
end
return 0
`;

/** What {@link TAKE_SCRIPT} is given after its keys. */
export function takeArguments(id: string, line: Line, windows: readonly Window[]): readonly (string | number)[] {
  return [id, line.who ?? '', line.urgent ? 0 : PROGRESS_SCORE, line.graceMs, ...windows.flatMap(({ points, spanMs, inLine }) => [points, spanMs, inLine ? 1 : 0])];
}

/** The same counting within one process, without a line, for as long as Redis does not answer. */
export class LocalWindows {
  readonly #sent = new Map<string, number[]>();
  readonly #pauses = new Map<string, number>();

  /** 0 when taken, else the milliseconds to wait. `now` is milliseconds of any steady clock. */
  take(pauseKey: string, windows: readonly Window[], now: number): number {
    const waits = windows.map(({ key, points, spanMs }) => {
      const recent = this.#recent(key, now - spanMs);
      const leaves = recent[recent.length - points];
      return leaves === undefined ? 0 : leaves + spanMs - now;
    });
    const wait = Math.max(0, (this.#pauses.get(pauseKey) ?? now) - now, ...waits);
    if (wait > 0) return wait;
    this.#pauses.delete(pauseKey);
    this.taken(windows, now);
    return 0;
  }

  /** Counts what Redis has permitted: a Redis that falls silent must not make this process forget what it has just sent. */
  taken(windows: readonly Window[], now: number): void {
    for (const { key, spanMs } of windows) this.#recent(key, now - spanMs).push(now);
  }

  pause(pauseKey: string, until: number): void {
    this.#pauses.set(pauseKey, until);
  }

  #recent(key: string, since: number): number[] {
    const recent = (this.#sent.get(key) ?? []).filter((at) => at > since);
    this.#sent.set(key, recent);
    return recent;
  }
}
