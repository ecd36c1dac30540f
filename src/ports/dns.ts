import type { DnsProviderConfig } from '../config.js';
import type { RunProgram } from './program.js';

/** The types of record that planb switches. */
export type RecordType = 'A' | 'AAAA' | 'CNAME';

/** Which records: all of one type at one name. The name is in lower case, without a trailing dot. */
export interface RecordName {
  readonly name: string;
  readonly type: RecordType;
}

/** All records of one type at one name, as a provider or a server has them. */
export interface RecordSet extends RecordName {
  /** Sorted; none: there is no such record. Addresses in their canonical form, names in lower case without a trailing dot. */
  readonly values: readonly string[];
  /** Seconds; 0 where there is no record. */
  readonly ttl: number;
  /** Cloudflare answers with addresses of its own; the values are those behind it. */
  readonly proxied?: boolean;
}

/** A set as it was read, and what it shall be. */
export interface RecordChange {
  readonly old: RecordSet;
  readonly values: readonly string[];
  /** Seconds. */
  readonly ttl: number;
}

/** A zone's records at whoever keeps them. Every method throws DnsError. */
export interface DnsProvider {
  readonly kind: DnsProviderConfig['provider'];
  /** Where its records are kept, in words, without secrets: part of what people approve. */
  readonly place: string;
  readonly read: (records: readonly RecordName[]) => Promise<readonly RecordSet[]>;
  /**
   * Changes all of them or none, and only if each still is as it was read: else DnsError `records-changed`. Absent: people change them. After `dns-unreachable` it may have happened all the same.
   */
  readonly change?: (changes: readonly RecordChange[]) => Promise<void>;
  /** The zone's authoritative servers by name, where the provider knows them. */
  readonly nameServers?: () => Promise<readonly string[]>;
  /** Whether it can be reached and takes the credentials, without changing anything; one sentence about what was found. */
  readonly examine: () => Promise<string>;
}

/** One address that answers questions. */
export interface DnsServer {
  /** What people know it by: `ns1.example.org`, `8.8.8.8`. */
  readonly label: string;
  readonly address: string;
  readonly port: number;
}

/** What a server says of a record; `ok: false`: it gives no usable answer, and why, in a few words. */
export type DnsAnswer = { readonly ok: true; readonly values: readonly string[]; /** Seconds left; 0 where there is no record. */ readonly ttl: number } | { readonly ok: false; readonly saw: string };

/** DNS as far as planb touches it, for the providers that planb.yaml names. */
export interface Dns {
  /** Throws DnsError `unknown-provider`, `missing-secret`. */
  readonly open: (provider: string) => Promise<DnsProvider>;
  /** Every authoritative server of a provider's zone, or of the zone given. Throws DnsError where none is found. */
  readonly authoritative: (of: { readonly provider: string; readonly name: string } | { readonly zone: string }) => Promise<readonly DnsServer[]>;
  /** The resolvers that the provider names, or the given ones (`host` or `host:port`); neither: the public ones. */
  readonly resolvers: (provider: string | undefined, given?: readonly string[]) => Promise<readonly DnsServer[]>;
  /** `authoritative`: asks for what the server itself keeps; else whatever it would tell a client. Throws only what an abort throws; `limit` is one. */
  readonly ask: (server: DnsServer, record: RecordName, authoritative: boolean, limit?: AbortSignal) => Promise<DnsAnswer>;
}

/** How one user of DNS reaches programs, and when it is to stop. */
export interface DnsUse {
  readonly runProgram: RunProgram;
  readonly signal: AbortSignal;
}

export type DnsErrorCode = 'unknown-provider' | 'missing-secret' | 'dns-unreachable' | 'dns-refused' | 'records-changed' | 'not-in-zone' | 'dns-failed';

/** A provider or server of DNS did not do what it was asked. The message is one sentence fit for a board, secrets masked. */
export class DnsError extends Error {
  override readonly name = 'DnsError';
  readonly code: DnsErrorCode;
  /** Another try may help by itself. */
  readonly retryable: boolean;

  constructor(code: DnsErrorCode, message: string, options: { readonly retryable?: boolean; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? code === 'dns-unreachable';
  }
}
