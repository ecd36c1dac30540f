import type { ReferenceReader } from '../config/secret-reference.js';
import type { Runbook } from '../runbook/runbook.js';
import type { Dns, DnsUse } from './dns.js';
import type { HostFiles, Hosts } from './host.js';
import type { OwnerIdentity, OwnerState, RunProgram } from './program.js';
import type { ConnectDatabase } from './target-database.js';
import type { ThrowawayPostgres } from './throwaway-postgres.js';

/** The machine that a worker runs on, as far as planb touches it. */
export interface World {
  readonly runProgram: RunProgram;
  readonly connectDatabase: ConnectDatabase;
  readonly files: HostFiles;
  /** Other machines, for steps with `on:`. */
  readonly hosts: Hosts;
  readonly throwawayPostgres: ThrowawayPostgres;
  /** DNS for one user of it: always from this machine. */
  readonly dns: (use: DnsUse) => Dns;
  readonly fetch: typeof globalThis.fetch;
  readonly references: ReferenceReader;
  /** Replaces every configured secret. */
  readonly mask: (text: string) => string;
  readonly identity: OwnerIdentity;
  readonly ownerState: (owner: OwnerIdentity) => Promise<OwnerState>;
  /** Ends what a dead worker's attempt left running; how many processes there were. */
  readonly endOrphans: (attempt: string) => Promise<number>;
  /** A folder for files kept with a run; made when asked for. */
  readonly runFolder: (run: string) => Promise<string>;
  /** The folder of `ActionContext.cacheFolder`; made when asked for. */
  readonly cacheFolder: () => Promise<string>;
  /** planb's own folder on this machine, absolute. */
  readonly dataFolder: string;
  /** Names the machine as long as that folder lives; made when asked for first. */
  readonly machine: () => Promise<string>;
  /** A built-in's name, or a path relative to planb.yaml. */
  readonly loadRunbook: (name: string) => Promise<LoadedRunbook>;
}

export type LoadedRunbook = { readonly ok: true; readonly runbook: Runbook; readonly sha256: string } | { readonly ok: false; readonly message: string };
