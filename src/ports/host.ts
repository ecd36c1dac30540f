import type { RunProgram } from './program.js';
import type { ConnectDatabase } from './target-database.js';

/** What there is under a path, links followed. */
export interface FileState {
  readonly kind: 'file' | 'folder' | 'other';
  readonly bytes: number;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
  /** When it was made; absent where the machine does not say. */
  readonly createdAt?: number;
  /** Changes when another file takes the place. */
  readonly inode: string;
}

/** The files of the machine that a step acts on, as few operations as actions need. All throw HostError where the machine or the file refuses. */
export interface HostFiles {
  /** Undefined: there is no such file. */
  readText(path: string): Promise<string | undefined>;
  /** The bytes from an offset on, to the end that the file has now. */
  readFrom(path: string, offset: number): AsyncIterable<Uint8Array>;
  /** Whole or not at all: a reader never sees half of it. `mode` counts also where the file was there. */
  writeText(path: string, text: string, mode?: number): Promise<void>;
  /** Undefined: there is nothing. */
  stat(path: string): Promise<FileState | undefined>;
  /** A file that is not there is as good as removed. */
  remove(path: string): Promise<void>;
  /** Without links; the path itself where there is nothing. */
  realPath(path: string): Promise<string>;
  /** The path of a program on PATH; undefined where there is none. */
  findProgram(name: string): Promise<string | undefined>;
}

/** Where something listens, as a machine sees it. */
export type Endpoint = { readonly host: string; readonly port: number } | { readonly path: string };

/** Ways for programs of planb's own machine to an endpoint that another machine reaches. All throw HostError. */
export interface HostForward {
  /** A socket file of this name, in a folder that only planb's user may enter. It lasts as long as the connection. */
  toSocket(to: Endpoint, fileName: string): Promise<string>;
  /** A port of planb's loopback, open to everybody there until it is closed: for what must not notice that it goes through a socket (TLS of PostgreSQL's programs). */
  toPort(to: Endpoint): Promise<{ readonly port: number; close(): Promise<void> }>;
}

/** Another machine, as far as steps touch it. */
export interface Host {
  /** `ssh://user@host`, as planb.yaml or the runbook names it. */
  readonly address: string;
  /**
   * Runs a program there; arguments reach it exactly as they are. What it may see of an environment, `passEnv` included, is that of planb's account there. A time limit or an abort ends its process group over a second
   * connection before this returns. Throws HostError `outcome-unknown` when that cannot be done, so that whether it still runs is not known.
   */
  readonly runProgram: RunProgram;
  /** From there; throws as the local one does. */
  readonly connectDatabase: ConnectDatabase;
  /** From there; names are looked up there. */
  readonly fetch: typeof globalThis.fetch;
  readonly files: HostFiles;
  readonly forward: HostForward;
  /** Ends what an attempt left running there; how many process groups and processes there were. Throws HostError. */
  readonly endOrphans: (attempt: string) => Promise<number>;
}

/** Machines by their address; each has one connection, made when it is needed. */
export interface Hosts {
  at(address: string): Host;
  /** Ends every connection. Programs that still run there are left alone: whoever ran them has ended them. */
  close(): Promise<void>;
}

/**
 * Another machine did not do as asked. `unreachable` no connection; `host-key` unknown or changed, so it may be another machine; `access-denied` it does not let planb in; `not-usable` it lacks what planb
 * needs there; `file-refused` a file cannot be read or written; `outcome-unknown` the connection was lost, and whether a program still runs there cannot be found out.
 */
export class HostError extends Error {
  override readonly name = 'HostError';
  readonly code: 'unreachable' | 'host-key' | 'access-denied' | 'not-usable' | 'file-refused' | 'outcome-unknown';
  readonly retryable: boolean;

  constructor(code: HostError['code'], message: string, options: { readonly cause?: unknown } = {}) {
    super(message, options);
    this.code = code;
    this.retryable = code === 'unreachable';
  }
}
