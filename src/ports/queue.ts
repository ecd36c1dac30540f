import type { WakeUp } from './store.js';

/** The queue between bots and workers. It may lose everything and deliver anything twice: PostgreSQL knows better. */
export interface Queue {
  /** Resolves when the wake-ups are in Redis. `delayMs` is for a platform that asked to wait. */
  publish(wakeUps: readonly WakeUp[], delayMs?: number): Promise<void>;
  /** Handles wake-ups until the consumer is closed. A handler that throws is logged; the sweep wakes it again. */
  consume(queue: WakeUp['queue'], concurrency: number, handle: (wakeUp: WakeUp) => Promise<void>): QueueConsumer;
  /** Rejects while Redis does not answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface QueueConsumer {
  /** Takes no new wake-ups and waits for those in hand. */
  close(): Promise<void>;
}
