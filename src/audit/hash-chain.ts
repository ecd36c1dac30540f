import { createHash } from 'node:crypto';
import type { RunHead } from '../ports/store.js';

/** What an event's hash covers besides the one before it: exactly the bytes that are stored. */
export interface ChainedEvent {
  readonly version: number;
  readonly type: string;
  readonly payload: string;
}

/** The head of a run without events. It covers the run's id, so that a chain cannot be passed off as another run's. */
export function chainStart(run: string): RunHead {
  return { version: 0, hash: createHash('sha256').update(`planb run ${run}`).digest() };
}

export function chainNext(head: RunHead, event: ChainedEvent): RunHead {
  const hash = createHash('sha256').update(head.hash).update(`${event.version}\n${event.type}\n`).update(event.payload).digest();
  return { version: event.version, hash };
}
