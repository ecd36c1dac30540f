import { decide } from '../src/run/decide.js';
import type { RunCommand } from '../src/run/command.js';
import type { RunEvent } from '../src/run/events.js';
import { evolve } from '../src/run/evolve.js';
import type { RunState } from '../src/run/state.js';
import { StoreError } from '../src/ports/store.js';
import type { Refusal } from '../src/refusal.js';
import { DatabaseClock } from './clock.js';
import type { Parts } from './parts.js';
import { pause } from './sweep.js';
import { appendEvents, loadRun, type LoadedRun } from './record.js';

const retryMs = 250;
const retryMaxMs = 2_000;

/** The lease went to another worker: nothing may be appended or begun any more. */
export class Fenced extends Error {
  override readonly name = 'Fenced';
}

/** `now` is filled in by the record. */
export type Undated<C> = C extends unknown ? Omit<C, 'now'> : never;

/** What the owner does in the same breath as a command: decided on the state after it and kept with it, so that a receipt and the next intent cost one append. */
export interface FollowOn {
  /** Asked again whenever the command is decided anew. A refused one is left out. */
  readonly commands: (after: RunState) => readonly Undated<RunCommand>[];
  /** In the very turn in which the state becomes that of the record: nobody may see the follow-on begun on record and in nobody's hand. */
  readonly appended: (after: RunState) => void;
}

/**
 * The owner's hold on one run's record: its state, and appends under its lease. While PostgreSQL is away calls wait and go on; the run loses nothing but time.
 */
export class RunRecord {
  readonly #parts: Parts;
  readonly #id: string;
  readonly #token: number;
  readonly #clock = new DatabaseClock();
  readonly #signal: AbortSignal;
  #run: LoadedRun;
  /** Appends go one after another: steps that end together would only make each other's versions outdated. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(parts: Parts, id: string, token: number, run: LoadedRun, signal: AbortSignal) {
    this.#parts = parts;
    this.#id = id;
    this.#token = token;
    this.#signal = signal;
    this.#run = run;
    this.#clock.set(run.now, run.readAt);
  }

  /** `known`: the run as it was a moment ago. Should others have appended since, the first append, or giving the lease back, finds out. */
  static async open(parts: Parts, id: string, token: number, signal: AbortSignal, known?: LoadedRun): Promise<RunRecord> {
    return new RunRecord(parts, id, token, known ?? (await patiently(signal, () => loadRun(parts, id))), signal);
  }

  get state(): RunState {
    return this.#run.state;
  }

  get version(): number {
    return this.#run.head.version;
  }

  get token(): number {
    return this.#token;
  }

  now(): number {
    return this.#clock.now();
  }

  /** Reads what others appended. */
  async reload(): Promise<void> {
    const run = await patiently(this.#signal, () => loadRun(this.#parts, this.#id));
    this.#clock.set(run.now, run.readAt);
    // A step that ended while this was being read has appended meanwhile: never go back behind what is known.
    if (run.head.version >= this.#run.head.version) this.#run = run;
  }

  /**
   * Decides and appends; decides again when somebody else appended first. Returns the refusal when the state (meanwhile) does not allow it.
   * Throws Fenced.
   */
  record(command: Undated<RunCommand>, followOn?: FollowOn): Promise<Refusal | undefined> {
    const turn = this.#last.then(() => this.#record(command, followOn));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #record(command: Undated<RunCommand>, followOn: FollowOn | undefined): Promise<Refusal | undefined> {
    for (let wait = retryMs; ;) {
      // Each try is decided anew, on the state that it names as its own: the carrier may have read the run meanwhile, and this worker may have been told to leave.
      const run = this.#run;
      const now = this.#clock.now();
      const decision = decide({ ...command, now }, run.state);
      if (!decision.ok) {
        followOn?.appended(this.state);
        return decision.refusal;
      }
      if (decision.value.length === 0) return undefined;
      const events = followOn === undefined ? decision.value : this.#withFollowOn(decision.value, followOn, now);
      const result = await appendEvents(this.#parts, { ...run, now }, events, { token: this.#token, wakeOwner: false }).catch((error: unknown) => {
        if (!(error instanceof StoreError) || !error.retryable || this.#signal.aborted) throw error;
        return undefined;
      });
      if (result === undefined) {
        await pause(wait, this.#signal);
        wait = Math.min(wait * 2, retryMaxMs);
        continue;
      }
      if (result.status === 'appended' && result.run !== undefined) {
        // The carrier may have read beyond it already.
        if (result.run.head.version > this.#run.head.version) this.#run = result.run;
        followOn?.appended(this.state);
        return undefined;
      }
      if (result.status === 'fenced') throw new Fenced(`run ${this.#id} is owned by another worker`);
      // Also after an append whose answer was lost: the event is on record then, and the decision is refused or has nothing to add.
      await this.reload();
    }
  }

  #withFollowOn(events: readonly RunEvent[], followOn: FollowOn, now: number): readonly RunEvent[] {
    const all = [...events];
    let after = events.reduce(evolve, this.state);
    for (const command of followOn.commands(after)) {
      const decision = decide({ ...command, now }, after);
      if (!decision.ok) continue;
      all.push(...decision.value);
      after = decision.value.reduce(evolve, after);
    }
    return all;
  }
}

/** Repeats a store call while PostgreSQL is away, until the signal aborts. */
export async function patiently<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  for (let wait = retryMs; ; wait = Math.min(wait * 2, retryMaxMs)) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof StoreError) || !error.retryable || signal.aborted) throw error;
      await pause(wait, signal);
    }
  }
}
