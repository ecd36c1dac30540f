/** PostgreSQL's time between two readings of it: the last reading, carried on by this machine's monotonic clock. */
export class DatabaseClock {
  #reading = 0;
  #at = 0;

  /** Takes a fresh reading; `now` never runs backwards. */
  set(reading: number): void {
    if (reading < this.now()) return;
    this.#reading = reading;
    this.#at = performance.now();
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return Math.floor(this.#reading + (performance.now() - this.#at));
  }
}
