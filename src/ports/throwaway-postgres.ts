/** What a throwaway server on this machine would be. */
export interface ThrowawayKind {
  readonly major: number;
  /** The extensions that it could create; undefined where only the server itself can tell. */
  readonly extensions: ReadonlySet<string> | undefined;
}

/** A private, empty PostgreSQL server. */
export interface ThrowawayServer {
  /** Of its superuser, over a unix socket; no password. */
  readonly url: string;
  readonly major: number;
  /** Ends the server and deletes all that it held; returns when both are done. */
  stop(): Promise<void>;
}

/**
 * Servers that live for one proof and are not meant to survive anything: they write without fsync, are reached over a unix socket only, and end and are deleted with
 * planb, also when it is killed.
 */
export interface ThrowawayPostgres {
  /** The server of the lowest major that is not older than `leastMajor`; undefined where this machine has none. */
  find(leastMajor: number): Promise<ThrowawayKind | undefined>;
  /** Starts that server on a new folder inside `folder`, which is made where it is missing. Throws ThrowawayPostgresError. */
  start(options: { readonly leastMajor: number; readonly folder: string }): Promise<ThrowawayServer>;
}

/** This machine cannot run a throwaway server. The message is one sentence for a person. */
export class ThrowawayPostgresError extends Error {
  override readonly name = 'ThrowawayPostgresError';
  readonly code: 'no-server' | 'not-started';
  readonly retryable: boolean;

  constructor(code: ThrowawayPostgresError['code'], message: string, options: { readonly cause?: unknown; readonly retryable?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
  }
}
