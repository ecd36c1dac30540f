import { setTimeout as delay } from 'node:timers/promises';
import { StoreError } from '../src/ports/store.js';
import { NewerPlanb } from '../src/run/newer-planb.js';
import { RunCarrier } from './carry-run.js';
import type { Parts } from './parts.js';
import type { LoadedRun } from './record.js';
import { Fenced, RunRecord } from './run-record.js';
import { ServiceLooks } from './service-looks.js';

const leaseMs = 10_000;
const renewMs = 1_000;
/** Two and a half seconds: longer than a restart of PostgreSQL, and far shorter than the lease. */
const giveUpTries = 10;
const giveUpAgainMs = 250;
const lostLease = 'lost the lease of a run; another worker goes on with it';

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
  /** How long steps may still take; undefined: this worker stays. */
  #patienceMs: number | undefined;
  /** They outlive the carrying that began them, not the worker. */
  readonly #looks: ServiceLooks;
  #renewedAt = performance.now();

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#looks = new ServiceLooks(parts);
  }

  start(): void {
    this.#renewal = setInterval(() => { void this.#renew(); }, renewMs);
  }

  /** Carries on a run that was just read or moved; should that fail, its wake-up is still there. */
  carryOn(run: LoadedRun): void {
    this.carry(run.state.id, run).catch((error: unknown) => { this.#parts.log.warn({ run: run.state.id, error }, 'a run could not be taken in hand at once'); });
  }

  /** Carries a run on as far as it goes; returns at once when it is in hand already, here or elsewhere. `known`: as it was a moment ago. */
  async carry(run: string, known?: LoadedRun): Promise<void> {
    const busy = this.#busy.get(run);
    if (busy !== undefined) {
      busy.again = true;
      this.#carriers.get(run)?.nudge();
      return;
    }
    if (this.#patienceMs !== undefined) return;
    const entry: Busy = { again: false, done: Promise.resolve() };
    const done = this.#carryAll(run, entry, known).finally(() => this.#busy.delete(run));
    this.#busy.set(run, Object.assign(entry, { done }));
    await done;
  }

  /** Lets steps finish for `patienceMs`, hands over what is left, gives every lease back. */
  async stop(patienceMs: number): Promise<void> {
    this.#patienceMs = patienceMs;
    for (const carrier of this.#carriers.values()) carrier.leave(patienceMs);
    await Promise.allSettled([...this.#busy.values()].map(({ done }) => done));
    clearInterval(this.#renewal);
    await this.#looks.stop();
  }

  /** As a function, because it changes while a run is carried on. */
  #isLeaving(): boolean {
    return this.#patienceMs !== undefined;
  }

  /** The worker may have been told to stop while the lease was being taken. */
  #leaveIfTold(carrier: RunCarrier): void {
    if (this.#patienceMs !== undefined) carrier.leave(this.#patienceMs);
  }

  async #carryAll(run: string, entry: Busy, known: LoadedRun | undefined): Promise<void> {
    for (let first = known; await this.#carryOnce(run, first); first = undefined) {
      if (!takeAgain(entry)) return;
    }
  }

  /** False when another worker owns the run, or this one is leaving. */
  async #carryOnce(run: string, known: LoadedRun | undefined): Promise<boolean> {
    if (this.#patienceMs !== undefined) return false;
    const { store, worker, log } = this.#parts;
    const token = await store.acquireLease(run, worker, leaseMs);
    if (token === undefined) return false;
    const lost = new AbortController();
    try {
      const record = await RunRecord.open(this.#parts, run, token, lost.signal, known);
      const carrier = new RunCarrier(this.#parts, record, lost, (state, mayHaveChanged) => { this.#looks.want(state, mayHaveChanged); });
      this.#carriers.set(run, carrier);
      this.#leaveIfTold(carrier);
      for (let outdated = -1; ;) {
        await carrier.carry();
        if (carrier.isOver) {
          if (lost.signal.aborted && !this.#isLeaving()) log.warn({ run }, lostLease);
          await store.dropLease(run, token);
          return true;
        }
        // Released only if nobody appended meanwhile: a vote that came just now must not be slept through.
        if (await store.releaseLease(run, token, carrier.version)) return true;
        // Refused again although nobody appended: the lease itself is another's.
        if (carrier.version === outdated) return false;
        outdated = carrier.version;
        carrier.nudge();
      }
    } catch (error) {
      if (error instanceof Fenced) {
        log.warn({ run }, lostLease);
        return false;
      }
      // The sweep wakes the run again when its lease has run out, and a process of the newer version may be the one that takes it.
      if (error instanceof NewerPlanb) log.info({ run, why: error.message }, 'a run is left to a newer planb');
      else log.error({ run, error }, 'carrying a run on failed');
      // Nothing of it is in hand any more. A connection that was cut is back in a moment, and the run need not wait until the lease has run out.
      await this.#giveUp(run, token);
      return false;
    } finally {
      this.#carriers.delete(run);
    }
  }

  async #giveUp(run: string, token: number): Promise<void> {
    for (let tries = giveUpTries; tries > 0; tries -= 1) {
      const failed = await this.#parts.store.dropLease(run, token).then(() => undefined, (error: unknown) => error);
      if (!(failed instanceof StoreError && failed.retryable) || this.#isLeaving()) return;
      await delay(giveUpAgainMs);
    }
  }

  async #renew(): Promise<void> {
    if (this.#carriers.size === 0) {
      this.#renewedAt = performance.now();
      return;
    }
    const asked = new Map(this.#carriers);
    const runs = [...asked.keys()];
    try {
      const held = await this.#parts.store.renewLeases(this.#parts.worker, runs, leaseMs);
      this.#renewedAt = performance.now();
      for (const run of runs) {
        const carrier = this.#carriers.get(run);
        const lease = held.get(run);
        // Given back and taken again while this was asked: what the answer says is not about it.
        if (carrier === undefined || carrier !== asked.get(run)) continue;
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
