/** So many sessions of a connection at once; the others wait in turn. */
export class SessionSlots {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  /** Does the work in its turn. Once the signal has aborted nobody waits: the work is begun and ends by the same signal. */
  async lend<T>(signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
    const isMine = await this.#take(signal);
    try {
      return await work();
    } finally {
      if (isMine) this.#giveBack();
    }
  }

  #take(signal: AbortSignal | undefined): Promise<boolean> {
    if (signal?.aborted === true) return Promise.resolve(false);
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const turn = (): void => {
        signal?.removeEventListener('abort', leave);
        resolve(true);
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(turn), 1);
        resolve(false);
      };
      this.#waiting.push(turn);
      signal?.addEventListener('abort', leave, { once: true });
    });
  }

  #giveBack(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
