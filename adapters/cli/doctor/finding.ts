import type { Config } from '../../../src/config.js';
import type { RecordName } from '../../../src/ports/dns.js';
import type { Store } from '../../../src/ports/store.js';
import type { CliServices, DoctorReach } from '../services.js';

/** `broken`: something will fail. `weak`: it works, but one thing less and it does not. */
export interface Finding {
  readonly status: 'ok' | 'broken' | 'weak';
  /** What was looked at: "PostgreSQL", "target shop". */
  readonly about: string;
  readonly message: string;
  /** What to do about it. */
  readonly fix?: string;
}

/** What doctor looks with, and what it looks at. */
export interface Examined {
  readonly env: CliServices['env'];
  readonly reach: DoctorReach;
  /** Absent while planb.yaml is missing or wrong: what depends on it is not looked at. */
  readonly config?: Config;
  readonly needs: Needs;
  readonly ownerState: CliServices['ownerState'];
  readonly withStore: <T>(work: (store: Store) => Promise<T>) => Promise<T>;
}

/** Programs that some runbook of a target calls. */
export interface Needs {
  readonly docker: boolean;
  readonly postgresClients: boolean;
  readonly helm: boolean;
  readonly kubectl: boolean;
  /** Browsers for looking at pages: the program that a step names, or null for the machine's own. */
  readonly browsers: readonly (string | null)[];
  readonly ssh: boolean;
  readonly hosts: readonly NeededHost[];
  /** Absent: none. */
  readonly dns?: readonly NeededRecords[];
}

/** Records that some step changes. */
export interface NeededRecords {
  /** Of planb.yaml's `dns`. */
  readonly provider: string;
  readonly records: readonly RecordName[];
}

/** A machine that some step acts on. */
export interface NeededHost {
  /** `ssh://user@host` */
  readonly address: string;
  /** A step there calls docker. */
  readonly docker: boolean;
}

/** One look at one thing. It may throw or hang: the caller says so. */
export interface Check {
  readonly about: string;
  readonly run: (examined: Examined, signal: AbortSignal) => Promise<readonly Finding[]>;
}

export function ok(about: string, message: string): Finding {
  return { status: 'ok', about, message };
}

export function broken(about: string, message: string, fix?: string): Finding {
  return { status: 'broken', about, message, ...(fix === undefined ? {} : { fix }) };
}

export function weak(about: string, message: string, fix?: string): Finding {
  return { status: 'weak', about, message, ...(fix === undefined ? {} : { fix }) };
}

/** A variable that is set to something. */
export function setting(env: Examined['env'], name: string): string | undefined {
  const value = env[name];
  return value === undefined || value === '' ? undefined : value;
}
