/** At most `max` in any `perMs` milliseconds. "One a second with a burst of three" is `{ max: 3, perMs: 3000 }`. */
export interface Rate {
  max: number;
  perMs: number;
}

/** Counts what was accepted per key within a moving window; what was refused does not count. */
export class SlidingWindow {
  readonly #rate: Rate;
  readonly #accepted = new Map<string, number[]>();

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  /** Milliseconds until one more fits under `key`; 0 when it fits now. */
  delay(key: string, now: number): number {
    const times = this.#recent(key, now);
    if (times.length < this.#rate.max) return 0;
    const blocking = times[times.length - this.#rate.max];
    return blocking === undefined ? 0 : Math.max(1, blocking + this.#rate.perMs - now);
  }

  accept(key: string, now: number): void {
    this.#recent(key, now).push(now);
  }

  #recent(key: string, now: number): number[] {
    const times = this.#accepted.get(key) ?? [];
    while (times[0] !== undefined && times[0] <= now - this.#rate.perMs) times.shift();
    this.#accepted.set(key, times);
    return times;
  }
}
