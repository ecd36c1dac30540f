import type { Log } from '../src/ports/log.js';
import type { Queue } from '../src/ports/queue.js';
import { StoreError, type Store } from '../src/ports/store.js';

const roundMs = 250;
const batch = 200;

/** Carries due wake-ups from PostgreSQL to the queue: at once after an append of this process, and in rounds for everybody else's. */
export class Relay {
  readonly #store: Store;
  readonly #queue: Queue;
  readonly #log: Log;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #busy = false;
  #again = false;
  #stopped = false;
  #failing = false;

  constructor(store: Store, queue: Queue, log: Log) {
    this.#store = store;
    this.#queue = queue;
    this.#log = log;
  }

  start(): void {
    this.#timer = setInterval(() => this.nudge(), roundMs);
  }

  nudge(): void {
    if (this.#stopped) return;
    if (this.#busy) {
      this.#again = true;
      return;
    }
    this.#busy = true;
    this.#running = this.#round().finally(() => {
      this.#busy = false;
      if (this.#again) {
        this.#again = false;
        this.nudge();
      }
    });
  }

  /** What is stored stays in the outbox for whoever comes next. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  async #round(): Promise<void> {
    try {
      while ((await this.#store.relayOutbox(batch, (wakeUps) => this.#queue.publish(wakeUps))) === batch);
      if (this.#failing) this.#log.info({}, 'the outbox is being carried to the queue again');
      this.#failing = false;
    } catch (error) {
      // Said once, not four times a second; the rows stay.
      if (!this.#failing) this.#log.warn({ error, retryable: error instanceof StoreError ? error.retryable : true }, 'the outbox cannot be carried to the queue, it waits');
      this.#failing = true;
    }
  }
}
