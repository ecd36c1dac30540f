/** Why an embedded server could not be used. */
export type EmbeddedErrorCode =
  | 'embedded.binary_missing'
  | 'embedded.cannot_drop_root'
  | 'embedded.data_version'
  | 'embedded.folder_not_private'
  | 'embedded.folder_busy'
  | 'embedded.start_failed'
  | 'embedded.stop_failed';

/** An embedded PostgreSQL or Redis could not be started or stopped. The message is one sentence for the operator. */
export class EmbeddedServiceError extends Error {
  override readonly name = 'EmbeddedServiceError';
  readonly code: EmbeddedErrorCode;
  /** True when the same start may succeed later without anybody changing the machine. */
  readonly retryable: boolean;

  constructor(code: EmbeddedErrorCode, message: string, options: { cause?: unknown; retryable?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}
