import { EventEmitter } from 'node:events';

/** One thing that happened in the workspace. `kind` is free text for logs; listeners read the stores. */
export interface Change {
  platform: 'slack' | 'telegram';
  kind: string;
}

export interface WaitOptions {
  /** Milliseconds until waiting fails. Default 60,000: it ends what hangs, and measures nothing. */
  deadline?: number;
  /** What is awaited, named in the error. */
  what?: string;
  /** Called at the deadline; its text is appended to the error so that a failed test shows the state. */
  describe?: () => string;
}

/** How often a probe is asked although the workspace did not change: it may look at something outside. */
const RECHECK_MS = 50;

/** Announces every change of the workspace, so that nobody has to poll or sleep. */
export class Changes {
  readonly #emitter = new EventEmitter().setMaxListeners(0);

  announce(platform: Change['platform'], kind: string): void {
    this.#emitter.emit('change', { platform, kind } satisfies Change);
  }

  /** Calls `listener` on every change; the returned function ends that. */
  subscribe(listener: (change: Change) => void): () => void {
    this.#emitter.on('change', listener);
    return () => this.#emitter.off('change', listener);
  }

  /**
   * Resolves with the first truthy value of `probe`, which is asked now, after every change and every 50 ms.
   * Rejects at the deadline, or with whatever `probe` throws.
   */
  async waitFor<T>(probe: () => T, options: WaitOptions = {}): Promise<NonNullable<Exclude<T, false | '' | 0>>> {
    const deadline = options.deadline ?? 60_000;
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        clearInterval(recheck);
        unsubscribe();
      };
      const ask = (): void => {
        try {
          const value = probe();
          if (!value) return;
          end();
          resolve(value as NonNullable<Exclude<T, false | '' | 0>>);
        } catch (error) {
          end();
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      };
      const timer = setTimeout(() => {
        end();
        const state = options.describe ? `\n${options.describe()}` : '';
        reject(new Error(`waited ${deadline} ms in vain for ${options.what ?? probe.toString()}${state}`));
      }, deadline);
      const recheck = setInterval(ask, RECHECK_MS);
      const unsubscribe = this.subscribe(ask);
      ask();
    });
  }
}
