import { StoreError } from '../src/ports/store.js';
import { RunCarrier } from './carry-run.js';
import type { Parts } from './parts.js';
import { Fenced, RunRecord } from './run-record.js';

const leaseMs = 10_000;
const renewMs = 1_000;

interface Busy {
  again: boolean;
  readonly done: Promise<void>;
}

/** The runs that this worker owns: takes their leases, renews them, gives them back. */
export class RunsInHand {
  readonly #parts: Parts;
  readonly #carriers = new Map<string, RunCarrier>();
  /** Runs whose carrying goes on in this process, with a flag: woken again meanwhile. */
  readonly #busy = new Map<string, Busy>();
  #renewal: NodeJS.Timeout | undefined;
  #leaving = false;
  #renewedAt = performance.now();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  start(): void {
    this.#renewal = setInterval(() => { void this.#renew(); }, renewMs);
  }

  /** Carries a run on as far as it goes; returns at once when it is in hand already, here or elsewhere. */
  async carry(run: string): Promise<void> {
    const known = this.#busy.get(run);
    if (known !== undefined) {
      known.again = true;
      this.#carriers.get(run)?.nudge();
      return;
    }
    if (this.#leaving) return;
    const entry: Busy = { again: false, done: Promise.resolve() };
    const done = this.#carryAll(run, entry).finally(() => this.#busy.delete(run));
    this.#busy.set(run, Object.assign(entry, { done }));
    await done;
  }

  /** Lets steps finish for `patienceMs`, hands over what is left, gives every lease back. */
  async stop(patienceMs: number): Promise<void> {
    this.#leaving = true;
    for (const carrier of this.#carriers.values()) carrier.leave(patienceMs);
    await Promise.allSettled([...this.#busy.values()].map(({ done }) => done));
    clearInterval(this.#renewal);
  }

  async #carryAll(run: string, entry: Busy): Promise<void> {
    while (await this.#carryOnce(run)) {
      if (!takeAgain(entry)) return;
    }
  }

  /** False when another worker owns the run, or this one is leaving. */
  async #carryOnce(run: string): Promise<boolean> {
    if (this.#leaving) return false;
    const { store, worker, log } = this.#parts;
    const token = await store.acquireLease(run, worker, leaseMs);
    if (token === undefined) return false;
    const lost = new AbortController();
    try {
      const record = await RunRecord.open(this.#parts, run, token, lost.signal);
      const carrier = new RunCarrier(this.#parts, record, lost);
      this.#carriers.set(run, carrier);
      for (;;) {
        await carrier.carry();
        if (carrier.isOver) {
          await store.dropLease(run, token);
          return true;
        }
        // Released only if nobody appended meanwhile: a vote that came just now must not be slept through.
        if (await store.releaseLease(run, token, carrier.version)) return true;
        carrier.nudge();
      }
    } catch (error) {
      if (error instanceof Fenced) {
        log.warn({ run }, 'lost the lease of a run; another worker goes on with it');
        return false;
      }
      // The sweep wakes the run again when its lease has run out.
      log.error({ run, error }, 'carrying a run on failed');
      if (!(error instanceof StoreError)) await store.dropLease(run, token).catch(() => undefined);
      return false;
    } finally {
      this.#carriers.delete(run);
    }
  }

  async #renew(): Promise<void> {
    if (this.#carriers.size === 0) {
      this.#renewedAt = performance.now();
      return;
    }
    const runs = [...this.#carriers.keys()];
    try {
      const held = await this.#parts.store.renewLeases(this.#parts.worker, runs, leaseMs);
      this.#renewedAt = performance.now();
      for (const run of runs) {
        const carrier = this.#carriers.get(run);
        const lease = held.get(run);
        if (carrier === undefined) continue;
        if (lease === undefined || lease.token !== carrier.token) carrier.abandon();
        else if (lease.version > carrier.version) carrier.nudge();
      }
    } catch (error) {
      // PostgreSQL is away for everybody, so nobody takes the leases meanwhile; appends are fenced by the token in any case.
      this.#parts.log.warn({ error, sinceMs: Math.round(performance.now() - this.#renewedAt) }, 'leases could not be renewed');
    }
  }
}

function takeAgain(entry: Busy): boolean {
  const { again } = entry;
  entry.again = false;
  return again;
}
