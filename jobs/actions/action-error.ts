/**
 * A live system cannot be read, or cannot be planned for: thrown by `inspect`, `releases`, `running` and `describe`, where no result
 * says no. The message is one sentence fit for a board, secrets masked.
 */
export class ActionError extends Error {
  override readonly name = 'ActionError';
  /** Stable and machine-readable, for example `no-such-service`. */
  readonly code: string;
  readonly retryable: boolean;

  constructor(code: string, message: string, options: { readonly retryable?: boolean; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}
