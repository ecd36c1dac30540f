/** How long a signature is valid after its own timestamp; see verify.ts. */
const VALID_MS = 5 * 60_000;
/** Five minutes of more than 60 requests a second. */
const MOST_REMEMBERED = 20_000;

/**
 * The signatures of requests that were taken within the five minutes for which they are valid, so that a byte-identical copy is refused before
 * it is parsed. Every bot has its own memory: of a copy sent to another bot, the delivery id makes a copy in the store. Where more requests
 * come than are remembered, the oldest are forgotten, and the delivery id still stands.
 */
export class AcceptedRequests {
  /** Until when a signature is valid, milliseconds since the epoch; in the order of arrival. */
  readonly #until = new Map<string, number>();
  readonly #most: number;

  constructor(most = MOST_REMEMBERED) {
    this.#most = most;
  }

  get size(): number {
    return this.#until.size;
  }

  /** False where the same request was taken before. `timestamp` is the request's own, in seconds. */
  take(signature: string, timestamp: number, nowMs: number): boolean {
    if ((this.#until.get(signature) ?? 0) >= nowMs) return false;
    for (const [known, until] of this.#until) {
      if (until >= nowMs && this.#until.size < this.#most) break;
      this.#until.delete(known);
    }
    this.#until.set(signature, timestamp * 1000 + VALID_MS);
    return true;
  }

  /** What the request asked for was not stored: it may come again. */
  release(signature: string): void {
    this.#until.delete(signature);
  }
}
