import type { RunState } from '../src/run/state.js';
import { observeTarget } from './observe.js';
import type { Parts } from './parts.js';
import { refreshHealth } from './refresh-health.js';

/** Nobody reads a NOW line more often; steps may end many times a second. */
const betweenMs = 1_000;

interface Wanted {
  readonly state: RunState;
  readonly mayHaveChanged: boolean;
}

/** Looks at services for the boards, beside the steps that may have changed them: of a run one at a time and one a second, the last for the state that is reached. */
export class ServiceLooks {
  readonly #parts: Parts;
  readonly #stopped = new AbortController();
  /** Runs that are being looked at, and what is to be looked at after that. */
  readonly #wanted = new Map<string, Wanted | undefined>();
  readonly #underWay = new Set<Promise<void>>();
  /** Ends of the rests between two looks at one run. */
  readonly #rests = new Set<() => void>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  want(state: RunState, mayHaveChanged: boolean): void {
    const before = this.#wanted.get(state.id);
    const isUnderWay = this.#wanted.has(state.id);
    this.#wanted.set(state.id, { state, mayHaveChanged: mayHaveChanged || before?.mayHaveChanged === true });
    if (isUnderWay) return;
    const looking: Promise<void> = this.#lookOn(state.id).finally(() => this.#underWay.delete(looking));
    this.#underWay.add(looking);
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    for (const end of this.#rests) end();
    await Promise.allSettled(this.#underWay);
  }

  async #lookOn(run: string): Promise<void> {
    const { signal } = this.#stopped;
    for (let wanted = this.#wanted.get(run); wanted !== undefined && !signal.aborted; wanted = this.#wanted.get(run)) {
      this.#wanted.set(run, undefined);
      await this.#look(wanted).catch((error: unknown) => { this.#parts.log.warn({ run, error }, 'the service could not be looked at'); });
      await this.#rest();
    }
    this.#wanted.delete(run);
  }

  /** A listener at the common signal for each of hundreds of runs would look like a leak. */
  #rest(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#stopped.signal.aborted) {
        resolve();
        return;
      }
      const end = (): void => {
        clearTimeout(timer);
        this.#rests.delete(end);
        resolve();
      };
      const timer = setTimeout(end, betweenMs);
      this.#rests.add(end);
    });
  }

  async #look({ state, mayHaveChanged }: Wanted): Promise<void> {
    const { signal } = this.#stopped;
    const target = this.#parts.config.targets[state.target];
    if (mayHaveChanged && target !== undefined && (await observeTarget(this.#parts, target, signal))) await this.#parts.store.wakeBoards(state.id);
    await refreshHealth(this.#parts, state, signal);
  }
}
