import type { Delivery } from '../command/command.js';
import type { RuleState } from '../watch/judge-rule.js';
import type { WatchedKind } from '../watch/policy.js';
import type { OutgoingMessage } from './store.js';

/** What the end of a run does to watches. `start` absent: it only ends the one before. Milliseconds. */
export interface WatchStart {
  readonly run: string;
  readonly target: string;
  readonly kind: WatchedKind;
  /** What the target's migration left behind is the live system again, so nothing of it is kept. */
  readonly returned: boolean;
  readonly start?: { readonly forMs: number; readonly keepMs?: number; readonly rules: readonly string[] };
}

/** A watch as stored; it is named by the run that it follows. Instants are milliseconds since the epoch. */
export interface WatchRecord {
  readonly run: string;
  readonly target: string;
  readonly kind: WatchedKind;
  readonly from: number;
  readonly until: number;
  readonly keepUntil?: number;
  /** `keeping`: nothing is looked at any more, and the old server must still stay, or waits to be let go. */
  readonly phase: 'watching' | 'keeping' | 'over';
  readonly ended?: 'time' | 'replaced' | 'removed' | 'done';
  /** Counts up with every change. */
  readonly version: number;
  readonly rules: readonly { readonly name: string; readonly state: RuleState }[];
}

/** A rule that this worker looks at now, and nobody else until the claim is over. */
export interface ClaimedRule {
  readonly run: string;
  readonly target: string;
  readonly name: string;
  readonly state: RuleState;
  readonly from: number;
  /** Of this claim: what an older one found out is not stored. */
  readonly token: number;
  /** PostgreSQL's clock, when it was claimed. */
  readonly now: number;
}

/** What a look came to: stored whole or not at all. */
export interface RuleLook {
  readonly state: RuleState;
  /** Until the next look, milliseconds. */
  readonly nextMs: number;
  readonly deliveries: readonly Delivery[];
  readonly messages: readonly OutgoingMessage[];
  /** Rules that the watch has from now on; those that it has already stay as they are. */
  readonly added?: readonly string[];
}

/** A step in a watch's own life. `nextAt` absent: it is never looked at again by itself. */
export interface WatchChange {
  readonly phase: WatchRecord['phase'];
  readonly ended?: WatchRecord['ended'];
  readonly nextAt?: number;
}

/** Whether a concern is told by itself, and when the stretch of time began that it counts in: milliseconds since 1970, by PostgreSQL's clock. */
export interface Telling {
  readonly told: boolean;
  readonly since: number;
}

/** The watches in planb's own database. They are started by `AppendRequest.watch`. */
export interface WatchStore {
  readonly watchOf: (run: string) => Promise<WatchRecord | undefined>;
  /** Those that watch or keep, the oldest first. */
  readonly liveWatches: () => Promise<readonly WatchRecord[]>;
  /** Rules whose time has come, each for one worker and for `leaseMs`. */
  readonly claimRules: (limit: number, leaseMs: number) => Promise<readonly ClaimedRule[]>;
  /** False: the claim was lost, or the watch is over, and nothing was stored. */
  readonly settleRule: (claim: ClaimedRule, look: RuleLook) => Promise<boolean>;
  /** One of the first `most` concerns at that place in the stretch of `withinMs` that it is now; the same concern asks again and is told the same. */
  readonly takeTelling: (place: string, concern: string, most: number, withinMs: number) => Promise<Telling>;
  /** Watches whose own time has come (their end, the end of what is kept), and PostgreSQL's clock. */
  readonly dueWatches: (limit: number) => Promise<readonly (WatchRecord & { readonly now: number })[]>;
  /** False: somebody else changed it since `version`, and nothing was stored. */
  readonly changeWatch: (run: string, version: number, change: WatchChange, messages: readonly OutgoingMessage[]) => Promise<boolean>;
}
