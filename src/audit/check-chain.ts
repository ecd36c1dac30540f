import type { RunHead } from '../ports/store.js';
import { chainNext, chainStart, type ChainedEvent } from './hash-chain.js';

export interface StoredEvent extends ChainedEvent {
  readonly hash: Uint8Array;
}

/** The first event of a run that is not what it must be, and why. */
export interface AuditFinding {
  readonly run: string;
  readonly version: number;
  readonly what: string;
}

/** A head that was signed, and where that stands. */
export interface SignedHead extends RunHead {
  readonly where: string;
}

/** Recomputes one run's chain event by event, in the order of their versions; keeps no more than its head. Says the first thing that is wrong. `signed`: every head of the run that was signed, the longest last. */
export class ChainCheck {
  readonly #run: string;
  readonly #signed: readonly SignedHead[];
  #head: RunHead;
  #finding: AuditFinding | undefined;

  constructor(run: string, signed: readonly SignedHead[] = []) {
    this.#run = run;
    this.#signed = signed;
    this.#head = chainStart(run);
  }

  take(event: StoredEvent): void {
    if (this.#finding !== undefined) return;
    const expected = this.#head.version + 1;
    if (event.version !== expected) return this.#say(expected, `event ${String(expected)} is missing`);
    this.#head = chainNext(this.#head, event);
    if (!isSame(event.hash, this.#head.hash)) return this.#say(expected, `event ${String(expected)} (${event.type}) is not what was recorded`);
    // Not the last one alone: whoever rewrites a run and lets planb sign it once more has that one on his side.
    const signed = this.#signed.find(({ version, hash }) => version === expected && !isSame(hash, this.#head.hash));
    if (signed !== undefined) this.#say(expected, `event ${String(expected)} or one before it was replaced: ${signed.where} has another hash`);
  }

  /** `recorded`: the head that is kept beside the events; undefined: there is none. */
  end(recorded: RunHead | undefined): AuditFinding | undefined {
    if (this.#finding !== undefined) return this.#finding;
    const { version, hash } = this.#head;
    const last = this.#signed.at(-1);
    if (last !== undefined && last.version > version) this.#say(version + 1, `the record ends at event ${String(version)}, ${last.where} has ${String(last.version)}`);
    else if (recorded === undefined) this.#say(version, 'these events belong to no run');
    else if (recorded.version !== version) this.#say(version + 1, `the record ends at event ${String(version)}, the run at ${String(recorded.version)}`);
    else if (!isSame(recorded.hash, hash)) this.#say(version, 'the head of the run is not the hash of its last event');
    return this.#finding;
  }

  #say(version: number, what: string): void {
    this.#finding ??= { run: this.#run, version, what };
  }
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
