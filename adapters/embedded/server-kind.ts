import type { ServerFolder } from './server-folder.js';

/** How to start a server, and where it will then listen. */
export interface ServerCommand {
  readonly argv: readonly string[];
  /** What the server reads from its standard input: a password there is in no process list and in no file. */
  readonly input?: string;
  readonly url: string;
}

/** What PostgreSQL and Redis do differently. */
export interface ServerKind {
  readonly name: string;
  /** Ends the server in order and soon; the kernel sends it when planb dies. */
  readonly stopSignal: 'SIGINT' | 'SIGTERM';
  /** Makes the data when there is none and says how to start on it, at the address of `previousUrl` where possible. */
  prepare(folder: ServerFolder, previousUrl: string | null): Promise<ServerCommand>;
  /** True when the server at `url` takes commands. */
  answers(url: string): Promise<boolean>;
  /** True when this log means that another program has taken the address. */
  isAddressTaken(log: string): boolean;
}

export interface EmbeddedOptions {
  /** Folder for everything this server keeps; made when missing. */
  readonly dataDir: string;
  /** False gives up safety against power loss for speed: for tests only. Default true. */
  readonly durable?: boolean;
  /** How long a start may take, in milliseconds. Default 30 000. */
  readonly timeoutMs?: number;
  /** Is told what happens to the server later on: it ended, it was started again, it could not be. */
  readonly onNotice?: (notice: string) => void;
}

/** An embedded server that this planb started or joined. */
export interface EmbeddedServer {
  /** Where to connect; stays the same for the life of this object. */
  readonly url: string;
  /** False while the server belongs to another planb in the same folder. */
  isOwner(): boolean;
  /** The server's process. */
  pid(): number;
  /** Stops the server if this planb owns it and returns when it is gone. A joined server is left alone. */
  stop(): Promise<void>;
}
