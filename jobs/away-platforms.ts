type Platform = 'slack' | 'telegram';

/** So many failures in a row are the platform's, not one message's. */
const inARow = 3;
/** How often a platform that is away is tried, by each bot. Longer than a call is waited for, so that one probe hangs at a time. */
const probeMs = 3_000;
const callMs = 15_000;

/**
 * Which platforms do not answer, as this process sees it. While one hangs, only one sending at a time finds out whether it is back: otherwise its boards would
 * take all the places of the chat worker, and the other platform's would wait behind them.
 */
export class AwayPlatforms {
  readonly #failures = new Map<Platform, number>();
  readonly #closedUntil = new Map<Platform, number>();
  readonly #now: () => number;

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Milliseconds until the platform may be tried; 0: now. */
  wait(platform: Platform): number {
    const left = (this.#closedUntil.get(platform) ?? 0) - this.#now();
    return left > 0 ? Math.min(left, probeMs) : 0;
  }

  /** Somebody calls it now, and will say what came of it; while it is away, nobody else does meanwhile. */
  calling(platform: Platform): void {
    if (this.#closedUntil.has(platform)) this.#closedUntil.set(platform, this.#now() + callMs);
  }

  answered(platform: Platform): void {
    this.#failures.delete(platform);
    this.#closedUntil.delete(platform);
  }

  failed(platform: Platform): void {
    const failures = (this.#failures.get(platform) ?? 0) + 1;
    this.#failures.set(platform, failures);
    if (failures >= inARow) this.#closedUntil.set(platform, this.#now() + probeMs);
  }
}
