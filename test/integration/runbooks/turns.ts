import type { StepContext, StepResult } from '../../../src/ports/action.js';
import { done, failing } from '../jobs/fake-actions.js';

/** Steps that run side by side fail one after another: an answer that is typed names no step, so only one question may be open. */
export class Turns {
  #queue: readonly string[] = [];
  #moved: () => void = () => undefined;
  #next = new Promise<void>((resolve) => { this.#moved = resolve; });

  /** The step's first attempt fails when it is its turn; further ones do what they should. */
  async fail({ step, attemptId, signal }: StepContext): Promise<StepResult> {
    if (!attemptId.endsWith('/1')) return done;
    this.#queue = [...this.#queue, step];
    const aborted = new Promise<void>((resolve) => { signal.addEventListener('abort', () => { resolve(); }, { once: true }); });
    while (this.#queue[0] !== step && !signal.aborted) await Promise.race([this.#next, aborted]);
    signal.throwIfAborted();
    return failing();
  }

  /** Its question was answered. */
  end(step: string): void {
    this.#queue = this.#queue.filter((other) => other !== step);
    this.#moved();
    this.#next = new Promise((resolve) => { this.#moved = resolve; });
  }
}
