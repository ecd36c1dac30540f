/** PostgreSQL's time between two readings of it: the last reading, carried on by this machine's monotonic clock. */
export class DatabaseClock {
  #reading = 0;
  #at = 0;

  /** Takes a reading, by default a fresh one; `at`: this process's monotonic clock when it was made. `now` never runs backwards. */
  set(reading: number, at = performance.now()): void {
    if (reading + (performance.now() - at) < this.now()) return;
    this.#reading = reading;
    this.#at = at;
  }

  /** Milliseconds since the epoch. */
  now(): number {
    return Math.floor(this.#reading + (performance.now() - this.#at));
  }
}
